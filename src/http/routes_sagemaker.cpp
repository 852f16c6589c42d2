#include "http/routes_sagemaker.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "http/hal.hpp"
#include "http/operation_view.hpp"
#include "http/problem.hpp"

namespace slipway::http {
namespace {

using sagemaker::SageMakerService;

constexpr std::string_view kBase = "/sagemaker-service/api";

Response accepted(const Request& request, const registry::Operation& operation) {
    auto document = present(request, operation);
    json::array warnings;
    for (const auto& problem : operation.problems) {
        if (problem.code == sagemaker::kSealed) {
            warnings.push_back(json::value(problem.message));
        }
    }
    if (!warnings.empty()) {
        document["warnings"] = std::move(warnings);
    }
    return json_response(202, document).with("Location", location_of(request, operation));
}

/// All but the last four characters hidden.
std::string hidden_key(const std::string& key) {
    constexpr std::size_t kShown = 4;
    const auto hidden = key.size() > kShown ? key.size() - kShown : key.size();
    return std::string(hidden, '*') + key.substr(hidden);
}

std::string_view type_name(sagemaker::AuthenticationType type) {
    switch (type) {
        case sagemaker::AuthenticationType::basic: return "BASIC";
        case sagemaker::AuthenticationType::assume_role_with_web_identity: return "ASSUME_ROLE_WITH_WEB_IDENTITY";
        case sagemaker::AuthenticationType::default_chain: return "DEFAULT_CHAIN";
    }
    return {};
}

void put_text(json::object& document, std::string_view name, const std::string& text) {
    if (!text.empty()) {
        document[name] = text;
    }
}

json::object present(const sagemaker::CredentialCheck& check) {
    json::object out{{"at", to_iso(check.at)}, {"ok", check.ok}};
    if (check.since) {
        out["since"] = to_iso(*check.since);
    }
    put_text(out, "account", check.account);
    put_text(out, "arn", check.arn);
    json::array permissions;
    for (const auto& permission : check.permissions) {
        permissions.push_back(json::value(permission));
    }
    out["permissions"] = std::move(permissions);
    if (check.error) {
        json::object error{{"operation", check.error->operation}, {"code", check.error->code}, {"message", check.error->message}};
        put_text(error, "permission", check.error->permission);
        put_text(error, "requestId", check.error->request_id);
        out["error"] = std::move(error);
    }
    return out;
}

json::object present(const sagemaker::ShownCredential& shown) {
    const auto& credential = shown.credential;
    json::object out{{"id", credential.id}};
    put_text(out, "group", credential.group);
    out["authenticationType"] = type_name(credential.type);
    put_text(out, "region", credential.region);
    put_text(out, "path", credential.path);
    put_text(out, "roleArn", credential.role_arn);
    put_text(out, "accessKeyId", hidden_key(credential.access_key_id));
    out["entered"] = credential.entered;
    put_text(out, "createdBy", shown.created_by);
    if (shown.created) {
        out["created"] = to_iso(*shown.created);
    }
    if (shown.check) {
        out["lastCheck"] = present(*shown.check);
    }
    return out;
}

Result<Response> list_credentials(SageMakerService& service, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto all, service.credentials(sql, exchange.principal()));
        json::array items;
        for (const auto& shown : all) {
            items.push_back(present(shown));
        }
        return json_response(200, {{"credentials", std::move(items)}});
    });
}

Result<Response> replace_credential(SageMakerService& service, Exchange& exchange) {
    const auto& id = exchange.param("id");
    SW_TRY(const auto body, exchange.body());
    SW_TRY(auto keys, sagemaker::parse_entered_credential(body, ""));
    SW_TRY(const auto checked, service.check_replacement(exchange.principal(), id, std::move(keys)));
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto shown, service.replace_credential(unit, exchange.principal(), id, checked));
        return json_response(200, present(shown));
    });
    if (answer) {
        service.credential_changed(id);
    }
    return answer;
}

Result<Response> delete_credential(SageMakerService& service, Exchange& exchange) {
    const auto& id = exchange.param("id");
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(service.remove_credential(unit, exchange.principal(), id));
        return no_content();
    });
    if (answer) {
        service.credential_changed(id);
    }
    return answer;
}

