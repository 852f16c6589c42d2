#include "sagemaker/import_request.hpp"

#include <algorithm>
#include <array>

#include "base/json_codec.hpp"
#include "base/nearest.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestSecret = 4096;

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

template <std::size_t N>
Result<void> refuse_unknown(const json::object& o, const std::array<std::string_view, N>& known, const std::string& at) {
    for (const auto& [key, item] : o) {
        if (std::ranges::find(known, std::string_view{key}) == known.end()) {
            return invalid(at + "/" + json::pointer_token(key), "left out: there is no such member", "a member of that name");
        }
    }
    return {};
}

Result<std::string> optional_text(const json::object& o, std::string_view key, const std::string& at) {
    const auto* member = o.if_contains(key);
    if (member == nullptr || member->is_null()) {
        return std::string{};
    }
    if (!member->is_string()) {
        return invalid(at + "/" + std::string{key}, "text", "another type");
    }
    return std::string{std::string_view{member->get_string()}};
}

/// A key or token: visible ASCII. What stood there is not repeated.
Result<std::string> key_text(const json::object& o, std::string_view key, const std::string& at, bool required) {
    SW_TRY(auto text, optional_text(o, key, at));
    const bool visible = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
    if ((required && text.empty()) || !visible || text.size() > kLongestSecret) {
        return invalid(at + "/" + std::string{key}, "a key as AWS shows it, without blanks", text.empty() ? "nothing" : "something else");
    }
    return text;
}

Result<std::optional<json::array>> objects(const json::object& o, std::string_view key) {
    const auto* member = o.if_contains(key);
    if (member == nullptr || member->is_null()) {
        return std::optional<json::array>{};
    }
    const auto pointer = "/" + std::string{key};
    if (!member->is_array()) {
        return invalid(pointer, "an array of objects", json::describe_value(*member));
    }
    for (std::size_t i = 0; i < member->get_array().size(); ++i) {
        if (!member->get_array()[i].is_object()) {
            return invalid(pointer + "/" + std::to_string(i), "an object", json::describe_value(member->get_array()[i]));
        }
    }
    return std::optional{member->get_array()};
}

Result<std::string> region_text(const json::object& o, const std::string& at, bool required) {
    SW_TRY(auto region, optional_text(o, "region", at));
    if ((required && region.empty()) || (!region.empty() && !is_region(region))) {
        return invalid(at + "/region", "a region of AWS such as eu-west-1", region.empty() ? "nothing" : json::describe_value(json::value(region)));
    }
    return region;
}

/// Roles that somebody here reads. Others are people's own, unless they are one of these misspelt: its file would be stored and never read.
constexpr std::array<std::string_view, 11> kRoles{"MODEL_SOURCE",        "TRAINING_DATA", "TEST_DATA",       "TEST_RESULT_COMPARATOR",
                                                  "MODEL_DOCUMENTATION", "BASELINE_DATA", "COMPARATOR_DATA", "README_FILE",
                                                  "REQUIRED_LIBRARIES",  "WEIGHTS_FILE",  "UNKNOWN"};

std::string_view meant_role(std::string_view role) {
    const auto* const found = std::ranges::find_if(kRoles, [&](std::string_view known) {
        const bool as_long = role.size() + 1 >= known.size() && role.size() <= known.size() + 1;
        return as_long && edit_distance(role, known) <= 2;
    });
    return found == kRoles.end() ? std::string_view{} : *found;
}

Result<void> check_assets(const json::array& assets) {
    for (std::size_t i = 0; i < assets.size(); ++i) {
        const auto& asset = assets[i].get_object();
        const auto at = "/assets/" + std::to_string(i);
        const auto role = json::text_of(asset, "assetRole");
        if (std::ranges::find(kRoles, role) == kRoles.end()) {
            if (const auto meant = meant_role(role); !meant.empty()) {
                return invalid(at + "/assetRole", "a role that is read here: the nearest is " + std::string{meant}, std::string{role});
            }
        }
        if (role == "TEST_DATA" && !json::text_of(asset, "fileUrl").starts_with("s3://")) {
            return invalid(at + "/fileUrl", "an EXTERNAL_FILE with an s3:// address: a transform job of SageMaker reads test data from nowhere else",
                           json::text_of(asset, "fileUrl").empty() ? "nothing" : std::string{json::text_of(asset, "fileUrl")});
        }
        if (role == "TEST_RESULT_COMPARATOR" && json::text_of(asset, "assetType") == "EXTERNAL_FILE") {
            return invalid(at + "/fileUrl", "left out: a comparator is kept here. Give the file itself, as a FILE with its fileContent",
                           std::string{json::text_of(asset, "fileUrl")});
        }
    }
    return {};
}

}  // namespace

