#include "spark/kept_log.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spark/job_folder.hpp"

namespace slipway::spark {
namespace {

/// `size` bytes of a growing file from `offset` on.
std::string read_piece(const std::string& path, std::int64_t offset, std::int64_t size) {
    const int fd = JobFolder::open_regular(path);
    if (fd < 0) {
        return {};
    }
    std::string out(static_cast<std::size_t>(std::max<std::int64_t>(0, size)), '\0');
    const auto got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    ::close(fd);
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    return out;
}

std::int64_t size_of(const std::string& path) {
    struct stat facts{};
    return ::lstat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) ? static_cast<std::int64_t>(facts.st_size) : 0;
}

}  // namespace

KeptLog::KeptLog(std::string path, std::int64_t room, bool ended) : path_{std::move(path)} {
    const auto there = size_of(path_);
    const auto room_left = std::max<std::int64_t>(0, room);
    const auto sure = std::max<std::int64_t>(0, room_left - kLogEnd);
    front_ = ended && there <= room_left ? there : std::min(there, sure);
    size_ = front_;
    if (ended && there > room_left) {
        for (int round = 0; round < 2; ++round) {  // the mark takes room, too
            mark_ = fmt::format("\n… {} bytes are left out here …\n", there - room_left + static_cast<std::int64_t>(mark_.size()));
        }
        mark_.resize(static_cast<std::size_t>(std::min<std::int64_t>(room_left - front_, static_cast<std::int64_t>(mark_.size()))));
        back_ = there - (room_left - front_ - static_cast<std::int64_t>(mark_.size()));
        size_ = room_left + 1;
    }
}

std::string KeptLog::read(std::int64_t offset, std::size_t most) const {
    if (offset >= size_) {
        return {};
    }
    const auto wanted = std::min<std::int64_t>(static_cast<std::int64_t>(most), size_ - offset);
    if (offset < front_) {
        return read_piece(path_, offset, std::min(wanted, front_ - offset));
    }
    const auto behind = offset - front_;
    const auto mark_size = static_cast<std::int64_t>(mark_.size());
    if (behind < mark_size) {
        return mark_.substr(static_cast<std::size_t>(behind), static_cast<std::size_t>(wanted));
    }
    if (offset == size_ - 1) {
        return "\n";
    }
    return read_piece(path_, back_ + behind - mark_size, std::min(wanted, size_ - 1 - offset));
}

}  // namespace slipway::spark
