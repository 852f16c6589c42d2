#include "spark/outputs.hpp"

#include <algorithm>
#include <cmath>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slipway::spark {
namespace {

constexpr std::size_t kMostMetrics = 4U << 20;
constexpr std::size_t kMostEmbedded = domain::kMaxEmbeddedBytes;
constexpr std::uint64_t kMostTogether = 256U << 20;  ///< of all embedded outputs of a job

/// One declared output with its files.
struct Listing {
    bool there{false};
    bool folder{false};
    std::vector<StoredObject> data;  ///< parts in order, without what begins with `_` or `.`
    bool success{false};
    std::string leftover;  ///< `_temporary`, `.spark-staging-…`
    std::uint64_t bytes{0};
    int looked_at{0};  ///< entries
    bool cut{false};   ///< there are more than anybody's output has

    /// Whether a store tells of all that is there that it is older, with room for clocks that differ.
    bool is_older_than(Timestamp time) const {
        constexpr std::chrono::minutes kClocks{2};
        return !data.empty() && std::ranges::all_of(data, [&](const StoredObject& one) { return one.modified && *one.modified + kClocks < time; });
    }
};

/// Entries of one output: a job may name a whole disk.
constexpr int kMostEntries = 20'000;

bool is_hidden(std::string_view name) {
    return name.starts_with('_') || name.starts_with('.');
}

Result<void> add_below(ObjectStore& store, const StoredObject& folder, Listing& out, int depth) {
    constexpr int kDeepest = 12;
    if (depth > kDeepest) {
        return {};
    }
    SW_TRY(const auto children, store.list(folder.url));
    for (const auto& child : children) {
        if (out.cut || ++out.looked_at > kMostEntries) {
            out.cut = true;
            return {};
        }
        if (child.name == "_SUCCESS") {
            out.success = true;
        } else if (child.name == "_temporary" || child.name.starts_with(".spark-staging-")) {
            out.leftover = child.name;
        } else if (is_hidden(child.name)) {
            continue;
        } else if (child.folder) {
            SW_CHECK(add_below(store, child, out, depth + 1));
        } else {
            out.bytes += child.size;
            out.data.push_back(child);
        }
    }
    return {};
}

Result<Listing> look_at(ObjectStore& store, const std::string& url) {
    Listing out;
    auto found = store.list(url);
    if (!found) {
        return found.error().code == ErrorCode::not_found ? Result<Listing>{out} : std::unexpected(found.error());
    }
    out.there = true;
    out.folder = found->size() != 1 || found->front().folder || found->front().url != url;
    if (!out.folder) {
        out.bytes = found->front().size;
        out.data = std::move(*found);
        return out;
    }
    SW_CHECK(add_below(store, {.url = url, .name = "", .size = 0, .folder = true}, out, 0));
    std::ranges::sort(out.data, {}, &StoredObject::url);
    return out;
}

/// Time may mend it: then the outputs are looked at again.
bool is_away(const Error& error) {
    return (error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout) && error.reason != "ANSWER_TOO_LARGE";
}

Result<std::string> content_of(ObjectStore& store, const Listing& listing, std::size_t limit) {
    std::string out;
    for (const auto& part : listing.data) {
        if (out.size() + part.size > limit) {
            return fail(ErrorCode::failed_precondition, "TOO_LARGE", "It is larger than can be read back.");
        }
        SW_TRY(auto bytes, read_all(store, part.url, limit - out.size()));
        out += bytes;
    }
    return out;
}

std::string size_words(std::uint64_t bytes) {
    return bytes < (1U << 20) ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

/// Infinity and NaN as people's libraries write them become null; each is noted once.
std::string without_infinite(std::string_view text, bool& found) {
    std::string out;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (in_string && c == '\\' && at + 1 < text.size()) {
            out.append(text.substr(at, 2));
            at += 2;
            continue;
        }
        in_string ^= c == '"';
        bool replaced = false;
        if (!in_string && c != '"') {
            for (const std::string_view word : {"-Infinity", "Infinity", "NaN"}) {
                if (text.substr(at).starts_with(word)) {
                    out += "null";
                    at += word.size();
                    found = replaced = true;
                    break;
                }
            }
        }
        if (!replaced) {
            out += c;
            ++at;
        }
    }
    return out;
}

std::optional<json::object> as_metrics(json::value document) {
    if (auto* object = document.if_object()) {
        return std::move(*object);
    }
    auto* list = document.if_array();
    if (list == nullptr || list->empty() || !std::ranges::all_of(*list, [](const json::value& row) { return row.is_object(); })) {
        return std::nullopt;
    }
    return json::object{{"rows", std::move(*list)}};
}

std::optional<json::object> lines_as_metrics(std::string_view text) {
    json::array rows;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        auto row = json::parse_object(line);
        if (!row) {
            return std::nullopt;
        }
        rows.push_back(json::value(std::move(*row)));
    }
    return rows.size() < 2 ? std::nullopt : std::optional{json::object{{"rows", std::move(rows)}}};
}

