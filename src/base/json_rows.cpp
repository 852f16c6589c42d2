#include "base/json_rows.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <utility>

namespace slipway::json {
namespace {

constexpr std::size_t kMostText = 64U << 10;  ///< of one value: what is longer is cut

/// Follows the path by depth: at depth d of objects the current member's name is compared with the path's d-th name, as long as all above matched.
class RowHandler {
public:
    static constexpr std::size_t max_object_size = 1U << 20;
    static constexpr std::size_t max_array_size = 1U << 24;
    static constexpr std::size_t max_key_size = 1U << 16;
    static constexpr std::size_t max_string_size = 64U << 20;

    using error_code = boost::json::error_code;
    using string_view = boost::json::string_view;

    RowHandler(std::vector<std::string> path, std::vector<std::string> members, RowReader::Sink sink)
        : path_{std::move(path)}, members_{std::move(members)}, sink_{std::move(sink)}, row_(members_.size()) {}

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        odd_ = odd_ || (on_path_ && depth_ == path_.size());
        on_path_ = false;
        ++depth_;
        if (in_rows() && depth_ == row_depth()) {
            std::ranges::for_each(row_, &std::string::clear);
        }
        value_ = nullptr;
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        if (in_rows() && depth_ == row_depth()) {
            sink_(row_);
        }
        leave();
        return true;
    }
    bool on_array_begin(error_code&) {
        odd_ = odd_ || (on_path_ && depth_ < path_.size()) || is_row();
        on_path_ = false;
        ++depth_;
        value_ = nullptr;
        if (matched_ == path_.size() && depth_ == path_.size() + 1) {
            rows_ = true;
        }
        return true;
    }
    bool on_array_end(std::size_t, error_code&) {
        if (depth_ == path_.size() + 1) {
            rows_ = false;
        }
        leave();
        return true;
    }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        key_.append(part);
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code&) {
        if (key_.empty()) {
            take_key(part);
        } else {
            key_.append(part);
            take_key(key_);
            key_.clear();
        }
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return keep(part); }
    bool on_string(string_view part, std::size_t, error_code&) { return keep_last(part); }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t value, string_view, error_code&) { return keep_last(std::to_string(value)); }
    bool on_uint64(std::uint64_t, string_view, error_code&) { return keep_last({}); }
    bool on_double(double, string_view, error_code&) { return keep_last({}); }
    bool on_bool(bool, error_code&) { return keep_last({}); }
    bool on_null(error_code&) {
        odd_ = odd_ || is_row();
        on_path_ = false;
        value_ = nullptr;
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    bool as_expected() const { return found_ && !odd_; }

private:
    std::size_t row_depth() const { return path_.size() + 2; }
    bool in_rows() const { return rows_; }
    /// What comes next is an element of the array.
    bool is_row() const { return rows_ && depth_ == path_.size() + 1; }

    void leave() {
        --depth_;
        matched_ = std::min(matched_, depth_ == 0 ? 0 : depth_ - 1);
        value_ = nullptr;
    }

    void take_key(std::string_view name) {
        value_ = nullptr;
        if (rows_) {
            if (depth_ == row_depth()) {
                const auto found = std::ranges::find(members_, name);
                value_ = found == members_.end() ? nullptr : &row_[static_cast<std::size_t>(found - members_.begin())];
            }
            return;
        }
        if (depth_ <= path_.size() && matched_ >= depth_ - 1) {
            on_path_ = name == path_[depth_ - 1];
            matched_ = on_path_ ? depth_ : depth_ - 1;
            found_ = found_ || on_path_;
        }
    }

    bool keep(std::string_view part) {
        if (value_ != nullptr && value_->size() < kMostText) {
            value_->append(part.substr(0, kMostText - value_->size()));
        }
        return true;
    }
    bool keep_last(std::string_view part) {
        odd_ = odd_ || on_path_ || is_row();
        on_path_ = false;
        keep(part);
        value_ = nullptr;
        return true;
    }

    const std::vector<std::string> path_;
    const std::vector<std::string> members_;
    const RowReader::Sink sink_;
    std::vector<std::string> row_;
    std::string* value_{nullptr};  ///< where the value that comes next is kept
    std::string key_;
    std::size_t depth_{0};    ///< open objects and arrays
    std::size_t matched_{0};  ///< names of the path that the open objects' members agree with
    bool rows_{false};        ///< inside the array
    bool on_path_{false};     ///< the value that comes next is that of a member of the path
    bool found_{false};       ///< the first member was there
    bool odd_{false};         ///< something on the path was what it should not be
};

}  // namespace

struct RowReader::Impl {
    boost::json::basic_parser<RowHandler> parser;
    bool broken{false};
    bool any{false};
};

RowReader::RowReader(std::vector<std::string> path, std::vector<std::string> members, Sink sink)
    : impl_{new Impl{.parser = boost::json::basic_parser<RowHandler>{boost::json::parse_options{}, std::move(path), std::move(members), std::move(sink)}}} {}

RowReader::~RowReader() = default;

bool RowReader::add(std::string_view piece) {
    if (!impl_->any) {
        const auto first = piece.find_first_not_of(" \t\r\n");
        impl_->any = first != std::string_view::npos;
        impl_->broken = impl_->any && piece[first] != '{';
    }
    if (impl_->broken) {
        return false;
    }
    boost::json::error_code problem;
    const auto taken = impl_->parser.write_some(true, piece.data(), piece.size(), problem);
    impl_->broken = problem.failed() || piece.substr(taken).find_first_not_of(" \t\r\n") != std::string_view::npos;
    return !impl_->broken;
}

Result<void> RowReader::finish() {
    boost::json::error_code problem;
    if (!impl_->broken && impl_->any) {
        impl_->parser.write_some(false, nullptr, 0, problem);
    }
    if (impl_->broken || !impl_->any || problem.failed()) {
        return fail(ErrorCode::invalid_argument, "MALFORMED_JSON", "The answer is no whole JSON object.");
    }
    return {};
}

bool RowReader::as_expected() const {
    return impl_->parser.handler().as_expected();
}

}  // namespace slipway::json
