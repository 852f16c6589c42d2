#include "adapters/zones/zone_file.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace slipway::zones {
namespace {

constexpr std::size_t kHeader = 44;
constexpr std::size_t kMostChanges = 100'000;

/// Reads a text from its front.
class Text {
public:
    explicit Text(std::string_view text) : rest_{text} {}

    bool done() const { return rest_.empty(); }
    bool take(char c) {
        const bool there = !rest_.empty() && rest_.front() == c;
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }
    std::optional<int> number() {
        int value = 0;
        const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (problem != std::errc{} || value < 0) {
            return std::nullopt;
        }
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }
    /// `CET`, `<+0330>`. @return whether there was one.
    bool name() {
        if (take('<')) {
            const auto end = rest_.find('>');
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            return end != std::string_view::npos && end > 0;
        }
        const auto end = std::ranges::find_if_not(rest_, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }) - rest_.begin();
        rest_.remove_prefix(static_cast<std::size_t>(end));
        return end >= 3;
    }
    /// `[+-]h[:mm[:ss]]`
    std::optional<Seconds> time() {
        const bool negative = take('-');
        if (!negative) {
            take('+');
        }
        const auto hours = number();
        if (!hours || *hours > 167) {
            return std::nullopt;
        }
        Seconds out = std::chrono::hours{*hours};
        for (const auto unit : {Seconds{60}, Seconds{1}}) {
            if (take(':')) {
                const auto part = number();
                if (!part || *part > 59) {
                    return std::nullopt;
                }
                out += unit * *part;
            } else {
                break;
            }
        }
        return negative ? -out : out;
    }
    std::optional<YearlyChange> change() {
        YearlyChange out;
        std::optional<int> month = 1;
        std::optional<int> week = 1;
        std::optional<int> day;
        if (take('M')) {
            month = number();
            week = take('.') ? number() : std::nullopt;
            day = take('.') ? number() : std::nullopt;
        } else {
            out.kind = take('J') ? YearlyChange::Kind::day_without_leap : YearlyChange::Kind::day;
            day = number();
        }
        const bool by_week = out.kind == YearlyChange::Kind::weekday;
        if (!month || !week || !day || *month < 1 || *month > 12 || *week < 1 || *week > 5 || *day > (by_week ? 6 : 365)) {
            return std::nullopt;
        }
        out.month = *month;
        out.week = *week;
        out.day = *day;
        if (take('/')) {
            const auto at = time();
            if (!at) {
                return std::nullopt;
            }
            out.at = *at;
        }
        return out;
    }

private:
    std::string_view rest_;
};

/// Of the change in that year, in seconds since the epoch as a wall clock counts them.
std::int64_t moment(const YearlyChange& change, std::chrono::year year) {
    using namespace std::chrono;
    sys_days day{year / January / 1};
    if (change.kind == YearlyChange::Kind::weekday) {
        const auto weekday_of = weekday{static_cast<unsigned>(change.day)};
        const auto month_of = year / month{static_cast<unsigned>(change.month)};
        day = change.week == 5 ? sys_days{month_of / weekday_of[last]} : sys_days{month_of / weekday_of[static_cast<unsigned>(change.week)]};
    } else if (change.kind == YearlyChange::Kind::day_without_leap) {
        day += days{change.day - 1 + (year.is_leap() && change.day >= 60 ? 1 : 0)};
    } else {
        day += days{change.day};
    }
    return duration_cast<seconds>(day.time_since_epoch()).count() + change.at.count();
}

/// Big-endian numbers of a file, with bounds.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : bytes_{bytes} {}

    bool skip(std::size_t count) {
        const bool there = count <= bytes_.size();
        bytes_.remove_prefix(there ? count : bytes_.size());
        return there;
    }
    std::int64_t number(std::size_t width) {
        if (width > bytes_.size()) {
            bytes_ = {};
            return 0;
        }
        std::uint64_t value = (static_cast<unsigned char>(bytes_.front()) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
        for (const char c : bytes_.substr(0, width)) {
            value = (value << 8U) | static_cast<unsigned char>(c);
        }
        bytes_.remove_prefix(width);
        return static_cast<std::int64_t>(value);
    }
    std::string_view rest() const { return bytes_; }

private:
    std::string_view bytes_;
};

