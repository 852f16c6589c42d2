#include "http/router.hpp"

#include <algorithm>

#include "http/target.hpp"

namespace slipway::http {

struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::string parameter_name;
    std::string rest_name;  ///< `{rest*}` ends here when not empty
    std::map<std::string, const Route*, std::less<>> methods;
    std::map<std::string, const Route*, std::less<>> rest_methods;
};

namespace {

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> out;
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    while (true) {
        const auto end = path.find('/');
        out.push_back(path.substr(0, end));
        if (end == std::string_view::npos) {
            return out;
        }
        path.remove_prefix(end + 1);
    }
}

using Methods = std::map<std::string, const Route*, std::less<>>;

const Route* pick(const Methods& methods, std::string_view method) {
    auto found = methods.find(method);
    if (found == methods.end() && method == "HEAD") {
        found = methods.find("GET");
    }
    return found != methods.end() ? found->second : nullptr;
}

std::string allowed(const Methods& methods) {
    std::string out;
    for (const auto& [method, route] : methods) {
        out += (out.empty() ? "" : ", ") + method;
        if (method == "GET") {
            out += ", HEAD";
        }
    }
    return out;
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_{std::move(routes)}, root_{std::make_unique<Node>()} {
    for (const auto& route : routes_) {
        Node* node = root_.get();
        bool rest = false;
        for (const auto segment : split(route.pattern)) {
            if (segment.starts_with('{') && segment.ends_with("*}")) {
                node->rest_name = segment.substr(1, segment.size() - 3);
                rest = true;
            } else if (segment.starts_with('{') && segment.ends_with('}')) {
                if (!node->parameter) {
                    node->parameter = std::make_unique<Node>();
                    node->parameter->parameter_name = segment.substr(1, segment.size() - 2);
                }
                node = node->parameter.get();
                SW_ASSERT(node->parameter_name == segment.substr(1, segment.size() - 2), "two routes name one parameter differently: " + route.pattern);
            } else {
                auto& next = node->literals[std::string{segment}];
                if (!next) {
                    next = std::make_unique<Node>();
                }
                node = next.get();
            }
        }
        auto& methods = rest ? node->rest_methods : node->methods;
        SW_ASSERT(methods.emplace(route.method, &route).second, "two routes are " + route.method + " " + route.pattern);
    }
}

Router::~Router() = default;

Router::Match Router::match(std::string_view method, std::string_view path) const {
    Match match;
    std::vector<std::string> segments;
    for (const auto raw : split(path)) {
        auto segment = decode_segment(raw);
        if (!segment) {
            match.error = std::move(segment.error());
            return match;
        }
        segments.push_back(std::move(*segment));
    }
    // Depth first, literals before parameters before the rest of the path.
    const auto walk = [&](const auto& self, const Node& node, std::size_t at) -> bool {
        if (at == segments.size() && !node.methods.empty()) {
            match.route = pick(node.methods, method);
            match.allow = match.route != nullptr ? "" : allowed(node.methods);
            return true;
        }
        if (at < segments.size()) {
            if (const auto literal = node.literals.find(segments[at]); literal != node.literals.end() && self(self, *literal->second, at + 1)) {
                return true;
            }
            if (node.parameter && !segments[at].empty() && self(self, *node.parameter, at + 1)) {
                match.params[node.parameter->parameter_name] = segments[at];
                return true;
            }
            if (!node.rest_name.empty()) {
                match.route = pick(node.rest_methods, method);
                match.allow = match.route != nullptr ? "" : allowed(node.rest_methods);
                auto& rest = match.params[node.rest_name];
                for (std::size_t i = at; i < segments.size(); ++i) {
                    rest += (i == at ? "" : "/") + segments[i];
                }
                return true;
            }
        }
        return false;
    };
    walk(walk, *root_, 0);
    return match;
}

}  // namespace slipway::http
