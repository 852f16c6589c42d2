#include <algorithm>

#include "sagemaker/import_run.hpp"

/// The part of an import that finds endpoints which serve the model as an inference component.
namespace slipway::sagemaker {

Result<bool> ImportRun::has_component_endpoints() {
    SW_TRY(const auto endpoints, index_.described(scope_, Kind::endpoint));
    for (const auto& endpoint : endpoints) {
        SW_TRY(const auto description, index_.description(endpoint));
        const auto* variants = json::array_of(description, "ProductionVariants");
        // AWS names the image of each variant that has a model.
        const auto serves_components = [](const json::value& variant) { return variant.is_object() && !variant.get_object().contains("DeployedImages"); };
        if (variants == nullptr || variants->empty() || !std::ranges::all_of(*variants, serves_components)) {
            continue;
        }
        SW_TRY(const auto configuration, configuration_of(endpoint.name));
        SW_TRY(const auto content, configuration ? index_.description(*configuration) : Result<json::object>{json::object{}});
        if (configuration && models_of_configuration(content).empty()) {
            return true;
        }
    }
    return false;
}

Result<std::optional<Indexed>> ImportRun::configuration_of(const std::string& endpoint) {
    SW_TRY(const auto endpoints, index_.named(scope_, Kind::endpoint, endpoint));
    if (endpoints.empty() || !endpoints.back().detail || endpoints.back().status == kGone) {
        return std::optional<Indexed>{};
    }
    SW_TRY(const auto description, index_.description(endpoints.back()));
    const auto name = text_member(description, "EndpointConfigName").value_or("");
    if (name.empty()) {
        return std::optional<Indexed>{};
    }
    for (const bool asked : {false, true}) {
        SW_TRY(auto named, index_.named(scope_, Kind::endpoint_config, name));
        std::erase_if(named, [](const Indexed& one) { return !one.detail; });
        if (!named.empty() || asked) {
            return named.empty() ? std::optional<Indexed>{} : std::optional{std::move(named.back())};
        }
        // It may be older than the model, and so not listed.
        if (const auto answer = filler_.describe(Kind::endpoint_config, name); !answer) {
            SW_CHECK(halted());
            progress_.problem(answer.error());
        }
    }
    return std::optional<Indexed>{};
}

Result<void> ImportRun::add_component_configurations() {
    progress_.enter("endpoints");
    SW_CHECK(filler_.fill(Kind::endpoint, Timestamp{}));
    SW_TRY(const bool some, has_component_endpoints());
    if (!some) {
        return {};
    }
    SW_CHECK(filler_.fill(Kind::inference_component, Timestamp{}));
    SW_TRY(auto linked, index_.linked(scope_, Kind::inference_component, {model_name_}));
    SW_TRY(const auto components, filler_.readable(Kind::inference_component, of_this_model(std::move(linked))));
    for (const auto& component : components) {
        SW_TRY(const auto description, index_.description(component));
        const std::string endpoint{json::text_of(description, "EndpointName")};
        SW_TRY(const auto configuration, component.status == kGone ? Result<std::optional<Indexed>>{std::nullopt} : configuration_of(endpoint));
        if (!configuration) {
            continue;
        }
        component_endpoints_.insert(endpoint);
        const bool named_itself = std::ranges::find(configurations_, configuration->key(), &Indexed::key) != configurations_.end();
        if (!named_itself) {
            by_component_.insert(configuration->key());
            configurations_.push_back(*configuration);
        }
    }
    return {};
}

}  // namespace slipway::sagemaker
