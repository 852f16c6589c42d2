#include <algorithm>
#include <array>
#include <cctype>

#include "apps/config/load.hpp"
#include "spark/options.hpp"
#include "spark/output_access.hpp"

namespace slipway::config {
namespace {

constexpr std::string_view kSection = "spark-runtime.";
/// All of it is in memory when a job ends, and model-manage takes 4 MiB of messages of an owner (registry/job_work.cpp): what the service itself says of the
/// job comes behind, and has to fit too.
constexpr std::size_t kMostOutput = 3U << 20;

class Check {
public:
    Check(const Settings& settings, std::vector<ConfigFault>& faults) : settings_{settings}, faults_{faults} {}

    /// Without a fault where the key is not set at all: defaults are right.
    void key(std::string_view name, bool right, std::string_view expected) {
        const auto full = std::string{kSection} + std::string{name};
        const auto given = settings_.find(full);
        if (!right && given != settings_.end()) {
            faults_.push_back({0, given->second.origin + ": " + full + ": must be " + std::string{expected}});
        }
    }

    /// The service's own options are laid under those of every job: a fault there would end each of them.
    void options(const json::object& spark_conf) {
        const auto laid = spark::SubmitOptions{}.lay(spark::OptionLayer::service, spark_conf, "");
        for (const auto& fault : laid ? std::vector<Fault>{} : laid.error().faults) {
            faults_.push_back({0, std::string{kSection} + "sparkConf: " + fault.pointer.substr(1) + " must be " + fault.expected});
        }
    }

private:
    const Settings& settings_;
    std::vector<ConfigFault>& faults_;
};

bool is_master(std::string_view text) {
    return text == "yarn" || text == "local" || (text.starts_with("local[") && text.ends_with("]")) || (text.starts_with("spark://") && text.size() > 8);
}

bool is_staging(std::string_view text) {
    constexpr std::array<std::string_view, 5> kSchemes{"hdfs://", "s3a://", "s3n://", "s3://", "file://"};
    return text.empty() || std::ranges::any_of(kSchemes, [&](auto scheme) { return text.starts_with(scheme); });
}

/// As Spark reads it: `512m`, `2g`, also `512MB`.
bool is_memory(std::string_view text) {
    const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, [](unsigned char c) { return std::isdigit(c) != 0; }) - text.begin());
    auto unit = std::string{text.substr(digits)};
    std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::array<std::string_view, 12> kUnits{"", "b", "k", "kb", "m", "mb", "g", "gb", "t", "tb", "p", "pb"};
    return digits > 0 && std::ranges::find(kUnits, unit) != kUnits.end();
}

/// As libkrb5 takes it apart: a backslash takes a sign its meaning. Empty for none; without a realm it is that of krb5.conf.
bool is_principal(std::string_view text) {
    bool filled = false;
    bool in_realm = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool ends_part = text[at] == '@' || (text[at] == '/' && !in_realm);
        if (ends_part && (!filled || in_realm)) {
            return false;
        }
        in_realm = in_realm || text[at] == '@';
        filled = !ends_part;
        at += text[at] == '\\' ? 1 : 0;
    }
    return filled || text.empty();
}

}  // namespace

void check_spark_runtime(const Settings& settings, const Config& config, std::vector<ConfigFault>& faults) {
    const auto& submit = config.spark_runtime.submit;
    Check check{settings, faults};
    check.key("master", is_master(submit.master), "local[N], spark://host:port or yarn");
    check.key("stagingUrl", is_staging(submit.staging_url), "a folder that begins with hdfs://, s3a:// or file://");
    check.key("s3.readable", std::ranges::all_of(config.spark_runtime.s3.readable, [](const auto& url) { return spark::is_s3_place(url); }),
              "buckets or folders that begin with s3:// and the bucket's name");
    check.key("executorMemory", submit.executor_memory.empty() || is_memory(submit.executor_memory), "a size such as 512m or 2g");
    check.key("output.limit", config.spark_runtime.output_limit <= kMostOutput, "at most 3MiB: model-manage keeps 4 MiB of messages of a job");
    check.key("pollInterval", config.spark_runtime.poll_interval > Milliseconds{0}, "longer than nothing");
    check.key("kerberos.principal", is_principal(config.spark_runtime.kerberos.principal), "NAME@REALM or NAME/HOST@REALM");
    const auto& keytab = config.spark_runtime.kerberos.keytab;
    check.key("kerberos.keytab", keytab.empty() || keytab.starts_with('/'),
              "a path from the root, such as /etc/slipway/svc.keytab: a service starts elsewhere than who checks its configuration");
    check.options(submit.spark_conf);
}

}  // namespace slipway::config
