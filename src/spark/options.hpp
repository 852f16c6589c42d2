#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

/// Options of spark-submit as the product's documents carry them: key `--opt`, value text or number, `""` a bare flag; `"--conf k": "v"` and `"spark.k": "v"`
/// are both `--conf k=v`. Source of names: Spark's `SparkSubmitArguments`.
namespace slipway::spark {

/// The option and the setting of the same meaning: the option wins, but only the setting can stand in a properties file.
inline constexpr std::string_view kDriverJavaOptions = "--driver-java-options";
inline constexpr std::string_view kDriverJavaSetting = "spark.driver.extraJavaOptions";

/// Where an option came from; a later layer wins over an earlier one.
enum class OptionLayer { service, engine, job };

struct Option {
    std::string name;   ///< `--executor-memory`, or the `spark.…` key of a configuration
    std::string value;  ///< empty for a bare flag
    OptionLayer layer{OptionLayer::service};
    bool operator==(const Option&) const = default;
};

/// All options of one submission, each meaning once (of an option and the setting that it stands for the one of the later layer; within one layer the option,
/// as spark-submit decides), in the order in which they were first named.
class SubmitOptions {
public:
    /// Lays the map of one layer over what is there.
    /// @param opened keys on the deny-list that the engine's owner opened for jobs (`spark-runtime.openedOptions`).
    /// @return `invalid_argument` with the pointer of each wrong key below `at` and how it is spelled right: an option that spark-submit does not know,
    ///         one on the deny-list (`--kill`, `--status`, `--proxy-user`, `--principal`, `--keytab`, `--master`, `--deploy-mode`, `--class`, `--py-files` and
    ///         others that the service sets; `spark.submit.*`, `spark.yarn.tags`, `spark.master`, agents in `…JavaOptions`), a newline or NUL in a value, a
    ///         flag with a value, several settings in one value (`spark.a=1 --conf spark.b=2`), quotes around a whole setting.
    Result<void> lay(OptionLayer layer, const json::object& map, const std::string& at, const std::set<std::string>& opened = {});
    /// Sets one of the service's own, over everything.
    void force(std::string name, std::string value);
    /// Takes a setting out, and the option of the same meaning.
    void drop(std::string_view name);

    const std::vector<Option>& all() const { return options_; }
    const Option* find(std::string_view name) const;

private:
    void set(Option option);
    std::vector<Option> options_;
};

/// What is given to spark-submit: what is_secret_setting() tells of goes to the properties file (0600), all others to argv.
struct SplitOptions {
    std::vector<std::string> arguments;                           ///< `--executor-memory`, `512m`, `--conf`, `spark.a=b`, …: one element each, never a shell
    std::vector<std::pair<std::string, std::string>> properties;  ///< of the properties file
    std::vector<std::string> shown;                               ///< arguments as people may see them, the properties with `********`
};
SplitOptions split(const SubmitOptions& options);

/// Text of a properties file in the syntax of `java.util.Properties`: every character that means something there is escaped.
std::string properties_text(const std::vector<std::pair<std::string, std::string>>& properties);

}  // namespace slipway::spark
