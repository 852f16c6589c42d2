#pragma once

#include <optional>
#include <string>

#include "http/exchange.hpp"
#include "http/router.hpp"

/// How requests to `/mlc-service/rest` are read: a parameter of the query, or the member of that name of a query in the body.
namespace slipway::http::mlc {

/// A parameter as it was given: a text of the query, or a member of the body.
struct Given {
    std::string name;
    json::value value;
    bool in_body{false};
};

/// Where parameters are looked for.
class Parameters {
public:
    /// Of the query of a GET, and of the body of a POST besides. @return `invalid_argument`.
    static Result<Parameters> of(const Exchange& exchange);

    std::string text(std::string_view name) const;
    /// All of them but members that are null. @return `invalid_argument` for one that is there twice.
    Result<std::vector<Given>> given() const;
    bool has(std::string_view name) const { return request_.query_value(name).has_value() || member(name) != nullptr; }
    /// Of the body; null for none and for one that is null.
    const json::value* member(std::string_view name) const;
    /// @return `invalid_argument` for what is neither true nor false.
    Result<std::optional<bool>> flag(std::string_view name) const;
    Result<std::int64_t> number(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;

private:
    Parameters(const Request& request, json::object body) : request_{request}, body_{std::move(body)} {}
    const Request& request_;
    json::object body_;
};

/// `firstResult` and `maxResults`, at most 1,000.
struct Window {
    std::int64_t first{0};
    std::int64_t most{1000};
};
Result<Window> window(const Parameters& parameters);

/// An answer of a JSON array.
Response list(const json::array& items);
/// `{"count": n}`.
Response counted(std::int64_t count);

/// Whether a member of a body is true.
inline bool is_true(const json::object& body, std::string_view name) {
    return body.contains(name) && body.at(name) == json::value(true);
}
/// A text member of a body. @return `invalid_argument` when it is missing, empty or no text.
Result<std::string> wanted_text(const json::object& body, std::string_view name);
/// A text member of a body that may be left out, null or empty. @return `invalid_argument` when it is no text: without it the answer would be another one.
Result<std::string> text_or_none(const json::object& body, std::string_view name);
/// A whole number of a body that is not negative. @return `invalid_argument`.
Result<std::int64_t> wanted_number(const json::object& body, std::string_view name, std::int64_t most);

/// Why somebody does what is audited: `?reason=`, or the member of the body; empty without. @return `invalid_argument` for one that is too long.
Result<std::string> reason_of(const Request& request, const json::object& body);

/// A signed-in route below `/mlc-service/rest/`.
Route route(std::string method, std::string_view path, std::string operation_id, Handler handler);

}  // namespace slipway::http::mlc