bool is_region(std::string_view text) {
    // Longer beginnings first. Source: botocore data/partitions.json, `regionRegex` of each partition.
    static constexpr std::array<std::string_view, 16> kBeginnings{"us-gov-", "us-iso-", "us-isob-", "us-isof-", "eu-isoe-", "eusc-de-", "cn-", "us-",
                                                                  "eu-",     "ap-",     "sa-",      "ca-",      "me-",      "af-",      "il-", "mx-"};
    const auto letters = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto digits = [](char c) { return c >= '0' && c <= '9'; };
    return std::ranges::any_of(kBeginnings, [&](std::string_view beginning) {
        if (!text.starts_with(beginning)) {
            return false;
        }
        const auto rest = text.substr(beginning.size());
        const auto dash = rest.find('-');
        return dash != std::string_view::npos && dash > 0 && dash <= 16 && std::ranges::all_of(rest.substr(0, dash), letters) && rest.size() > dash + 1 &&
               rest.size() <= dash + 3 && std::ranges::all_of(rest.substr(dash + 1), digits);
    });
}

Result<Credential> parse_entered_credential(const json::object& input, const std::string& at) {
    static constexpr std::array<std::string_view, 4> kKnown{"region", "accessKeyId", "secretAccessKey", "sessionToken"};
    SW_CHECK(refuse_unknown(input, kKnown, at));
    Credential credential;
    credential.entered = true;
    SW_TRY(credential.region, region_text(input, at, true));
    SW_TRY(credential.access_key_id, key_text(input, "accessKeyId", at, true));
    SW_TRY(auto secret, key_text(input, "secretAccessKey", at, true));
    SW_TRY(auto token, key_text(input, "sessionToken", at, false));
    credential.secret_access_key = Secret{std::move(secret)};
    credential.session_token = Secret{std::move(token)};
    return credential;
}

Result<ImportRequest> parse_import_request(const json::object& body) {
    static constexpr std::array<std::string_view, 9> kKnown{"modelName", "group",       "region",          "credentialId", "credentials",
                                                            "assets",    "inputSchema", "startLifecycles", "deep"};
    SW_CHECK(refuse_unknown(body, kKnown, ""));
    ImportRequest request;
    SW_TRY(request.model_name, optional_text(body, "modelName", ""));
    const auto& name = request.model_name;
    const bool fits = !name.empty() && name.size() <= kLongestName && is_alnum(name.front()) && is_alnum(name.back()) &&
                      std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-'; });
    if (!fits) {
        return invalid("/modelName", "the name of a SageMaker model: 1 to 63 letters, digits and hyphens",
                       name.empty() ? "nothing" : json::describe_value(json::value(name)));
    }
    SW_TRY(request.group, optional_text(body, "group", ""));
    SW_TRY(request.region, region_text(body, "", false));
    SW_TRY(request.credential_id, optional_text(body, "credentialId", ""));
    if (const auto* entered = body.if_contains("credentials"); entered != nullptr && !entered->is_null()) {
        if (!entered->is_object()) {
            return invalid("/credentials", "an object with region, accessKeyId and secretAccessKey", "another type");
        }
        if (!request.credential_id.empty()) {
            return invalid("/credentialId", "left out where credentials are entered", "both");
        }
        SW_TRY(request.credentials, parse_entered_credential(entered->get_object(), "/credentials"));
    }
    SW_TRY(const auto assets, objects(body, "assets"));
    request.assets = assets.value_or(json::array{});
    SW_CHECK(check_assets(request.assets));
    SW_TRY(request.input_schema, objects(body, "inputSchema"));
    SW_TRY(const auto start, optional_text(body, "startLifecycles", ""));
    if (!start.empty() && start != "every" && start != "none") {
        return invalid("/startLifecycles", "one of every, none", json::describe_value(json::value(start)));
    }
    request.start_lifecycles = start.empty() ? "every" : start;
    if (const auto* deep = body.if_contains("deep"); deep != nullptr && !deep->is_null()) {
        if (!deep->is_bool()) {
            return invalid("/deep", "true or false", json::describe_value(*deep));
        }
        request.deep = deep->get_bool();
    }
    return request;
}

}  // namespace slipway::sagemaker
