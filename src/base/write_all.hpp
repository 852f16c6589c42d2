#pragma once

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <unistd.h>

namespace slipway {

/// Writes all of `bytes`, over interruptions and short writes. @return false with errno set; some may be written then.
inline bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(0, written)));
    }
    return true;
}

}  // namespace slipway
