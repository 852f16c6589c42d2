#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "insight/why.hpp"

namespace slipway::insight {

inline const Timestamp kEarly = from_epoch_ms(1'795'000'000'000);
inline const Timestamp kLate = from_epoch_ms(1'795'600'000'000);

inline std::vector<std::string> codes(const Answer& answer) {
    std::vector<std::string> out;
    for (const auto& fact : answer.facts) {
        out.push_back(fact.code);
    }
    return out;
}

inline bool has(const Answer& answer, std::string_view code) {
    return std::ranges::any_of(answer.facts, [&](const Fact& fact) { return fact.code == code; });
}

inline std::string cli(const Answer& answer) {
    return answer.next.empty() ? "" : answer.next.front().cli;
}

}  // namespace slipway::insight
