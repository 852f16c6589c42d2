#pragma once

#include <functional>
#include <optional>

#include "base/secret.hpp"
#include "http/message.hpp"
#include "store/entity.hpp"
#include "store/idempotency.hpp"
#include "store/unit.hpp"

namespace slipway::http {

/// One request under way: what a handler works with.
class Exchange {
public:
    /// @param idempotency_secret keys what is kept of bodies, which may have passwords.
    Exchange(const Request& request, identity::Principal principal, store::Store& store, const Secret& idempotency_secret)
        : request_{request}, principal_{std::move(principal)}, store_{store}, idempotency_secret_{idempotency_secret} {}

    const Request& request() const { return request_; }
    const identity::Principal& principal() const { return principal_; }
    store::Store& store() { return store_; }
    /// Parameter of the route pattern.
    const std::string& param(std::string_view name) const;

    /// The body as a JSON object. @return `invalid_argument` with pointers.
    Result<json::object> body() const;
    /// body(), or an empty object where there is none: for what needs no words.
    Result<json::object> body_or_none() const { return request_.body.empty() ? Result<json::object>{json::object{}} : body(); }
    /// `If-Match` as a version. @return nothing without the header, `invalid_argument` when it is no version of ours.
    Result<std::optional<std::int64_t>> if_match() const;
    /// `filter`, `sort`, `page`, `size`, `cursor`.
    Result<store::ListQuery> list_query() const;

    /// Who writes in this request.
    store::Actor actor() const;

    /// The answer kept under this request's Idempotency-Key, for handlers that call a peer before they write.
    Result<std::optional<Response>> replay();
    /// Runs `work` in one transaction. With an Idempotency-Key the answer is kept in the same transaction, and a repetition gets it without running `work`.
    Result<Response> write(const std::function<Result<Response>(store::Unit&)>& work);
    /// As write(), for an answer that needs nothing of the transaction: where it is not kept, it is made behind the commit, so that no writer waits for it.
    Result<Response> write(const std::function<Result<void>(store::Unit&)>& work, const std::function<Response()>& answer);
    /// Runs `work` on a read snapshot.
    Result<Response> read(const std::function<Result<Response>(store::Session&)>& work);

private:
    /// Nothing unless this is a POST with an Idempotency-Key.
    Result<std::optional<store::IdempotencyKey>> idempotency_key() const;

    const Request& request_;
    identity::Principal principal_;
    store::Store& store_;
    const Secret& idempotency_secret_;
};

}  // namespace slipway::http
