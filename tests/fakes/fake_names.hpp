#pragma once

#include <string>
#include <utility>

#include "lifecycle/expression.hpp"

namespace slipway::fakes {

/// Variables out of a JSON object.
class FakeNames final : public lifecycle::Names {
public:
    explicit FakeNames(json::object variables = {}) : variables_{std::move(variables)} {}
    /// Reads the object from JSON text, which must be good.
    explicit FakeNames(std::string_view text) : variables_{json::parse_object(text).value()} {}

    const json::value* find(std::string_view name) const override { return variables_.if_contains(name); }
    std::string_view instance_id() const override { return "instance-1"; }
    std::string_view business_key() const override { return "snapshot-7"; }
    std::string now() const override { return "2026-11-25T19:00:04.123Z"; }

    json::object& variables() { return variables_; }

private:
    json::object variables_;
};

}  // namespace slipway::fakes
