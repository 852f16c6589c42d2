#pragma once

#include <condition_variable>
#include <fmt/format.h>

#include "base/http_transport.hpp"
#include "base/json.hpp"
#include "fakes/loopback_server.hpp"

namespace slipway::fakes {

/// How a peer misbehaves, at whatever it is asked.
enum class Fault {
    none,
    status_500,
    html_200,      ///< a sign-in page of a proxy in between
    html_404,      ///< its error page
    half_json,     ///< a whole answer whose text ends in the middle
    cut_body,      ///< fewer bytes than were announced, then the end
    hang,          ///< no answer at all
    closed,        ///< the connection ends without an answer
    empty_object,  ///< `{}`
    wrong_types,   ///< known members with other kinds of values
    an_array,
    huge,
};

inline constexpr std::array kFaults{Fault::status_500, Fault::html_200,     Fault::html_404,    Fault::half_json, Fault::cut_body, Fault::hang,
                                    Fault::closed,     Fault::empty_object, Fault::wrong_types, Fault::an_array,  Fault::huge};

/// An HTTP answer with its length.
inline std::string http_answer(int status, const std::string& body, const std::string& type = "application/json") {
    return fmt::format("HTTP/1.1 {} X\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", status, type, body.size(), body);
}

/// A peer on loopback that answers what `truth` makes of a request, unless it is told to misbehave. Thread-safe.
class ScriptedPeer {
public:
    struct Request {
        std::string method;
        std::string target;
        std::string body;
    };
    using Truth = std::function<std::string(const Request&)>;  ///< a whole HTTP answer

    /// @param wrong_types what it says under Fault::wrong_types.
    ScriptedPeer(Truth truth, std::string wrong_types)
        : truth_{std::move(truth)}, wrong_types_{std::move(wrong_types)}, server_{[this](const std::string& text) { return answer(text); }} {}
    ~ScriptedPeer() { misbehave(Fault::none); }

    std::string url() const { return server_.url(""); }
    void misbehave(Fault fault) {
        const std::lock_guard lock{mutex_};
        fault_ = fault;
        changed_.notify_all();
    }
    std::size_t requests() const { return requests_; }

private:
    std::string answer(const std::string& text) {
        ++requests_;
        Fault fault{};
        {
            std::unique_lock lock{mutex_};
            fault = fault_;
            changed_.wait(lock, [&] { return fault_ != Fault::hang; });
        }
        const auto blank = text.find(' ');
        const Request request{text.substr(0, blank), text.substr(blank + 1, text.find(' ', blank + 1) - blank - 1), text.substr(text.find("\r\n\r\n") + 4)};
        switch (fault) {
            case Fault::none: return truth_(request);
            case Fault::status_500: return http_answer(500, R"({"RemoteException":{"exception":"RuntimeException"}})");
            case Fault::html_200: return http_answer(200, "<html><body>Please sign in</body></html>", "text/html");
            case Fault::html_404: return http_answer(404, "<html><body>Not found</body></html>", "text/html");
            case Fault::half_json: return half(truth_(request));
            case Fault::cut_body: return "HTTP/1.1 200 X\r\nContent-Length: 4096\r\nConnection: close\r\n\r\n{\"apps\":" + std::string{'\0'};
            case Fault::hang:
            case Fault::closed: return {};
            case Fault::empty_object: return http_answer(200, "{}");
            case Fault::wrong_types: return http_answer(200, wrong_types_);
            case Fault::an_array: return http_answer(200, "[]");
            case Fault::huge: return http_answer(200, "{\"x\":\"" + std::string(3U << 20, 'x') + "\"}");
        }
        return {};
    }

    static std::string half(const std::string& whole) {
        const auto body = whole.substr(whole.find("\r\n\r\n") + 4);
        return http_answer(200, body.substr(0, body.size() / 2));
    }

    const Truth truth_;
    const std::string wrong_types_;
    std::atomic<std::size_t> requests_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    Fault fault_{Fault::none};
    LoopbackServer server_;
};

/// The transport under it with little patience: what takes a second elsewhere takes a moment in a test, and what is too large is 2 MiB.
class ImpatientTransport final : public HttpTransport {
public:
    explicit ImpatientTransport(HttpTransport& under) : under_{under} {}
    Result<HttpResponse> send(const HttpRequest& request) override {
        auto quick = request;
        quick.timeout = Milliseconds{400};
        quick.max_response_bytes = std::min<std::size_t>(request.max_response_bytes, 2U << 20);
        return under_.send(quick);
    }

private:
    HttpTransport& under_;
};

}  // namespace slipway::fakes
