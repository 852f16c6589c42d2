#include "spark/options.hpp"

#include <array>

#include "base/ascii.hpp"
#include "base/json_codec.hpp"
#include "domain/spark_secrets.hpp"
#include "spark/option_spelling.hpp"

namespace slipway::spark {
namespace {

/// Options with a value. Source: Spark's SparkSubmitOptionParser.
constexpr std::array<std::string_view, 25> kWithValue{"--archives",
                                                      "--class",
                                                      "--conf",
                                                      "--deploy-mode",
                                                      "--driver-class-path",
                                                      "--driver-cores",
                                                      "--driver-java-options",
                                                      "--driver-library-path",
                                                      "--driver-memory",
                                                      "--exclude-packages",
                                                      "--executor-cores",
                                                      "--executor-memory",
                                                      "--files",
                                                      "--jars",
                                                      "--keytab",
                                                      "--master",
                                                      "--name",
                                                      "--num-executors",
                                                      "--packages",
                                                      "--principal",
                                                      "--properties-file",
                                                      "--proxy-user",
                                                      "--py-files",
                                                      "--queue",
                                                      "--repositories"};
constexpr std::array<std::string_view, 3> kFlags{"--supervise", "--verbose", "-v"};
constexpr std::array<std::string_view, 1> kMoreWithValue{"--total-executor-cores"};

/// Never from anybody: they are other commands, or belong to the service.
constexpr std::array<std::string_view, 4> kNever{"--kill", "--status", "--class", "--properties-file"};
/// Not from a job, unless the engine's owner opened them.
constexpr std::array<std::string_view, 8> kNotFromJobs{"--master", "--deploy-mode", "--proxy-user",        "--principal",
                                                       "--keytab", "--supervise",   "--driver-class-path", "--driver-library-path"};
constexpr std::array<std::string_view, 16> kSettingsNotFromJobs{"spark.master",           "spark.submit.",
                                                                "spark.kerberos.",        "spark.yarn.principal",
                                                                "spark.yarn.keytab",      "spark.yarn.maxAppAttempts",
                                                                "spark.driver.supervise", "spark.modelop.",
                                                                "spark.yarn.dist.",       "spark.yarn.appMasterEnv.",
                                                                "spark.jars.ivy",         "spark.redaction.",
                                                                "spark.yarn.submit.",     "spark.ui.proxyRedirectUri",
                                                                "spark.proxy.user",       "spark.remote"};
/// Where Spark keeps what decides where a run happens, as whom, and what its JVMs load. Below these a job sets what is allowed alone; what stands elsewhere
/// (`spark.sql.`, `spark.executor.`, people's own names) is free but for the list above.
constexpr std::array<std::string_view, 20> kGuarded{"spark.driver.",   "spark.yarn.",  "spark.jars.",    "spark.hadoop.",  "spark.kubernetes.",
                                                    "spark.deploy.",   "spark.ssl.",   "spark.security", "spark.acls.",    "spark.admin.",
                                                    "spark.modify.",   "spark.proxy.", "spark.history.", "spark.worker.",  "spark.authenticate",
                                                    "spark.launcher.", "spark.api.",   "spark.mesos.",   "spark.storage.", "spark.network.crypto."};
/// A name that ends with a dot allows everything below it.
constexpr std::array<std::string_view, 45> kAllowed{"spark.driver.memory",
                                                    "spark.driver.memoryOverhead",
                                                    "spark.driver.memoryOverheadFactor",
                                                    "spark.driver.minMemoryOverhead",
                                                    "spark.driver.cores",
                                                    "spark.driver.maxResultSize",
                                                    "spark.driver.resource.",
                                                    "spark.driver.log.level",
                                                    "spark.driver.extraJavaOptions",
                                                    "spark.driver.defaultJavaOptions",
                                                    "spark.yarn.queue",
                                                    "spark.yarn.tags",
                                                    "spark.yarn.priority",
                                                    "spark.yarn.jars",
                                                    "spark.yarn.archive",
                                                    "spark.yarn.am.memory",
                                                    "spark.yarn.am.memoryOverhead",
                                                    "spark.yarn.am.cores",
                                                    "spark.yarn.am.resource.",
                                                    "spark.yarn.am.nodeLabelExpression",
                                                    "spark.yarn.am.waitTime",
                                                    "spark.yarn.executor.",
                                                    "spark.yarn.max.executor.failures",
                                                    "spark.yarn.exclude.nodes",
                                                    "spark.yarn.containerLauncherMaxThreads",
                                                    "spark.yarn.scheduler.",
                                                    "spark.yarn.maxWaitForMemory",
                                                    "spark.jars.packages",
                                                    "spark.jars.excludes",
                                                    "spark.jars.repositories",
                                                    "spark.hadoop.fs.",
                                                    "spark.hadoop.dfs.",
                                                    "spark.hadoop.io.",
                                                    "spark.hadoop.mapred.",
                                                    "spark.hadoop.mapreduce.",
                                                    "spark.hadoop.parquet.",
                                                    "spark.hadoop.orc.",
                                                    "spark.hadoop.avro.",
                                                    "spark.hadoop.hive.",
                                                    "spark.hadoop.google.",
                                                    "spark.hadoop.delta.",
                                                    "spark.storage.memoryFraction",
                                                    "spark.storage.memoryMapThreshold",
                                                    "spark.storage.replication.",
                                                    "spark.storage.decommission."};
/// Lists of files that spark-submit, or Spark for it, reads and hands on: of both spellings of a setting (SparkSubmitArguments).
constexpr std::array<std::string_view, 10> kFileLists{"--files",    "--py-files",     "--jars",          "--archives",         "spark.files",
                                                      "spark.jars", "spark.archives", "spark.yarn.jars", "spark.yarn.archive", "spark.submit.pyFiles"};
constexpr const char* kMask = "********";
/// Tags of runs (job_tag()) and of services: who carries one is taken for it.
constexpr std::array<std::string_view, 2> kOurTags{"mmj-", "mms-"};
constexpr std::array<std::string_view, 5> kAgents{"-javaagent", "-agentpath", "-agentlib", "-XX:OnError", "-XX:OnOutOfMemoryError"};

bool one_of(const auto& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

bool takes_value(std::string_view name) {
    return one_of(kWithValue, name) || one_of(kMoreWithValue, name);
}

/// An entry of `prefixes` that ends with a dot covers everything below it.
bool is_closed_setting(std::string_view name) {
    return std::ranges::any_of(kSettingsNotFromJobs,
                               [&](std::string_view closed) { return closed.ends_with('.') ? name.starts_with(closed) : name == closed; });
}

/// Hadoop loads the class that such a setting names into whatever opens the file system: spark-submit on this host, too.
bool names_file_system(std::string_view name) {
    return name.starts_with("spark.hadoop.fs.") && name.ends_with(".impl");
}

bool is_allowed_setting(std::string_view name) {
    if (names_file_system(name)) {
        return false;
    }
    const bool guarded = std::ranges::any_of(kGuarded, [&](std::string_view prefix) { return name.starts_with(prefix); });
    return !guarded || std::ranges::any_of(kAllowed, [&](std::string_view open) { return open.ends_with('.') ? name.starts_with(open) : name == open; });
}

std::string text_of(const json::value& v) {
    if (v.is_string()) {
        return std::string{v.as_string()};
    }
    return v.is_null() ? "" : json::write(v);
}

std::string shown(std::string_view text) {
    return std::string{json::utf8_front(text, 60)};
}

/// One key of a map, checked and brought into the one form.
class Entry {
public:
    Entry(std::string_view key, const json::value& value, OptionLayer layer, const std::set<std::string>& opened)
        : key_{key}, value_{text_of(value)}, raw_{value}, layer_{layer}, opened_{opened} {}

    /// @return what is wrong, in words behind "must be", or nothing.
    std::optional<std::string> read() {
        if (raw_.is_object() || raw_.is_array()) {
            return "a text or a number";
        }
        if (value_.find_first_of(std::string_view{"\0\n\r", 3}) != std::string::npos ||
            key_.find_first_of(std::string_view{"\0\n\r", 3}) != std::string::npos) {
            return "text without line breaks and NUL";
        }
        if (key_ == "--conf" || key_.starts_with("--conf ")) {
            return read_conf();
        }
        if (key_.starts_with("spark.")) {
            return read_setting(key_, value_);
        }
        return read_option();
    }
    const std::string& name() const { return name_; }
    const std::string& value() const { return value_; }

private:
    bool closed(std::string_view name) const { return layer_ == OptionLayer::job && !opened_.contains(std::string{name}); }

    /// `"--conf": "spark.a=1"` or `"--conf spark.a": "1"`.
    std::optional<std::string> read_conf() {
        const auto setting = key_ == "--conf" ? value_ : std::string{key_.substr(7)} + (value_.empty() ? "" : "=" + value_);
        if (setting.starts_with('"') || setting.starts_with('\'')) {
            return "written without quotes around the whole setting: {\"spark.cores.max\": \"1\"}";
        }
        const auto equals = setting.find('=');
        if (equals == std::string::npos || setting.contains(" --conf ")) {
            return "one setting, each under its own name: {\"spark.a\": \"1\", \"spark.b\": \"2\"}";
        }
        return read_setting(setting.substr(0, equals), setting.substr(equals + 1));
    }

    std::optional<std::string> read_setting(std::string_view name, std::string_view value) {
        // Hadoop trims names by their controls, too: one with such a character at its end would be another setting there.
        const bool strange = std::ranges::any_of(name, [](unsigned char c) { return c <= 0x20 || c >= 0x7f || c == '=' || c == '"' || c == '\''; });
        if (!name.starts_with("spark.") || strange) {
            return "the name of a Spark setting (spark.…); spark-submit drops all others";
        }
        if (is_closed_setting(name) && closed(name)) {
            return fmt::format("left out: {} is set by the runtime service; its owner can open it in spark-runtime.openedOptions", name);
        }
        if (!is_allowed_setting(name) && closed(name)) {
            return fmt::format("left out: {} is not among the settings that a job may make; the runtime's owner can open it in spark-runtime.openedOptions",
                               name);
        }
        if (auto fault = fault_of_value(name, value)) {
            return fault;
        }
        std::string copy{value};  // `value` may look into value_
        name_ = name;
        value_ = std::move(copy);
        return {};
    }

    std::optional<std::string> read_option() {
        if (one_of(kNever, key_)) {
            return fmt::format("left out: {} belongs to the runtime service", key_);
        }
        if (one_of(kFlags, key_)) {
            if (!value_.empty() && value_ != "true") {
                return "empty: this option is a flag";
            }
            value_.clear();
        } else if (!takes_value(key_)) {
            return fmt::format("an option of spark-submit (--executor-memory) or a setting (spark.…), not {}", shown(key_));
        } else if (value_.empty()) {
            return "a value: this option has one";
        }
        if (one_of(kNotFromJobs, key_) && closed(key_)) {
            return fmt::format("left out: {} is set by the runtime service; its owner can open it in spark-runtime.openedOptions", key_);
        }
        if (auto fault = fault_of_value(key_, value_)) {
            return fault;
        }
        name_ = key_;
        return {};
    }

    /// What holds for a value, however its setting is spelled.
    std::optional<std::string> fault_of_value(std::string_view name, std::string_view value) const {
        const bool for_a_jvm = name == kDriverJavaOptions || name.ends_with("avaOptions");
        if (for_a_jvm && layer_ == OptionLayer::job && std::ranges::any_of(kAgents, [&](auto agent) { return value.contains(agent); })) {
            return "without agents and commands of the JVM (-javaagent, -agentpath, -agentlib, -XX:OnError)";
        }
        if (one_of(kFileLists, name) && closed(name) && has_local_file(value)) {
            return "a list of files in a store that the cluster reads (hdfs://, s3a://, https://), not of files on the runtime's own host";
        }
        if (name == "spark.yarn.tags" && std::ranges::any_of(kOurTags, [&](auto tag) { return ascii_lower(value).contains(tag); })) {
            return "without tags that begin with mmj- or mms-: by these the runtime service knows its own runs";
        }
        return {};
    }

    static bool has_local_file(std::string_view rest) {
        while (!rest.empty()) {
            const auto end = std::min(rest.find(','), rest.size());
            const auto one = rest.substr(0, end);
            if (!one.contains("://") || one.starts_with("file:") || one.starts_with("local:")) {
                return true;
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return false;
    }

    std::string_view key_;
    std::string value_;
    const json::value& raw_;
    OptionLayer layer_;
    const std::set<std::string>& opened_;
    std::string name_;
};

std::string escaped_property(std::string_view text, bool name) {
    std::string out;
    for (const char c : text) {
        const bool leading = out.empty() && (c == ' ' || c == '\t');
        if (c == '\\' || leading || (name && (c == ' ' || c == '=' || c == ':')) || (out.empty() && (c == '#' || c == '!'))) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

}  // namespace

Result<void> SubmitOptions::lay(OptionLayer layer, const json::object& map, const std::string& at, const std::set<std::string>& opened) {
    json::Faults faults;
    for (const auto& [key, value] : map) {
        Entry entry{key, value, layer, opened};
        if (auto fault = entry.read()) {
            faults.add(at + "/" + json::pointer_token(key), std::move(*fault), shown(text_of(value)));
            continue;
        }
        set({entry.name(), entry.value(), layer});
    }
    if (!faults.empty()) {
        auto list = faults.take();
        auto message = fmt::format("{} must be {}.", list.front().pointer, list.front().expected);
        return std::unexpected(Error{ErrorCode::invalid_argument, "BAD_OPTION", std::move(message), std::move(list), {}});
    }
    return {};
}

void SubmitOptions::force(std::string name, std::string value) {
    set({std::move(name), std::move(value), OptionLayer::service});
}

void SubmitOptions::set(Option option) {
    const auto other = std::ranges::find(options_, other_spelling(option.name), &Option::name);
    if (other != options_.end()) {
        if (other->layer == option.layer && !option.name.starts_with("--")) {
            return;  // within one layer spark-submit decides, for the option
        }
        options_.erase(other);
    }
    const auto known = std::ranges::find(options_, option.name, &Option::name);
    if (known == options_.end()) {
        options_.push_back(std::move(option));
    } else {
        *known = std::move(option);
    }
}

void SubmitOptions::drop(std::string_view name) {
    const auto other = other_spelling(name);
    std::erase_if(options_, [&](const Option& one) { return one.name == name || (!other.empty() && one.name == other); });
}

const Option* SubmitOptions::find(std::string_view name) const {
    const auto found = std::ranges::find(options_, name, &Option::name);
    return found == options_.end() ? nullptr : &*found;
}

SplitOptions split(const SubmitOptions& options) {
    SplitOptions out;
    for (const auto& option : options.all()) {
        const bool secret = domain::is_secret_setting(option.name, option.value);
        if (secret && option.name == kDriverJavaOptions) {  // with a key in it only the setting can be told in a file
            out.properties.emplace_back(kDriverJavaSetting, option.value);
            out.shown.insert(out.shown.end(), {option.name, std::string{kMask}});
            continue;
        }
        if (!option.name.starts_with("spark.")) {
            for (auto* list : {&out.arguments, &out.shown}) {
                list->push_back(option.name);
                if (!option.value.empty()) {
                    list->push_back(option.value);
                }
            }
            continue;
        }
        if (secret) {
            out.properties.emplace_back(option.name, option.value);
        } else {
            out.arguments.insert(out.arguments.end(), {"--conf", option.name + "=" + option.value});
        }
        out.shown.insert(out.shown.end(), {"--conf", option.name + "=" + (secret ? kMask : option.value)});
    }
    return out;
}

std::string properties_text(const std::vector<std::pair<std::string, std::string>>& properties) {
    std::string out;
    for (const auto& [name, value] : properties) {
        out += escaped_property(name, true) + "=" + escaped_property(value, false) + "\n";
    }
    return out;
}

}  // namespace slipway::spark