std::string query_text(const Exchange& exchange, std::string_view name) {
    return std::string{exchange.request().query_value(name).value_or(std::string_view{})};
}

Result<Response> browse(SageMakerService& service, Exchange& exchange, const SageMakerService::BrowseQuery& query) {
    SW_TRY(const auto browsed, service.browse(exchange.principal(), query));
    json::array models;
    for (const auto& model : browsed.models) {
        json::object one{{"name", model.name}, {"arn", model.arn}};
        if (model.created) {
            one["creationTime"] = to_iso(*model.created);
        }
        one["imported"] = model.stored_model_id.has_value();
        if (model.stored_model_id) {
            one["storedModelId"] = *model.stored_model_id;
        }
        models.push_back(std::move(one));
    }
    json::object document{{"models", std::move(models)}, {"region", browsed.region}};
    put_text(document, "account", browsed.account);
    if (browsed.truncated) {
        document["truncated"] = true;
    }
    return json_response(200, document);
}

Result<Response> browse_models(SageMakerService& service, Exchange& exchange) {
    const SageMakerService::BrowseQuery query{
        .credential_id = query_text(exchange, "credentialId"), .region = query_text(exchange, "region"), .text = query_text(exchange, "q")};
    if (!query.region.empty() && !sagemaker::is_region(query.region)) {
        return invalid("?region", "a region of AWS such as eu-west-1", json::describe_value(json::value(query.region)));
    }
    return browse(service, exchange, query);
}

Result<Response> browse_with_keys(SageMakerService& service, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(auto keys, sagemaker::parse_entered_credential(body, ""));
    return browse(service, exchange, {.credential_id = {}, .region = {}, .text = query_text(exchange, "q"), .entered = std::move(keys)});
}

/// 409 with the import that runs already.
Result<Response> already_running(SageMakerService& service, Exchange& exchange, const sagemaker::PreparedImport& prepared, const Error& error) {
    SW_TRY(const auto running, service.running(prepared));
    const auto& request = exchange.request();
    if (!running) {
        return problem(error, request.request_id);
    }
    return problem_with(error, request.request_id, "operation", json::value(present(request, *running))).with("Location", location_of(request, *running));
}

Result<Response> create_import(SageMakerService& service, Exchange& exchange) {
    SW_TRY(auto kept, exchange.replay());
    if (kept) {
        return std::move(*kept);
    }
    SW_TRY(const auto body, exchange.body());
    SW_TRY(auto request, sagemaker::parse_import_request(body));
    SW_TRY(const auto prepared, service.prepare_import(exchange.principal(), std::move(request)));
    std::string started;
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto operation, service.start_import(unit, exchange.principal(), prepared));
        started = operation.id;
        return accepted(exchange.request(), operation);
    });
    if (!answer && answer.error().reason == "ALREADY_RUNNING") {
        return already_running(service, exchange, prepared, answer.error());
    }
    if (answer && !started.empty()) {
        service.run(started);
    }
    return answer;
}

Result<std::int64_t> number_of(const Exchange& exchange, std::string_view name, std::int64_t otherwise, std::int64_t most) {
    const auto text = exchange.request().query_value(name);
    if (!text) {
        return otherwise;
    }
    std::int64_t number{0};
    const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || stop != text->data() + text->size() || number < 0) {
        return invalid("?" + std::string{name}, "a number from 0", json::describe_value(json::value(*text)));
    }
    return std::min(number, most);
}

/// What a link to another page of the list must repeat.
std::string asked_of(const Exchange& exchange) {
    std::string asked;
    for (const auto* name : {"state", "kind"}) {
        if (const auto given = query_text(exchange, name); !given.empty()) {
            asked += fmt::format("&{}={}", name, percent_encode(given));
        }
    }
    return asked;
}

