#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "base/http_transport.hpp"

namespace slipway::fakes {

/// A transport that answers from a script and remembers what it was asked. Thread-safe.
class FakeTransport final : public HttpTransport {
public:
    using Answer = std::function<Result<HttpResponse>(const HttpRequest&)>;

    /// The next answer of the script; each serves one request.
    FakeTransport& then(Result<HttpResponse> answer) {
        return then([answer = std::move(answer)](const HttpRequest&) { return answer; });
    }
    FakeTransport& then(Answer answer) {
        const std::lock_guard lock{mutex_};
        script_.push_back(std::move(answer));
        return *this;
    }
    /// What is answered when the script is at its end; without one that is `unavailable`/`SCRIPT_ENDED`.
    void otherwise(Answer answer) {
        const std::lock_guard lock{mutex_};
        otherwise_ = std::move(answer);
    }

    Result<HttpResponse> send(const HttpRequest& request) override {
        Answer answer;
        {
            const std::lock_guard lock{mutex_};
            requests_.push_back(request);
            if (!script_.empty()) {
                answer = std::move(script_.front());
                script_.pop_front();
            } else {
                answer = otherwise_;
            }
        }
        return answer ? answer(request) : fail(ErrorCode::unavailable, "SCRIPT_ENDED", "The script of the fake transport is at its end.");
    }

    std::vector<HttpRequest> requests() const {
        const std::lock_guard lock{mutex_};
        return requests_;
    }
    std::size_t calls() const {
        const std::lock_guard lock{mutex_};
        return requests_.size();
    }
    /// Answers of the script that were not asked for.
    std::size_t left() const {
        const std::lock_guard lock{mutex_};
        return script_.size();
    }

private:
    mutable std::mutex mutex_;
    std::deque<Answer> script_;
    Answer otherwise_;
    std::vector<HttpRequest> requests_;
};

/// First header of that name (as it was given) of a request, or empty.
inline std::string header_of(const HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

}  // namespace slipway::fakes
