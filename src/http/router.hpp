#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/exchange.hpp"
#include "http/message.hpp"

namespace slipway::http {

/// Who may call a route at all; what rows they see is decided beneath, by identity::Access.
enum class Guard { open, signed_in, administrator };

/// Which pool runs the handler: `api` for database work, `outbound` for what waits on AWS or another peer, `passwords` for what hashes them, `sign_in` for what
/// anybody may have the identity provider asked; `none` where it waits for nothing at all: it is answered on the io thread, whatever the pools do, to
/// everybody.
enum class Pool { api, outbound, passwords, sign_in, none };

using Handler = std::function<Result<Response>(Exchange&)>;

/// One operation of api/openapi.yaml.
struct Route {
    std::string method;
    std::string pattern;       ///< `/model-manage/api/storedModels/{id}`; `{rest*}` takes the remaining path
    std::string operation_id;  ///< as in api/openapi.yaml
    Guard guard{Guard::signed_in};
    Pool pool{Pool::api};
    Handler handler;
    bool any_host{false};  ///< answers under names that are none of ours, too: for who knows us by an address only
};

/// Finds routes. Built once; const afterwards, so safe from any thread.
class Router {
public:
    explicit Router(std::vector<Route> routes);
    ~Router();

    struct Match {
        const Route* route{nullptr};
        std::map<std::string, std::string, std::less<>> params;
        std::string allow;           ///< methods of the path when only the method did not fit (405)
        std::optional<Error> error;  ///< `invalid_argument` of a path that cannot be decoded (400)
    };
    /// Literal segments win over parameters; HEAD is answered by GET. `path` is the raw, still encoded path.
    Match match(std::string_view method, std::string_view path) const;
    const std::vector<Route>& routes() const { return routes_; }

private:
    struct Node;
    std::vector<Route> routes_;
    std::unique_ptr<Node> root_;
};

}  // namespace slipway::http
