#include "registry/documents.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "base/json_codec.hpp"
#include "domain/runtime.hpp"

namespace slipway::registry {

json::object engine_reference(const store::Entity& runtime) {
    json::object reference;
    reference["id"] = runtime.id;
    reference["name"] = json::text_of(runtime.document, "name");
    reference["engineType"] = json::text_of(runtime.document, "engineType");
    return reference;
}

json::object snapshot_reference(const store::Entity& snapshot) {
    json::object meta;
    if (const auto* own = json::object_of(snapshot.document, "metaData")) {
        meta["name"] = json::text_of(*own, "name");
    }
    json::object model;
    if (const auto* stored = json::object_of(snapshot.document, "storedModel")) {
        model["id"] = json::text_of(*stored, "id");
        if (const auto* described = json::object_of(*stored, "modelMetaData")) {
            model["modelMetaData"] = json::object{{"name", json::text_of(*described, "name")}};
        }
    }
    json::object reference;
    reference["id"] = snapshot.id;
    reference["metaData"] = std::move(meta);
    reference["storedModel"] = std::move(model);
    return reference;
}

std::string how_to_end(const std::vector<store::Entity>& deployments) {
    std::string endpoints;
    std::string others;
    for (const auto& deployment : deployments) {
        const auto* engine = json::object_of(deployment.document, "engine");
        const bool in_aws = engine != nullptr && json::text_of(*engine, "engineType") == domain::kSageMakerRuntime;
        const auto name = engine == nullptr || json::text_of(*engine, "name").empty() ? std::string_view{deployment.id} : json::text_of(*engine, "name");
        auto& names = in_aws ? endpoints : others;
        names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    }
    std::string text;
    if (!endpoints.empty()) {
        text = fmt::format(
            "AWS serves it at {}: undeploy it first (slipway undeploy, or POST /sagemaker-service/api/deployments/{{id}}/undeploy), or delete the endpoint in "
            "AWS and import the model again.",
            endpoints);
    }
    if (!others.empty()) {
        text += fmt::format("{}End its deployment on {} first: the state must be UNDEPLOYED or FAILED.", text.empty() ? "" : " ", others);
    }
    return text;
}

namespace {

/// @param names first-level members that may not differ.
template <typename Names>
Result<void> same_members(const json::object& before, const json::object& after, const Names& names, std::string_view why) {
    static const json::value nothing;
    std::vector<Fault> faults;
    for (const std::string_view name : names) {
        const auto* was = before.if_contains(name);
        const auto* is = after.if_contains(name);
        if ((was != nullptr ? *was : nothing) != (is != nullptr ? *is : nothing)) {
            faults.push_back({fmt::format("/{}", json::pointer_token(name)), "left as it is", is != nullptr ? json::describe_value(*is) : "nothing"});
        }
    }
    if (faults.empty()) {
        return {};
    }
    return std::unexpected(Error{ErrorCode::failed_precondition, "IMMUTABLE", fmt::format("{} cannot be changed: {}.", faults[0].pointer, why), faults, {}});
}

}  // namespace

Result<void> unchanged(const json::object& before, const json::object& after, std::initializer_list<std::string_view> fixed, std::string_view why) {
    return same_members(before, after, fixed, why);
}

Result<void> unchanged_but(const json::object& before, const json::object& after, std::initializer_list<std::string_view> free, std::string_view why) {
    std::set<std::string_view> names;
    for (const auto* document : {&before, &after}) {
        for (const auto& [name, member] : *document) {
            if (std::ranges::find(free, std::string_view{name}) == free.end()) {
                names.insert(name);
            }
        }
    }
    return same_members(before, after, names, why);
}

std::unexpected<Error> stays_in_its_group(std::string why) {
    return std::unexpected(Error{ErrorCode::failed_precondition, "IMMUTABLE", std::move(why), {Fault{"/group", "left as it is", "another group"}}, {}});
}

std::string text_in(const json::object& document, std::string_view member, std::string_view key) {
    const auto* inner = json::object_of(document, member);
    return inner == nullptr ? std::string{} : std::string{json::text_of(*inner, key)};
}

std::string_view id_in(const json::object& document, std::string_view name) {
    const auto* member = json::object_of(document, name);
    return member != nullptr ? json::text_of(*member, "id") : std::string_view{};
}

}  // namespace slipway::registry
