#pragma once

#include <cstdint>
#include <string>

namespace slipway::spark {

/// Bytes of the end of a log that go to model-manage instead of its middle, when it has more than model-manage keeps.
inline constexpr std::int64_t kLogEnd = 4LL << 20;

/// A program's output as it goes to model-manage, which keeps so many bytes of it: all of it, or its first and its last bytes, with a line between that says
/// what is left out. While the program runs, only what will be at the front whatever comes. Offsets are those of what goes there. What was read once stays so.
class KeptLog {
public:
    /// @param room bytes that model-manage keeps. @param ended nothing is written to the file any more.
    KeptLog(std::string path, std::int64_t room, bool ended);

    /// Bytes at hand. One more than there is room for where some are left out: model-manage tells by it that it does not have everything.
    std::int64_t size() const { return size_; }
    /// At most `most` bytes from `offset` on; fewer, or none, where the file does not give them.
    std::string read(std::int64_t offset, std::size_t most) const;

private:
    std::string path_;
    std::int64_t front_{0};  ///< bytes of the file that come first
    std::string mark_;       ///< behind them
    std::int64_t back_{0};   ///< where the file goes on, behind the mark
    std::int64_t size_{0};
};

}  // namespace slipway::spark
