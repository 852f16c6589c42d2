#include <deque>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spark/job_folder.hpp"
#include "spark/outputs.hpp"

namespace slipway::spark {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kPiece = 64U << 10;

/// Length of the UTF-8 character at the front, 0 when it is none, -1 when more bytes are needed.
int character_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const int length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    for (int i = 1; i < length; ++i) {
        if (static_cast<std::size_t>(i) >= text.size()) {
            return -1;
        }
        if ((static_cast<unsigned char>(text[static_cast<std::size_t>(i)]) & 0xC0U) != 0x80) {
            return 0;
        }
    }
    return length;
}

/// Text without what a JSON string or a page cannot show.
std::string made_visible(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const int length = character_length(bytes);
        const auto c = static_cast<unsigned char>(bytes.front());
        if (length < 1 || (length == 1 && c < 0x20 && c != '\t') || c == 0x7f) {
            out += fmt::format("\\x{:02x}", c);
            bytes.remove_prefix(1);
        } else {
            out += bytes.substr(0, static_cast<std::size_t>(length));
            bytes.remove_prefix(static_cast<std::size_t>(length));
        }
    }
    return out;
}

}  // namespace

void LineFolder::add(std::string_view bytes) {
    for (const char c : bytes) {
        if (!sequence_.empty()) {
            sequence_ += c;
            const bool bracketed = sequence_.size() > 1 && sequence_[1] == '[';
            const bool over = bracketed ? sequence_.size() > 2 && c >= 0x40 && c <= 0x7e : sequence_.size() > 1;
            if (over || sequence_.size() > 32) {
                sequence_.clear();
            }
        } else if (c == '\x1b') {
            sequence_ = c;
        } else if (c == '\n') {
            end_line();
        } else if (c == '\r') {
            returned_ = true;  // what follows overwrites the line, unless it is its end
        } else {
            if (returned_) {
                line_.clear();
                dropped_ = 0;
                returned_ = false;
            }
            if (line_.size() < kLongestLine) {
                line_ += c;
            } else {
                ++dropped_;
            }
        }
    }
}

void LineFolder::end_line() {
    auto text = made_visible(line_);
    if (dropped_ > 0) {
        text += fmt::format(" … ({} more bytes)", dropped_);
    }
    sink_(std::move(text));
    line_.clear();
    dropped_ = 0;
    returned_ = false;
}

void LineFolder::finish() {
    if (!line_.empty()) {
        end_line();
    }
}

namespace {

/// Keeps the first and the last lines within a limit of bytes.
class Ends {
public:
    explicit Ends(std::size_t limit) : half_{limit / 2} {}
    void add(std::string line) {
        if (first_bytes_ + line.size() <= half_ && dropped_ == 0 && gap_ == 0 && last_.empty()) {
            first_bytes_ += line.size();
            first_.push_back(std::move(line));
            return;
        }
        last_bytes_ += line.size();
        last_.push_back(std::move(line));
        while (last_bytes_ > half_ && last_.size() > 1) {
            last_bytes_ -= last_.front().size();
            last_.pop_front();
            ++dropped_;
        }
    }
    /// Bytes that are not there to be read, behind what came so far.
    void add_gap(std::int64_t bytes) { gap_ += bytes; }
    std::vector<std::string> take(std::string_view label) {
        auto out = std::move(first_);
        if (gap_ > 0) {
            out.push_back(fmt::format("… {} lines of {} are left out here, and {} bytes that were given back to the disk …", dropped_, label, gap_));
        } else if (dropped_ > 0) {
            out.push_back(fmt::format("… {} lines of {} are left out here; the log has more of them …", dropped_, label));
        }
        out.insert(out.end(), std::make_move_iterator(last_.begin()), std::make_move_iterator(last_.end()));
        return out;
    }

private:
    std::size_t half_;
    std::size_t first_bytes_{0};
    std::size_t last_bytes_{0};
    std::size_t dropped_{0};
    std::int64_t gap_{0};
    std::vector<std::string> first_;
    std::deque<std::string> last_;
};

}  // namespace

Result<std::vector<std::string>> captured_lines(const std::string& path, std::string_view label, std::size_t limit) {
    Ends ends{limit};
    LineFolder folder{[&](std::string line) { ends.add(fmt::format("{}: {}", label, line)); }};
    const int fd = JobFolder::open_regular(path);
    if (fd < 0) {
        return std::vector<std::string>{};
    }
    std::string piece(kPiece, '\0');
    ssize_t got = 0;
    off_t at = 0;
    do {
        const auto data = ::lseek(fd, at, SEEK_DATA);  // slipway-jobd punches a hole into what grows without end
        if (data > at) {
            folder.finish();
            ends.add_gap(data - at);
            at = data;
        }
        got = ::pread(fd, piece.data(), piece.size(), at);
        if (got > 0) {
            folder.add(std::string_view{piece}.substr(0, static_cast<std::size_t>(got)));
            at += got;
        }
    } while (got > 0);
    ::close(fd);
    if (got < 0) {
        return fail(ErrorCode::unavailable, "DISK", "The run's output cannot be read: " + path + ".");
    }
    folder.finish();
    return ends.take(label);
}

}  // namespace slipway::spark
