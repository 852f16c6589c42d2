#include "sagemaker/own_variants.hpp"

#include <fmt/format.h>

#include "base/json_codec.hpp"

namespace slipway::sagemaker {

Result<void> only_own_model(json::array& variants, const std::string& model_name) {
    for (std::size_t i = 0; i < variants.size(); ++i) {
        auto* variant = variants[i].if_object();
        if (variant == nullptr) {
            continue;  // refused where it is read
        }
        const auto* named = variant->if_contains("ModelName");
        if (named != nullptr && json::text_of(*variant, "ModelName") != model_name) {
            return std::unexpected(Error{ErrorCode::failed_precondition,
                                         "OTHER_MODEL",
                                         fmt::format("This snapshot is one of the model {}: deploy another model by a snapshot of its own.", model_name),
                                         {Fault{fmt::format("/productionVariants/{}/ModelName", i), model_name, json::describe_value(*named)}},
                                         {}});
        }
        (*variant)["ModelName"] = model_name;
    }
    return {};
}

}  // namespace slipway::sagemaker
