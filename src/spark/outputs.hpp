#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/object_store.hpp"
#include "spark/driver_report.hpp"
#include "spark/manifest.hpp"
#include "spark/output_access.hpp"

/// What a run left behind: its printed lines and its declared outputs.
namespace slipway::spark {

/// Turns the bytes of a program's output into lines for people, in flat memory for any line length: invalid UTF-8, NUL and control characters are made visible,
/// ANSI sequences dropped, of `\r` progress lines the last state is kept, a line beyond 4 KiB is cut with a mark.
class LineFolder {
public:
    using Sink = std::function<void(std::string)>;
    explicit LineFolder(Sink sink) : sink_{std::move(sink)} {}
    void add(std::string_view bytes);
    /// The last line, when it has no end.
    void finish();

private:
    void end_line();
    Sink sink_;
    std::string line_;
    std::string sequence_;
    std::size_t dropped_{0};
    bool returned_{false};
};

/// Lines of a file for `jobMessages`: at most `limit` bytes, the first and the last ones, with a line between that says how much is left out.
/// Memory stays below 2 × limit whatever the file's size.
Result<std::vector<std::string>> captured_lines(const std::string& path, std::string_view label, std::size_t limit);

/// A declared output as it was found.
struct FoundOutput {
    json::object found;    ///< members for its asset: `fileSize`
    bool embedded{false};  ///< its content belongs into the job: embedded_content()
    std::string note;      ///< for a message: size, no `_SUCCESS`, empty, not there
    std::string fault;     ///< not empty: the job is an ERROR (`_temporary`, `.spark-staging-*` left)
};

/// What collecting found.
struct CollectedOutputs {
    std::vector<FoundOutput> outputs;         ///< one for each of the manifest's
    std::optional<json::object> test_result;  ///< `testResults` of a metrics job, NaN and Infinity as null
    std::vector<std::string> messages;
    std::string fault;  ///< first fault, empty when all is well
};

/// Looks at the declared outputs as the design says (page 5, "Output"; cases 3, 18, 19) and reads metrics back. What `access` does not give is a message.
/// @param launched when the run began: what its store calls more than two minutes older is of another run, is told as that and becomes no test result.
/// @return `unavailable`/`timeout` when a store is away: try again.
Result<CollectedOutputs> collect_outputs(ObjectStore& store, const PySparkJobManifest& manifest, const DriverResult& result, const OutputAccess& access,
                                         Timestamp launched = {});

/// What an embedded output holds: up to 16 MiB, so that whoever brings many of them reads one after the other.
/// @return errors of the store; `failed_precondition`/`TOO_LARGE` when it has grown since it was looked at.
Result<std::string> embedded_content(ObjectStore& store, const std::string& url);

/// A metrics document known by its content: a JSON object; lines or an array of objects become `{"rows": […]}`. Nothing for CSV or text.
std::optional<json::object> read_metrics(std::string_view bytes, std::vector<std::string>& notes);

}  // namespace slipway::spark
