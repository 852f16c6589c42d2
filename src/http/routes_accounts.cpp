#include "http/routes_accounts.hpp"

#include <fmt/format.h>

#include "http/hal.hpp"
#include "identity/tables.hpp"

namespace slipway::http {

namespace {

using identity::Accounts;

std::string base_of(const store::EntityTable& table) {
    return fmt::format("/model-manage/api/{}", table.collection);
}

json::object present(const Request& request, const store::EntityTable& table, const store::Entity& entity) {
    auto document = entity.full();
    add_self(document, request, base_of(table) + "/" + entity.id);
    return document;
}

/// @param note of what the list is, for `warnings`; empty: nothing is to be said.
Result<Response> list(const store::EntityTable& table, const std::string& note, Exchange& exchange) {
    SW_TRY(const auto query, exchange.list_query());
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto page, store::list(sql, table, query, store::Scope::all()));
        auto document = collection_page(exchange.request(), {table, base_of(table), table.collection}, page,
                                        [&](const store::Entity& entity) { return present(exchange.request(), table, entity); });
        if (!note.empty()) {
            auto& warnings = document["warnings"];
            warnings = warnings.is_array() ? std::move(warnings) : json::value(json::array{});
            warnings.get_array().emplace_back(note);
        }
        return json_response(200, document);
    });
}

Result<Response> get(Accounts& accounts, const store::EntityTable& table, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto entity, accounts.get(sql, table, exchange.param("id")));
        return json_response(200, present(exchange.request(), table, entity), entity.version);
    });
}

Result<Response> remove(Accounts& accounts, const store::EntityTable& table, Exchange& exchange) {
    SW_TRY(const auto version, exchange.if_match());
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(accounts.remove(unit, table, exchange.param("id"), version));
        return no_content();
    });
    accounts.changed();
    return answer;
}

Result<Response> create_user(Accounts& accounts, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(auto again, exchange.replay());
    if (again) {
        return std::move(*again);
    }
    SW_TRY(const auto hash, accounts.prepare_password(body, true));
    const auto& table = identity::users_table();
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto entity, accounts.create_user(unit, body, hash));
        return created(exchange.request(), base_of(table) + "/" + entity.id, present(exchange.request(), table, entity), entity.version);
    });
}

Result<Response> patch_user(Accounts& accounts, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto version, exchange.if_match());
    SW_TRY(const auto hash, accounts.prepare_password(body, false));
    std::optional<store::Entity> changed;
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto entity, accounts.patch_user(unit, exchange.param("id"), body, version, hash));
        changed = entity;
        return json_response(200, present(exchange.request(), identity::users_table(), entity), entity.version);
    });
    accounts.changed();
    if (answer && changed) {
        accounts.mended(*changed, body);
    }
    return answer;
}

/// The client with its secret, which a replay leaves out.
json::object with_secret(json::object document, const Secret& secret) {
    if (!secret.empty()) {
        document["clientSecret"] = secret.reveal();
    }
    return document;
}

Result<Response> create_client(Accounts& accounts, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    const auto& table = identity::clients_table();
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto issued, accounts.create_client(unit, body));
        const auto document = present(exchange.request(), table, issued.entity);
        auto response = created(exchange.request(), base_of(table) + "/" + issued.entity.id, with_secret(document, issued.secret), issued.entity.version);
        response.kept_body = json::write(document);
        return response;
    });
}

Result<Response> patch_client(Accounts& accounts, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto version, exchange.if_match());
    std::optional<store::Entity> changed;
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto issued, accounts.patch_client(unit, exchange.param("id"), body, version));
        changed = issued.entity;
        return json_response(200, with_secret(present(exchange.request(), identity::clients_table(), issued.entity), issued.secret), issued.entity.version);
    });
    accounts.changed();
    if (answer && changed) {
        accounts.mended(*changed, body);
    }
    return answer;
}

}  // namespace

std::vector<Route> account_routes(Accounts& accounts, const std::string& note) {
    const auto& users = identity::users_table();
    const auto& clients = identity::clients_table();
    const std::string user = base_of(users) + "/{id}";
    const std::string client = base_of(clients) + "/{id}";
    constexpr auto admin = Guard::administrator;
    return {
        {"GET", base_of(users), "listUsers", admin, Pool::api, [&users, note](Exchange& exchange) { return list(users, note, exchange); }},
        {"POST", base_of(users), "createUser", admin, Pool::passwords, [&](Exchange& exchange) { return create_user(accounts, exchange); }},
        {"GET", user, "getUser", admin, Pool::api, [&](Exchange& exchange) { return get(accounts, users, exchange); }},
        {"PATCH", user, "patchUser", admin, Pool::passwords, [&](Exchange& exchange) { return patch_user(accounts, exchange); }},
        {"DELETE", user, "deleteUser", admin, Pool::api, [&](Exchange& exchange) { return remove(accounts, users, exchange); }},
        {"GET", base_of(clients), "listClients", admin, Pool::api, [&clients, note](Exchange& exchange) { return list(clients, note, exchange); }},
        {"POST", base_of(clients), "createClient", admin, Pool::api, [&](Exchange& exchange) { return create_client(accounts, exchange); }},
        {"GET", client, "getClient", admin, Pool::api, [&](Exchange& exchange) { return get(accounts, clients, exchange); }},
        {"PATCH", client, "patchClient", admin, Pool::api, [&](Exchange& exchange) { return patch_client(accounts, exchange); }},
        {"DELETE", client, "deleteClient", admin, Pool::api, [&](Exchange& exchange) { return remove(accounts, clients, exchange); }},
    };
}

}  // namespace slipway::http
