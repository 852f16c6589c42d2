#include "http/collection_routes.hpp"

#include <fmt/format.h>

#include "domain/job.hpp"
#include "http/hal.hpp"

namespace slipway::http {

namespace {

std::string path_of(const registry::Collection& collection, const store::Entity& entity) {
    if (collection.table().collection == "jobs") {
        const auto type = json::enum_value<domain::JobType>(json::text_of(entity.document, "jobType"));
        return fmt::format("{}/{}/{}", kModelManage, domain::link_name(type.value_or(domain::JobType::MODEL_BATCH_JOB)), entity.id);
    }
    return fmt::format("{}/{}/{}", kModelManage, collection.table().collection, entity.id);
}

/// `?projection=summary`, where the collection has one; elsewhere the parameter means nothing.
Result<bool> wants_summary(const registry::Collection& collection, const Request& request) {
    const auto projection = request.query_value("projection");
    if (!projection || projection->empty() || !collection.has_summary()) {
        return false;
    }
    if (*projection != "summary") {
        return invalid("?projection", "summary", "another name");
    }
    return true;
}

Result<Response> list(registry::Collection& collection, const std::string& embedded, const std::string& path, const store::ListQuery& query, Exchange& exchange,
                      std::span<const std::string_view> own = {}) {
    SW_TRY(const bool summary, wants_summary(collection, exchange.request()));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto page, collection.list(sql, exchange.principal(), query));
        std::vector<json::object> summaries;
        if (summary) {
            SW_TRY(summaries, collection.summaries(sql, exchange.principal(), page.items));
        }
        const auto item = [&](const store::Entity& entity) {
            auto document = shown(collection, exchange, entity);
            if (summary) {
                document["summary"] = std::move(summaries[static_cast<std::size_t>(&entity - page.items.data())]);
            }
            return document;
        };
        return json_response(200, collection_page(exchange.request(), {collection.table(), path, embedded, own}, page, item));
    });
}

Result<Response> create(registry::Collection& collection, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    const auto created = [&](const registry::Changed& changed) {
        auto response = answer(201, collection, exchange, changed);
        response.with("Location", exchange.request().base_url + path_of(collection, changed.entity));
        return response;
    };
    const auto drafted = collection.draft_create(exchange.actor(), exchange.principal(), body);
    if (drafted && *drafted) {
        auto response = created((*drafted)->changed);
        return exchange.write([&](store::Unit& unit) { return collection.write(unit, **drafted); }, [&] { return response; });
    }
    // With a key, what was answered before counts more than an error now.
    if (!drafted && exchange.request().header("idempotency-key").empty()) {
        return std::unexpected(drafted.error());
    }
    std::optional<registry::Changed> changed;
    return exchange.write(
        [&](store::Unit& unit) -> Result<void> {
            SW_TRY(changed, collection.create(unit, exchange.principal(), body));
            return {};
        },
        [&] { return created(*changed); });
}

Result<Response> patch(registry::Collection& collection, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto version, exchange.if_match());
    SW_TRY(const auto drafted, collection.draft_patch(exchange.actor(), exchange.principal(), exchange.param("id"), body, version));
    if (drafted) {
        auto written = exchange.write([&](store::Unit& unit) { return collection.write(unit, *drafted); },
                                      [&] { return answer(200, collection, exchange, drafted->changed); });
        if (written || !store::is_stale(written.error())) {
            return written;
        }
    }
    std::optional<registry::Changed> changed;
    return exchange.write(
        [&](store::Unit& unit) -> Result<void> {
            SW_TRY(changed, collection.patch(unit, exchange.principal(), exchange.param("id"), body, version));
            return {};
        },
        [&] { return answer(200, collection, exchange, *changed); });
}

Result<Response> remove(registry::Collection& collection, Exchange& exchange) {
    SW_TRY(const auto version, exchange.if_match());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(collection.remove(unit, exchange.principal(), exchange.param("id"), version));
        return no_content();
    });
}

/// `If-None-Match` names the version that is still the current one.
bool is_unmodified(const Request& request, std::int64_t version) {
    const auto wanted = request.header("if-none-match");
    return !wanted.empty() && (wanted == "*" || wanted.contains(etag(version)));
}

Response unmodified(std::int64_t version) {
    auto response = no_content();
    response.status = 304;
    response.with("ETag", etag(version));
    return response;
}

/// shown() of an object that is text already: its links go in before the last brace.
Response sent(const registry::Collection& collection, const Request& request, store::EntityText entity) {
    Response response;
    response.body = std::move(entity.text);
    response.body.pop_back();
    response.body += R"(,"_links":{"self":{"href":)";
    json::write_string_to(response.body, fmt::format("{}{}/{}/{}", request.base_url, kModelManage, collection.table().collection, entity.id));
    response.body += "}}}";
    response.with("ETag", etag(entity.version));
    return response;
}

