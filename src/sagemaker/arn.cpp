#include "sagemaker/arn.hpp"

#include <array>

namespace slipway::sagemaker {

std::optional<Arn> parse_arn(std::string_view text) {
    std::array<std::string_view, 5> head;
    for (auto& part : head) {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) {
            return std::nullopt;
        }
        part = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    const auto slash = text.find('/');
    if (head[0] != "arn" || head[1].empty() || slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) {
        return std::nullopt;
    }
    return Arn{.partition = std::string{head[1]},
               .service = std::string{head[2]},
               .region = std::string{head[3]},
               .account = std::string{head[4]},
               .type = std::string{text.substr(0, slash)},
               .name = std::string{text.substr(slash + 1)}};
}

}  // namespace slipway::sagemaker