Result<Response> list_operations(SageMakerService& service, Exchange& exchange, std::string_view kind) {
    constexpr std::int64_t kMostPages = 1'000'000;
    constexpr std::int64_t kMostItems = 1000;
    registry::Operations::Query query;
    query.state = query_text(exchange, "state");
    query.kind = kind.empty() ? query_text(exchange, "kind") : std::string{kind};
    if (!query.state.empty() && !json::enum_value<registry::OperationState>(query.state)) {
        return invalid("?state", "one of RUNNING, COMPLETE, ERROR, CANCELLED", json::describe_value(json::value(query.state)));
    }
    if (!query.kind.empty() && !json::enum_value<registry::OperationKind>(query.kind)) {
        return invalid("?kind", "one of IMPORT, SYNC, DEPLOY, UNDEPLOY", json::describe_value(json::value(query.kind)));
    }
    SW_TRY(query.page, number_of(exchange, "page", 0, kMostPages));
    SW_TRY(const auto size, number_of(exchange, "size", query.size, kMostItems));
    query.size = std::max<std::int64_t>(size, 1);
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, service.operations().list(sql, exchange.principal(), query));
        json::array items;
        for (const auto& operation : found.items) {
            items.push_back(present(exchange.request(), operation));
        }
        const auto pages = (found.total + query.size - 1) / query.size;
        const auto path = fmt::format("{}{}", kBase, kind.empty() ? "/operations" : "/imports");
        const auto asked = asked_of(exchange);
        const auto link = [&](std::int64_t number) {
            return json::object{{"href", fmt::format("{}{}?page={}&size={}{}", exchange.request().base_url, path, number, query.size, asked)}};
        };
        json::object links{{"self", link(query.page)}, {"first", link(0)}, {"last", link(std::max<std::int64_t>(pages - 1, 0))}};
        if (query.page > 0) {
            links["prev"] = link(query.page - 1);
        }
        if (query.page + 1 < pages) {
            links["next"] = link(query.page + 1);
        }
        return json_response(200, {{"_embedded", {{"operations", std::move(items)}}},
                                   {"page", {{"size", query.size}, {"totalElements", found.total}, {"totalPages", pages}, {"number", query.page}}},
                                   {"_links", std::move(links)}});
    });
}

Result<Response> get_operation(SageMakerService& service, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto operation, service.operations().get(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, present(exchange.request(), operation));
    });
}

Result<Response> cancel_operation(SageMakerService& service, Exchange& exchange) {
    const auto& id = exchange.param("id");
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto operation, service.cancel(unit, exchange.principal(), id));
        return accepted(exchange.request(), operation);
    });
    if (answer) {
        service.cancelled(id);
    }
    return answer;
}

}  // namespace

std::vector<Route> sagemaker_routes(SageMakerService& service) {
    using Call = Result<Response> (*)(SageMakerService&, Exchange&);
    const auto route = [&](std::string method, std::string_view path, std::string operation_id, Pool pool, Call call) {
        return Route{.method = std::move(method),
                     .pattern = fmt::format("{}{}", kBase, path),
                     .operation_id = std::move(operation_id),
                     .guard = Guard::signed_in,
                     .pool = pool,
                     .handler = [&service, call](Exchange& exchange) { return call(service, exchange); }};
    };
    return {
        route("GET", "/credentials", "listCredentials", Pool::api, list_credentials),
        route("PUT", "/credentials/{id}", "replaceCredential", Pool::outbound, replace_credential),
        route("DELETE", "/credentials/{id}", "deleteCredential", Pool::api, delete_credential),
        route("GET", "/models", "browseModels", Pool::outbound, browse_models),
        route("POST", "/models", "browseModelsWithKeys", Pool::outbound, browse_with_keys),
        route("GET", "/imports", "listImports", Pool::api, [](SageMakerService& s, Exchange& e) { return list_operations(s, e, "IMPORT"); }),
        route("POST", "/imports", "createImport", Pool::outbound, create_import),
        route("GET", "/imports/{id}", "getImport", Pool::api, get_operation),
        route("GET", "/operations", "listOperations", Pool::api, [](SageMakerService& s, Exchange& e) { return list_operations(s, e, ""); }),
        route("GET", "/operations/{id}", "getOperation", Pool::api, get_operation),
        route("POST", "/operations/{id}/cancel", "cancelOperation", Pool::api, cancel_operation),
    };
}

}  // namespace slipway::http
