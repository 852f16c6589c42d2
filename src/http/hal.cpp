#include "http/hal.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/json_codec.hpp"
#include "base/nearest.hpp"
#include "store/list_fields.hpp"

namespace slipway::http {

namespace {

/// The collection's address with the request's own query, but for the paging that `paging` replaces.
std::string page_link(const Request& request, std::string_view path, const std::string& paging) {
    std::string link = request.base_url + std::string{path};
    char separator = '?';
    for (const auto& [name, content] : request.query) {
        if (name == "page" || name == "cursor" || name == "size") {
            continue;
        }
        link += fmt::format("{}{}={}", separator, percent_encode(name), percent_encode(content));
        separator = '&';
    }
    return link + separator + paging;
}

json::object link_to(std::string_view href) {
    json::object link;
    link["href"] = href;
    return link;
}

json::object page_links(const Request& request, std::string_view path, const store::Page& page, std::int64_t pages) {
    const auto numbered = [&](std::int64_t number) { return link_to(page_link(request, path, fmt::format("page={}&size={}", number, page.size))); };
    json::object links;
    links["self"] = link_to(request.base_url + (request.target.empty() ? std::string{path} : request.target));
    links["first"] = numbered(0);
    if (page.total >= 0 && page.number > 0) {
        links["prev"] = numbered(std::min(page.number - 1, std::max<std::int64_t>(pages - 1, 0)));
    }
    if (page.next && (page.total < 0 || page.cut)) {
        links["next"] = link_to(page_link(request, path, fmt::format("cursor={}&size={}", percent_encode(*page.next), page.size)));
    } else if (page.total >= 0 && page.number + 1 < pages) {
        links["next"] = numbered(page.number + 1);
    }
    if (page.total >= 0) {
        links["last"] = numbered(std::max<std::int64_t>(pages - 1, 0));
    }
    return links;
}

/// A misspelt filter would show everything, and nobody would know.
json::array not_looked_at(const Request& request, const ListNames& names) {
    constexpr std::size_t kMostWarnings = 8;
    constexpr std::size_t kLongestName = 60;
    std::vector<std::string_view> parameters{"filter", "sort", "page", "size", "cursor", "projection"};
    parameters.insert(parameters.end(), names.own_parameters.begin(), names.own_parameters.end());
    json::array warnings;
    for (const auto& [name, content] : request.query) {
        if (std::ranges::find(parameters, name) != parameters.end() || warnings.size() == kMostWarnings) {
            continue;
        }
        const auto shown = std::string{json::utf8_front(name, kLongestName)};
        const auto fields = store::filter_names(names.table);
        const bool is_field = std::ranges::find(fields, name) != fields.end();
        const auto meant = is_field ? "filter=" + name + ":VALUE" : nearest(shown, parameters);
        warnings.push_back(json::value(fmt::format("This list takes no parameter \"{}\", so it was not looked at. {}", shown,
                                                   meant.empty() ? "A condition on a field is written filter=FIELD:VALUE." : "Is " + meant + " meant?")));
    }
    return warnings;
}

}  // namespace

void add_self(json::object& document, const Request& request, std::string_view path) {
    json::object links;
    links["self"] = link_to(request.base_url + std::string{path});
    document["_links"] = std::move(links);
}

json::object collection_page(const Request& request, const ListNames& names, const store::Page& page,
                             const std::function<json::object(const store::Entity&)>& item) {
    const auto pages = page.total > 0 ? (page.total + page.size - 1) / page.size : 0;
    json::array items;
    items.reserve(page.items.size());
    for (const auto& entity : page.items) {
        items.push_back(item(entity));
    }
    json::object document;
    document["_embedded"] = json::object{{names.embedded, std::move(items)}};
    document["_links"] = page_links(request, names.path, page, pages);
    json::object numbers;
    numbers["size"] = page.size;
    numbers["number"] = page.number;
    if (page.total >= 0) {
        numbers["totalElements"] = page.total;
        numbers["totalPages"] = pages;
    }
    if (page.next) {
        numbers["cursor"] = *page.next;
    }
    document["page"] = std::move(numbers);
    if (auto warnings = not_looked_at(request, names); !warnings.empty()) {
        document["warnings"] = std::move(warnings);
    }
    return document;
}

std::string etag(std::int64_t version) {
    return fmt::format("\"{}\"", version);
}

Response json_response(int status, const json::object& document, std::optional<std::int64_t> version) {
    Response response;
    response.status = status;
    response.body = json::write(document);
    if (version) {
        response.with("ETag", etag(*version));
    }
    return response;
}

Response created(const Request& request, std::string_view path, const json::object& document, std::int64_t version) {
    auto response = json_response(201, document, version);
    response.with("Location", request.base_url + std::string{path});
    return response;
}

Response no_content() {
    Response response;
    response.status = 204;
    response.content_type.clear();
    return response;
}

}  // namespace slipway::http
