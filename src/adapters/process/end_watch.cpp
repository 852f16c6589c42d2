#include "adapters/process/end_watch.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace slipway::process {

EndWatch::~EndWatch() {
    if (thread_.joinable()) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto told = ::write(stop_.get(), &one, sizeof one);
        thread_.join();
    }
}

/// Called with the lock.
bool EndWatch::begin() {
    if (thread_.joinable()) {
        return true;
    }
    events_ = UniqueFd{::epoll_create1(EPOLL_CLOEXEC)};
    stop_ = UniqueFd{::eventfd(0, EFD_CLOEXEC)};
    epoll_event stopped{.events = EPOLLIN, .data = {.fd = stop_.get()}};
    if (!events_ || !stop_ || ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, stop_.get(), &stopped) != 0) {
        return false;
    }
    try {
        thread_ = std::jthread{[this] { run(); }};
    } catch (const std::system_error&) {
        return false;  // no more threads to be had: the next child tries again
    }
    return true;
}

void EndWatch::watch(pid_t child) {
    const std::lock_guard lock{mutex_};
    if (!ended_ || !begin()) {
        return;
    }
    const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    epoll_event event{.events = EPOLLIN, .data = {.fd = handle}};
    if (handle >= 0 && ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, handle, &event) != 0) {
        ::close(handle);
    }
}

void EndWatch::run() {
    std::array<epoll_event, 64> ready{};
    while (true) {
        const int count = ::epoll_wait(events_.get(), ready.data(), static_cast<int>(ready.size()), -1);
        for (const auto& event : std::span{ready}.first(static_cast<std::size_t>(std::max(count, 0)))) {
            if (event.data.fd == stop_.get()) {
                return;
            }
            // Closing alone takes out of the set only what nobody else holds, and a posix_spawn of another thread copies every descriptor for a moment.
            ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, event.data.fd, nullptr);
            ::close(event.data.fd);
        }
        if (count > 0) {
            ended_();
        }
    }
}

}  // namespace slipway::process
