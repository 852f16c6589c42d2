#include <condition_variable>
#include <mutex>
#include <thread>

#include "adapters/http_client/http_client.hpp"
#include "apps/cli/loopback_login.hpp"
#include "apps/cli/run.hpp"
#include "base/clock.hpp"

int main(int argc, char** argv) {
    using namespace slipway;
    const SystemClock clock;
    const auto transport = make_http_client();
    const auto& interrupted = cli::watch_interrupts();
    cli::World world{.terminal = cli::system_terminal(),
                     .transport = *transport,
                     .clock = clock,
                     .environment = cli::system_environment(),
                     .wait =
                         [&interrupted](Milliseconds time) {
                             constexpr Milliseconds kStep{50};
                             for (auto left = time; left > Milliseconds{0} && !interrupted; left -= kStep) {
                                 std::this_thread::sleep_for(std::min(left, kStep));
                             }
                         },
                     .interrupted = &interrupted,
                     .open_browser = cli::open_in_browser};
    return cli::run(world, {argv + 1, argv + argc});
}