struct Header {
    std::size_t utc_marks{0};
    std::size_t standard_marks{0};
    std::size_t leaps{0};
    std::size_t changes{0};
    std::size_t types{0};
    std::size_t letters{0};

    std::size_t size(std::size_t width) const { return changes * (width + 1) + types * 6 + letters + leaps * (width + 4) + standard_marks + utc_marks; }
};

std::optional<Header> header_of(Bytes& in) {
    if (!in.rest().starts_with("TZif") || in.rest().size() < kHeader || in.rest()[4] < '2') {
        return std::nullopt;
    }
    in.skip(20);
    const auto count = [&] { return static_cast<std::size_t>(std::max<std::int64_t>(in.number(4), 0)); };
    Header out;
    for (auto* part : {&out.utc_marks, &out.standard_marks, &out.leaps, &out.changes, &out.types, &out.letters}) {
        *part = count();
        if (*part > kMostChanges) {
            return std::nullopt;
        }
    }
    return out;
}

}  // namespace

std::optional<YearlyRule> parse_rule(std::string_view written) {
    Text text{written};
    YearlyRule out;
    const auto west = text.name() ? text.time() : std::nullopt;
    if (!west) {
        return std::nullopt;
    }
    out.standard = -*west;
    if (text.done()) {
        return out;
    }
    if (!text.name()) {
        return std::nullopt;
    }
    out.summer = out.standard + std::chrono::hours{1};
    if (!text.take(',')) {
        const auto summer_west = text.time();
        if (!summer_west || !text.take(',')) {
            return std::nullopt;
        }
        out.summer = -*summer_west;
    }
    const auto begin = text.change();
    const auto end = text.take(',') ? text.change() : std::nullopt;
    if (!begin || !end || !text.done()) {
        return std::nullopt;
    }
    out.begin = *begin;
    out.end = *end;
    return out;
}

Seconds YearlyRule::offset(std::int64_t at) const {
    if (!summer) {
        return standard;
    }
    const std::chrono::sys_seconds local{Seconds{at} + standard};
    const auto year = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(local)}.year();
    const auto from = moment(begin, year) - standard.count();
    const auto to = moment(end, year) - summer->count();
    const bool is_summer = from < to ? at >= from && at < to : at >= from || at < to;
    return is_summer ? *summer : standard;
}

std::optional<ZoneFile> ZoneFile::parse(std::string_view bytes) {
    Bytes in{bytes};
    const auto old = header_of(in);  // for readers of 32 bits: passed over
    if (!old || !in.skip(old->size(4))) {
        return std::nullopt;
    }
    const auto header = header_of(in);
    if (!header || header->types == 0 || in.rest().size() < header->size(8)) {
        return std::nullopt;
    }
    ZoneFile out;
    out.changes_.resize(header->changes);
    std::vector<std::size_t> types(header->changes);
    std::ranges::for_each(out.changes_, [&](Change& change) { change.at = in.number(8); });
    std::ranges::for_each(types, [&](std::size_t& type) { type = static_cast<std::size_t>(in.number(1)); });
    std::vector<Seconds> offsets(header->types);
    for (auto& offset : offsets) {
        offset = Seconds{in.number(4)};
        in.skip(2);
    }
    out.first_ = offsets[0];
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (types[i] >= offsets.size() || (i > 0 && out.changes_[i].at <= out.changes_[i - 1].at)) {
            return std::nullopt;
        }
        out.changes_[i].offset = offsets[types[i]];
    }
    in.skip(header->letters + header->leaps * 12 + header->standard_marks + header->utc_marks);
    auto footer = in.rest();
    if (footer.size() > 2 && footer.front() == '\n') {
        footer.remove_prefix(1);
        out.then_ = parse_rule(footer.substr(0, footer.find('\n')));
    }
    return out;
}

Seconds ZoneFile::offset(std::int64_t at) const {
    const auto after = std::ranges::upper_bound(changes_, at, {}, &Change::at);
    if (after == changes_.end() && then_) {
        return then_->offset(at);
    }
    return after == changes_.begin() ? first_ : std::prev(after)->offset;
}

}  // namespace slipway::zones
