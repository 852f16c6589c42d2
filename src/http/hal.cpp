#include "http/hal.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"

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

}  // namespace

void add_self(json::object& document, const Request& request, std::string_view path) {
    json::object links;
    links["self"] = link_to(request.base_url + std::string{path});
    document["_links"] = std::move(links);
}

json::object collection_page(const Request& request, std::string_view path, std::string_view collection, const store::Page& page,
                             const std::function<json::object(const store::Entity&)>& item) {
    const auto pages = page.total > 0 ? (page.total + page.size - 1) / page.size : 0;
    json::array items;
    items.reserve(page.items.size());
    for (const auto& entity : page.items) {
        items.push_back(item(entity));
    }
    json::object document;
    document["_embedded"] = json::object{{collection, std::move(items)}};
    document["_links"] = page_links(request, path, page, pages);
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
