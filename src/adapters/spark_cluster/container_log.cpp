#include "adapters/spark_cluster/container_log.hpp"

#include <charconv>

#include "adapters/spark_cluster/peers.hpp"

namespace slipway::spark_cluster {
namespace {

using spark::LogPiece;

constexpr std::size_t kTail = 256U << 10;  ///< asked for first: what a program writes between two questions
constexpr std::size_t kLongestHead = 4096;
constexpr std::string_view kHeadEnd = "LogContents:\n";

/// Reads an answer as it comes: keeps the head, drops `skip` bytes behind it, keeps `most` of what follows.
class Cutter {
public:
    Cutter(std::uint64_t skip, std::size_t most) : skip_{skip}, most_{most} {}

    /// @return false once there is enough.
    bool take(std::string_view bytes) {
        if (!in_body_) {
            head_.append(bytes);
            const auto end = head_.find(kHeadEnd);
            if (end == std::string::npos && head_.size() <= kLongestHead) {
                return true;
            }
            in_body_ = true;
            has_head_ = end != std::string::npos;
            const auto rest = has_head_ ? head_.substr(end + kHeadEnd.size()) : std::exchange(head_, {});
            return keep(rest);
        }
        return keep(bytes);
    }
    /// An answer shorter than any head is a bare file.
    void finish() {
        if (!in_body_) {
            in_body_ = true;
            keep(std::exchange(head_, {}));
        }
    }

    bool has_head() const { return has_head_; }
    std::uint64_t seen() const { return seen_; }  ///< bytes behind the head
    std::string& kept() { return kept_; }
    /// `LogLength:` of the head.
    std::optional<std::uint64_t> length() const {
        constexpr std::string_view kName = "LogLength:";
        const auto at = head_.find(kName);
        std::uint64_t out = 0;
        if (at == std::string::npos || std::from_chars(head_.data() + at + kName.size(), head_.data() + head_.size(), out).ec != std::errc{}) {
            return std::nullopt;
        }
        return out;
    }

private:
    bool keep(std::string_view bytes) {
        seen_ += bytes.size();
        const auto dropped = std::min<std::uint64_t>(skip_, bytes.size());
        skip_ -= dropped;
        bytes.remove_prefix(dropped);
        kept_.append(bytes.substr(0, most_ - std::min(most_, kept_.size())));
        return kept_.size() < most_;
    }

    std::uint64_t skip_;
    const std::size_t most_;
    bool in_body_{false};
    bool has_head_{false};
    std::string head_;
    std::string kept_;
    std::uint64_t seen_{0};
};

}  // namespace

Result<ContainerLog::Part> ContainerLog::ask(std::int64_t size, std::uint64_t skip) {
    constexpr std::size_t kFoot = 4096;
    Cutter cutter{skip, std::max<std::size_t>(kTail, spark::kLongestLogPiece) + kFoot};
    SW_TRY(const auto response,
           transport_.send({.url = fmt::format("{}?size={}", url_, size), .timeout = Milliseconds{30'000}, .on_body = [&](std::string_view bytes) {
                                return cutter.take(bytes);
                            }}));
    if (response.status != 200) {
        return fail(response.status >= 500 ? ErrorCode::unavailable : ErrorCode::not_found, "NOT_FOUND",
                    fmt::format("The log service answers {}.", response.status));
    }
    if (response.header("content-type").starts_with("text/html")) {
        return strange_answer("a log");
    }
    cutter.finish();
    const auto length = cutter.length();
    if (!cutter.has_head() || !length) {
        return Part{.bytes = std::move(cutter.kept()), .begin = skip, .size = cutter.seen()};
    }
    const auto wanted = static_cast<std::uint64_t>(size < 0 ? -size : size);
    const auto count = std::min(wanted, *length);
    const auto begin = (size < 0 ? *length - count : 0) + skip;
    auto bytes = std::move(cutter.kept());
    bytes.resize(std::min<std::uint64_t>(bytes.size(), count - std::min(skip, count)));  // without the foot
    return Part{.bytes = std::move(bytes), .begin = begin, .size = *length};
}

Result<LogPiece> ContainerLog::piece(std::uint64_t offset) {
    SW_TRY(auto part, ask(-static_cast<std::int64_t>(kTail), 0));
    if (part.begin > offset && part.size - offset < offset) {  // nearer to its end
        SW_TRY(part, ask(-static_cast<std::int64_t>(part.size - offset), 0));
    }
    if (part.begin > offset) {
        SW_TRY(part, ask(static_cast<std::int64_t>(offset + spark::kLongestLogPiece), offset));
    }
    if (part.begin > offset || part.begin + part.bytes.size() < offset) {
        return LogPiece{.bytes = {}, .offset = offset, .end = true};  // it is shorter than what was read before
    }
    auto bytes = part.bytes.substr(offset - part.begin, spark::kLongestLogPiece);
    const bool end = offset + bytes.size() >= part.size || bytes.empty();
    return LogPiece{.bytes = std::move(bytes), .offset = offset, .end = end, .size = part.size};
}

}  // namespace slipway::spark_cluster
