#include "apps/serve/member.hpp"

namespace slipway::serve {
namespace {

constexpr const char* kApplication = "model-manage";

}  // namespace

Member::Member(const config::Config& config, HttpTransport& transport, const Clock& clock, Metrics& metrics, const HealthRegistry& health)
    : config_{config},
      clock_{clock},
      health_{health},
      to_provider_{transport, cancelled_},
      tokens_{membership::make_tokens(config, to_provider_, clock)},
      client_{membership::make_client(config, transport, tokens_.get(), clock, metrics, {})} {}

void Member::start(int port) {
    if (client_) {
        client_->start(membership::describe_instance(config_, kApplication, port));
    }
}

Result<void> Member::look() {
    std::string missing;
    for (const auto& check : health_.checks()) {
        if (check.readiness && !check.run().up) {
            missing = check.name;
        }
    }
    if (missing.empty()) {
        ready_.well({}, clock_.steady());
    } else {
        ready_.ill(missing, clock_.steady());
    }
    if (ready_.known()) {
        client_->set_status(ready_.up() ? eureka::Status::up : eureka::Status::down);
    }
    return {};
}

void Member::stop() {
    if (client_) {
        const Impatience impatience{cancelled_};  // for its tokens: who gives them may hang
        client_->stop();
    }
}

}  // namespace slipway::serve