class Collector {
public:
    Collector(ObjectStore& store, const PySparkJobManifest& manifest, const DriverResult& result, const OutputAccess& access, Timestamp launched)
        : store_{store}, manifest_{manifest}, result_{result}, access_{access}, launched_{launched} {}

    Result<CollectedOutputs> run() {
        for (const auto& item : manifest_.outputs) {
            SW_TRY(auto output, look_at_output(item.as_object()));
            if (!output.note.empty()) {
                out_.messages.push_back(output.note);
            }
            if (!output.fault.empty() && out_.fault.empty()) {
                out_.fault = output.fault;
            }
            out_.outputs.push_back(std::move(output));
        }
        if (manifest_.job_type == domain::JobType::MODEL_BATCH_TEST_JOB && !out_.test_result) {
            take_values();
        } else if (manifest_.job_type == domain::JobType::MODEL_BATCH_TEST_JOB && !result_.values.empty()) {
            out_.messages.emplace_back("The test result is what was written to the output; what the metrics function gave beside it is not kept.");
        }
        return std::move(out_);
    }

private:
    Result<FoundOutput> look_at_output(const json::object& asset) {
        FoundOutput output;
        const auto url = std::string{json::text_of(asset, "fileUrl")};
        if (const auto obstacle = is_embedded(url) ? std::nullopt : access_.obstacle(url)) {
            const bool of_metrics = manifest_.job_type == domain::JobType::MODEL_BATCH_TEST_JOB;
            output.note = fmt::format("Output {} was not looked at{}: {}.", url, of_metrics ? ", and no test result was made of it" : "", *obstacle);
            return output;
        }
        auto listing = look_at(store_, url);
        if (!listing) {
            if (is_away(listing.error())) {
                return std::unexpected(listing.error());
            }
            output.note = fmt::format("Output {} was not looked at: {}", url, listing.error().message);
            return output;
        }
        if (listing->cut) {
            output.note = fmt::format("Output {} was not looked through: it has more than {} files and folders.", url, kMostEntries);
            return output;
        }
        if (!listing->leftover.empty()) {
            output.fault = fmt::format("Output {} is not complete: {} was left in it by a write that never ended.", url, listing->leftover);
            return output;
        }
        if (listing->is_older_than(launched_)) {
            output.note = fmt::format("Output {} was there before the run, which has not written it: it is not taken for its output.", url);
            return output;
        }
        note_state(url, *listing, output);
        look_whether_embedded(url, *listing, output);
        if (manifest_.job_type == domain::JobType::MODEL_BATCH_TEST_JOB && !out_.test_result && listing->there) {
            SW_CHECK(take_metrics(url, *listing));
        }
        return output;
    }

    static void note_state(const std::string& url, const Listing& listing, FoundOutput& output) {
        if (!listing.there) {
            output.note = fmt::format("Output {} is not there.", url);
            return;
        }
        output.found["fileSize"] = static_cast<std::int64_t>(listing.bytes);
        output.note = fmt::format("Output {}: {} {}, {}{}.", url, listing.data.size(), listing.data.size() == 1 ? "file" : "files", size_words(listing.bytes),
                                  listing.bytes == 0 ? " (0 rows)" : "");
        if (listing.folder && !listing.success) {
            output.note += " It has no _SUCCESS marker.";
        }
    }