/// Values of a parameter that may be repeated or a list with commas.
store::FilterTerm any_of(const Request& request, const std::string& parameter) {
    store::FilterTerm term{.field = "group", .op = store::FilterTerm::Op::equal, .value = {}};
    for (const auto& [name, value] : request.query) {
        if (name != parameter) {
            continue;
        }
        for (std::size_t from = 0; from <= value.size();) {
            const auto comma = std::min(value.find(',', from), value.size());
            if (comma > from) {
                (term.value.empty() ? term.value : term.alternatives.emplace_back()) = value.substr(from, comma - from);
            }
            from = comma + 1;
        }
    }
    return term;
}

}  // namespace

json::object shown(const registry::Collection& collection, const Exchange& exchange, const store::Entity& entity) {
    auto document = collection.present_to(exchange.principal(), entity, exchange.request().base_url);
    add_self(document, exchange.request(), path_of(collection, entity));
    return document;
}

Response answer(int status, const registry::Collection& collection, const Exchange& exchange, const registry::Changed& changed) {
    auto document = shown(collection, exchange, changed.entity);
    if (!changed.warnings.empty()) {
        document["warnings"] = json::encode(changed.warnings);
    }
    return json_response(status, document, changed.entity.version);
}

Handler read_one(registry::Collection& collection) {
    return [&collection](Exchange& exchange) {
        return exchange.read([&](store::Session& sql) -> Result<Response> {
            SW_TRY(auto text, collection.get_text(sql, exchange.principal(), exchange.param("id")));
            if (text) {
                return is_unmodified(exchange.request(), text->version) ? unmodified(text->version) : sent(collection, exchange.request(), std::move(*text));
            }
            SW_TRY(const auto entity, collection.get(sql, exchange.principal(), exchange.param("id")));
            if (collection.row_is_all() && is_unmodified(exchange.request(), entity.version)) {
                return unmodified(entity.version);
            }
            return json_response(200, shown(collection, exchange, entity), entity.version);
        });
    };
}

std::vector<Route> collection_routes(registry::Collection& collection, const CollectionNames& names) {
    const auto base = fmt::format("{}/{}", kModelManage, names.path);
    const auto one = base + "/{id}";
    std::vector<Route> routes{
        {"GET", base, "list" + names.plural, Guard::signed_in, Pool::api,
         [&collection, base, embedded = names.path](Exchange& exchange) -> Result<Response> {
             SW_TRY(const auto query, exchange.list_query());
             return list(collection, embedded, base, query, exchange);
         }},
        {"GET", one, "get" + names.singular, Guard::signed_in, Pool::api, read_one(collection)},
    };
    if (collection.writable()) {
        routes.push_back(
            {"POST", base, "create" + names.singular, Guard::signed_in, Pool::api, [&](Exchange& exchange) { return create(collection, exchange); }});
        routes.push_back(
            {"PATCH", one, "patch" + names.singular, Guard::signed_in, Pool::api, [&](Exchange& exchange) { return patch(collection, exchange); }});
        routes.push_back(
            {"DELETE", one, "delete" + names.singular, Guard::signed_in, Pool::api, [&](Exchange& exchange) { return remove(collection, exchange); }});
    }
    return routes;
}

Route finder_route(registry::Collection& collection, const CollectionNames& names, Finder finder) {
    const auto path = fmt::format("{}/{}/search/{}", kModelManage, names.path, finder.name);
    const auto id = finder.operation_id;
    return {"GET",
            path,
            id,
            Guard::signed_in,
            Pool::api,
            [&collection, path, embedded = names.path, finder = std::move(finder)](Exchange& exchange) -> Result<Response> {
                SW_TRY(auto query, exchange.list_query());
                std::vector<std::string_view> own;
                for (const auto& [parameter, column] : finder.columns) {
                    own.push_back(parameter);
                    const auto value = exchange.request().query_value(parameter);
                    const bool given = value && !value->empty();
                    if (!given && column == "group_name") {
                        continue;  // all groups that the caller may see
                    }
                    if (!given) {
                        return invalid("?" + parameter, "given", "nothing");
                    }
                    if (column == "group_name") {
                        query.filter.terms.push_back(any_of(exchange.request(), parameter));
                    } else {
                        query.match.emplace_back(column, std::string{*value});
                    }
                }
                return list(collection, embedded, path, query, exchange, own);
            }};
}

}  // namespace slipway::http
