#include "registry/secrets.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "domain/asset.hpp"
#include "registry/bounds.hpp"

namespace slipway::registry {

namespace {

std::string purpose_of(std::string_view reference) {
    return fmt::format("secret:{}", reference);
}

Result<void> keep(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, const std::string& reference, const Secret& plain) {
    const auto sealed = sealer.seal(plain, purpose_of(reference));
    SW_CHECK(unit.sql.execute("INSERT INTO sealed_secrets (reference, group_name, created_at, created_by, sealed) VALUES ($1, $2, $3, $4, $5)",
                              {reference, group, store::to_value(unit.now), unit.actor.subject, store::Blob{sealed}}));
    return {};
}

void collect_references(json::value& v, std::vector<json::value*>& out) {
    if (v.is_array()) {
        for (auto& item : v.get_array()) {
            collect_references(item, out);
        }
    } else if (v.is_object()) {
        for (auto& [name, member] : v.get_object()) {
            if (std::string_view{name} == "credentialRef" && member.is_string()) {
                out.push_back(&member);
            } else {
                collect_references(member, out);
            }
        }
    }
}

using ByReference = std::map<std::string, json::object>;

/// Takes the secrets out of `document` and names them. @return them by the references that stand there now.
Result<ByReference> taken_out(store::Unit& unit, json::object& document, std::vector<std::string>& warnings) {
    json::value root(std::move(document));
    const auto found = domain::extract_secrets(root, [&](std::size_t) { return unit.new_id(); });
    document = std::move(root.get_object());
    if (found.size() > kMostSecrets) {
        return invalid(found[kMostSecrets].pointer, fmt::format("one of at most {} keys and passwords of a document", kMostSecrets),
                       fmt::format("{} of them", found.size()));
    }
    ByReference by_reference;
    for (const auto& secret : found) {
        auto& members = by_reference[secret.reference];
        // Two addresses of one object may both hold a `userinfo`: the second is kept under its pointer as well.
        members[members.contains(secret.name) ? secret.pointer + " " + secret.name : secret.name] = secret.value;
        warnings.push_back(
            fmt::format("{} at {} was a secret: it is kept sealed, and the document has credentialRef {} instead. Do not send keys in documents.", secret.name,
                        secret.pointer, secret.reference));
    }
    return by_reference;
}

/// An object that has a `credentialRef`.
struct Place {
    std::string pointer;
    std::string reference;
    bool in_array{false};
};

void collect_places(const json::object& members, const std::string& at, bool in_array, std::vector<Place>& out);

void collect_places(const json::value& v, const std::string& at, bool in_array, std::vector<Place>& out) {
    if (v.is_object()) {
        collect_places(v.get_object(), at, in_array, out);
    } else if (v.is_array()) {
        for (std::size_t i = 0; i < v.get_array().size(); ++i) {
            collect_places(v.get_array()[i], at + "/" + std::to_string(i), true, out);
        }
    }
}

void collect_places(const json::object& members, const std::string& at, bool in_array, std::vector<Place>& out) {
    for (const auto& [name, member] : members) {
        if (std::string_view{name} == "credentialRef" && member.is_string()) {
            out.push_back({at, std::string{std::string_view{member.get_string()}}, in_array});
        } else {
            collect_places(member, at + "/" + json::pointer_token(name), in_array, out);
        }
    }
}

std::vector<Place> places_of(const json::object& document) {
    std::vector<Place> out;
    collect_places(document, "", false, out);
    return out;
}

/// Places by their pointer or by their reference; of two alike the first.
using Places = std::map<std::string_view, const Place*>;

Places index_of(const std::vector<Place>& places, std::string Place::* by) {
    Places out;
    for (const auto& place : places) {
        out.emplace(place.*by, &place);
    }
    return out;
}

const Place* found_in(const Places& places, std::string_view key) {
    const auto found = places.find(key);
    return found == places.end() ? nullptr : found->second;
}

/// What the object of the patch that got a reference had before: the reference that it was sent back with, or that of the object which the patch
/// changes (an object in an array is new). Only references of the stored document count.
class Earlier {
public:
    Earlier(const std::vector<Place>& sent, const std::vector<Place>& had, const std::vector<Place>& now)
        : sent_{index_of(sent, &Place::pointer)},
          had_by_pointer_{index_of(had, &Place::pointer)},
          had_by_reference_{index_of(had, &Place::reference)},
          now_{index_of(now, &Place::reference)} {}

    std::string of(std::string_view reference) const {
        const auto* place = found_in(now_, reference);
        if (place == nullptr) {
            return {};
        }
        const auto* back = found_in(sent_, place->pointer);
        const auto* stored = back != nullptr    ? found_in(had_by_reference_, back->reference)
                             : !place->in_array ? found_in(had_by_pointer_, place->pointer)
                                                : nullptr;
        return stored == nullptr ? std::string{} : stored->reference;
    }

private:
    Places sent_;
    Places had_by_pointer_;
    Places had_by_reference_;
    Places now_;
};

}  // namespace

Result<void> seal_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, json::object& document,
                          std::vector<std::string>& warnings) {
    SW_TRY(const auto taken, taken_out(unit, document, warnings));
    for (const auto& [reference, members] : taken) {
        SW_CHECK(keep(unit, sealer, group, reference, Secret{json::write(members)}));
    }
    return {};
}

Result<void> seal_patch(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, const store::Entity& before, json::object& patch,
                        std::vector<std::string>& warnings) {
    const auto sent = places_of(patch);
    SW_TRY(const auto replaced, taken_out(unit, patch, warnings));
    if (replaced.empty()) {
        return {};
    }
    const auto had = places_of(before.document);
    const auto now = places_of(patch);
    const Earlier before_it{sent, had, now};
    for (auto [reference, members] : replaced) {
        if (const auto earlier = before_it.of(reference); !earlier.empty()) {
            const auto plain = unseal_secrets(unit.sql, sealer, before.group, earlier);
            if (!plain && plain.error().code != ErrorCode::not_found) {
                return std::unexpected(plain.error());
            }
            SW_TRY(auto kept, plain ? json::parse_object(plain->reveal()) : Result<json::object>{json::object{}});
            for (auto& [name, secret] : members) {
                kept[name] = secret;
            }
            members = std::move(kept);
        }
        SW_CHECK(keep(unit, sealer, group, reference, Secret{json::write(members)}));
    }
    return {};
}

Result<void> move_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& from, const std::string& to, json::object& document) {
    std::vector<json::value*> places;
    json::value root(std::move(document));
    collect_references(root, places);
    std::map<std::string, std::string> moved;
    for (auto* place : places) {
        const std::string old{std::string_view{place->get_string()}};
        if (!moved.contains(old)) {
            const auto plain = unseal_secrets(unit.sql, sealer, from, old);
            if (!plain && plain.error().code == ErrorCode::not_found) {
                continue;  // a reference that means nothing here opens nothing there either
            }
            SW_CHECK(plain);
            moved[old] = unit.new_id();
            SW_CHECK(keep(unit, sealer, to, moved[old], *plain));
        }
        *place = moved[old];
    }
    document = std::move(root.get_object());
    return {};
}

Result<Secret> unseal_secrets(store::Session& sql, const crypto::Sealer& sealer, std::string_view group, std::string_view reference) {
    SW_TRY(const auto rows,
           sql.query("SELECT sealed FROM sealed_secrets WHERE reference = $1 AND group_name = $2", {std::string{reference}, std::string{group}}));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no sealed credential {} in group {}.", reference, group));
    }
    return sealer.unseal(rows[0].blob(0), purpose_of(reference));
}

}  // namespace slipway::registry
