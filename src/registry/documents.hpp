#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/entity.hpp"

/// Small rules about documents that several collections share.
namespace slipway::registry {

/// A reference to a runtime as jobs and deployments carry it: id, name, engineType.
json::object engine_reference(const store::Entity& runtime);
/// A reference to a snapshot: id, metaData.name, storedModel.id and storedModel.modelMetaData.name.
json::object snapshot_reference(const store::Entity& snapshot);

/// What a person does to end the deployments, in a sentence: they are named by where they are, since people know endpoints and no ids.
std::string how_to_end(const std::vector<store::Entity>& deployments);

/// @return `failed_precondition`/`IMMUTABLE` with a fault for each member of `fixed` (first-level names) that differs between the two documents.
Result<void> unchanged(const json::object& before, const json::object& after, std::initializer_list<std::string_view> fixed, std::string_view why);

/// `failed_precondition`/`IMMUTABLE` at `/group`; `why` is the whole sentence.
std::unexpected<Error> stays_in_its_group(std::string why);

/// As unchanged(), of all first-level members but `free`: a member that is mistyped is refused, not kept.
Result<void> unchanged_but(const json::object& before, const json::object& after, std::initializer_list<std::string_view> free, std::string_view why);

/// Text `key` of the object member `member`, or empty.
std::string text_in(const json::object& document, std::string_view member, std::string_view key);
/// `id` of the object member `name`, or empty.
std::string_view id_in(const json::object& document, std::string_view name);

}  // namespace slipway::registry
