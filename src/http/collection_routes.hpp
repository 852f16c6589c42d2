#pragma once

#include "http/router.hpp"
#include "registry/collection.hpp"

/// What all collections of model-manage have in common over HTTP.
namespace slipway::http {

inline constexpr std::string_view kModelManage = "/model-manage/api";

/// How a collection is called in paths and operation ids: `storedModels`, `StoredModel`, `StoredModels`.
struct CollectionNames {
    std::string path;      ///< last segment: `storedModels`, `engines`
    std::string singular;  ///< `StoredModel`
    std::string plural;    ///< `StoredModels`
};

/// The object as who asks may see it, with its links: self, and for jobs the typed self link.
json::object shown(const registry::Collection& collection, const Exchange& exchange, const store::Entity& entity);
/// An answer with the object, its ETag and, when there are some, `warnings`.
Response answer(int status, const registry::Collection& collection, const Exchange& exchange, const registry::Changed& changed);

/// List and read; create, patch and delete when the collection is writable.
std::vector<Route> collection_routes(registry::Collection& collection, const CollectionNames& names);

/// `GET …/search/{finder}`: rows whose columns equal the query parameters, which must be there (but groups).
struct Finder {
    std::string name;                                          ///< `findByName`
    std::string operation_id;                                  ///< `searchStoredModelsByName`
    std::vector<std::pair<std::string, std::string>> columns;  ///< query parameter → column; the column `group_name` takes several, by comma or repetition
};
Route finder_route(registry::Collection& collection, const CollectionNames& names, Finder finder);

/// A handler that reads one object by `{id}`.
Handler read_one(registry::Collection& collection);

}  // namespace slipway::http
