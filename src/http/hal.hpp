#pragma once

#include <functional>
#include <span>

#include "http/exchange.hpp"

/// HAL (draft-kelly-json-hal): links and embedded pages as clients of the matched product read them.
namespace slipway::http {

/// Adds `_links.self` to an object.
void add_self(json::object& document, const Request& request, std::string_view path);

struct ListNames {
    const store::EntityTable& table;
    std::string_view path;                                  ///< of the collection below the base URL
    std::string_view embedded;                              ///< `storedModels`
    std::span<const std::string_view> own_parameters = {};  ///< of this list, beside those of all
};
/// One page of a collection: `_embedded.<collection>`, `page`, `_links` (self, first, prev, next, last).
/// Parameters that the list does not take are no fault, since clients of the matched product may send some; `warnings` names them.
/// @param item presents a row with its links.
json::object collection_page(const Request& request, const ListNames& names, const store::Page& page,
                             const std::function<json::object(const store::Entity&)>& item);

/// A strong ETag of a version: `"7"`.
std::string etag(std::int64_t version);

/// An answer of a JSON document; with a version its ETag.
Response json_response(int status, const json::object& document, std::optional<std::int64_t> version = {});
/// 201 with Location.
Response created(const Request& request, std::string_view path, const json::object& document, std::int64_t version);
Response no_content();

}  // namespace slipway::http
