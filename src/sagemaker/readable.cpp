#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "sagemaker/fill.hpp"

/// What of the shared index an import may show: what its own credentials may read.
namespace slipway::sagemaker {
namespace {

// Policies change: what AWS allowed is tried again after a day.
constexpr auto kBelieved = std::chrono::hours{24};
constexpr std::string_view kDescribe = "DESCRIBE";

std::string proof_of(std::string_view action, Kind kind, std::string_view credential) {
    return fmt::format("{}:{}:{}", action, to_string(kind), credential);
}

}  // namespace

std::string reader_name(const Credential& credential) {
    constexpr std::size_t kEnough = 32;
    std::string text;
    for (const auto* part : {&credential.id, &credential.access_key_id, &credential.role_arn, &credential.web_identity_token_file}) {
        text += fmt::format("{}:{};", part->size(), *part);
    }
    return crypto::sha256_hex(text).substr(0, kEnough);
}

Result<bool> Filler::is_proven(std::string_view action, Kind kind) {
    SW_TRY(const auto proof, index_.coverage(scope_, proof_of(action, kind, credential_)));
    return proof && proof->completed + kBelieved > progress_.now();
}

Result<void> Filler::prove(std::string_view action, Kind kind) {
    SW_TRY(const bool known, is_proven(action, kind));
    return known ? Result<void>{} : index_.cover(scope_, proof_of(action, kind, credential_), progress_.now(), progress_.now());
}

Result<void> Filler::prove_described(Kind kind) {
    return answered_.contains(kind) ? prove(kDescribe, kind) : Result<void>{};
}

Result<bool> Filler::may_describe(Kind kind, const Indexed& example) {
    SW_TRY(const bool known, is_proven(kDescribe, kind));
    if (known && !answered_.contains(kind)) {
        return true;
    }
    if (!answered_.contains(kind) && reader_.cancelled()) {
        return false;
    }
    if (!answered_.contains(kind)) {
        // Also `Could not find` is an answer of AWS to somebody who may ask.
        if (const auto answer = describe(kind, example.name); !answer) {
            if (is_cancelled(answer.error())) {
                return std::unexpected(answer.error().error);
            }
            progress_.problem(answer.error());
            return false;
        }
    }
    SW_CHECK(prove_described(kind));
    return true;
}

Result<std::vector<Indexed>> Filler::readable(Kind kind, std::vector<Indexed> objects) {
    const auto own = [&](const Indexed& object) { return described_.contains(object.key()); };
    if (std::ranges::all_of(objects, own)) {
        // What was described now need not be proven again by the next import.
        SW_CHECK(prove_described(kind));
        return objects;
    }
    const bool listed = may_list(kind);
    SW_TRY(const bool all, listed ? may_describe(kind, objects.back()) : Result<bool>{false});
    if (!all) {
        std::erase_if(objects, [&](const Indexed& object) { return !own(object); });
    }
    return objects;
}

}  // namespace slipway::sagemaker