    bool is_embedded(const std::string& url) const {
        return std::ranges::find(manifest_.staged_outputs, url, &StagedFile::url) != manifest_.staged_outputs.end();
    }

    /// Embedded outputs come back into the document.
    void look_whether_embedded(const std::string& url, const Listing& listing, FoundOutput& output) {
        if (!listing.there || !is_embedded(url)) {
            return;
        }
        if (listing.bytes > kMostEmbedded) {
            output.note += " It is too large to be embedded in the job and stays where it is.";
        } else if (embedded_ + listing.bytes > kMostTogether) {
            output.note += fmt::format(" With those before it is more than a job takes back ({}): it stays where it is.", size_words(kMostTogether));
        } else {
            embedded_ += listing.bytes;
            output.embedded = true;
        }
    }

    Result<void> take_metrics(const std::string& url, const Listing& listing) {
        if (listing.bytes > kMostMetrics) {
            out_.messages.push_back(
                fmt::format("Output {} is larger than {}: it is linked, and no test result was made of it.", url, size_words(kMostMetrics)));
            return {};
        }
        const auto bytes = content_of(store_, listing, kMostMetrics);
        if (!bytes && is_away(bytes.error())) {
            return std::unexpected(bytes.error());
        }
        if (!bytes) {
            out_.messages.push_back(fmt::format("Output {} cannot be read, and no test result was made of it: {}", url, bytes.error().message));
            return {};
        }
        std::vector<std::string> notes;
        out_.test_result = read_metrics(*bytes, notes);
        if (!out_.test_result && !bytes->empty()) {
            out_.messages.push_back(fmt::format("Output {} is no JSON object, nor a list of them: no test result was made of it.", url));
        }
        out_.messages.insert(out_.messages.end(), notes.begin(), notes.end());
        return {};
    }

    /// Metrics that the function yielded or returned, where it wrote no file: objects, or a list of them.
    void take_values() {
        json::array objects;
        bool left_out = false;
        bool rows = false;
        for (const auto& value : result_.values) {
            const auto* list = value.if_array();
            rows = rows || list != nullptr;
            for (const auto& one : list != nullptr ? *list : json::array{value}) {
                if (one.is_object()) {
                    objects.push_back(one);
                } else {
                    left_out = true;
                }
            }
        }
        if (left_out) {
            out_.messages.push_back(fmt::format("What the metrics function gave is {} a JSON object or a list of objects: {}.",
                                                objects.empty() ? "not" : "not only",
                                                objects.empty() ? "no test result was made of it" : "the test result has the objects alone"));
        }
        if (objects.size() == 1 && !rows) {
            out_.test_result = objects.front().as_object();
        } else if (!objects.empty()) {
            out_.test_result = json::object{{"rows", std::move(objects)}};
        }
    }

    ObjectStore& store_;
    const PySparkJobManifest& manifest_;
    const DriverResult& result_;
    const OutputAccess& access_;
    Timestamp launched_;
    std::uint64_t embedded_{0};
    CollectedOutputs out_;
};

}  // namespace

std::optional<json::object> read_metrics(std::string_view bytes, std::vector<std::string>& notes) {
    bool infinite = false;
    const auto text = without_infinite(bytes, infinite);
    std::optional<json::object> metrics;
    if (auto document = json::parse(text)) {
        metrics = as_metrics(std::move(*document));
    } else {
        metrics = lines_as_metrics(text);
    }
    if (metrics && infinite) {
        notes.emplace_back("NaN and Infinity in the metrics are kept as null: they pass no comparison.");
    }
    return metrics;
}

Result<std::string> embedded_content(ObjectStore& store, const std::string& url) {
    SW_TRY(const auto listing, look_at(store, url));
    return listing.there ? content_of(store, listing, kMostEmbedded) : Result<std::string>{fail(ErrorCode::not_found, "NOT_FOUND", "It is gone.")};
}

Result<CollectedOutputs> collect_outputs(ObjectStore& store, const PySparkJobManifest& manifest, const DriverResult& result, const OutputAccess& access,
                                         Timestamp launched) {
    return Collector{store, manifest, result, access, launched}.run();
}

}  // namespace slipway::spark
