#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

/// The one list of Spark's settings that hold keys: at the door of model-manage, in what a runtime says of itself, and at spark-submit.
namespace slipway::domain {

/// True for a setting (`spark.…`) whose value is a key, password or token, or options of a JVM with one (`-Dx.password=…`).
bool is_secret_setting(std::string_view name, std::string_view value);

/// The same for an entry of a map of options: `spark.a.password`, `--conf spark.a.password`, `--conf` with `spark.a.password=x`, `--driver-java-options`.
/// Names of people's own parameters are theirs.
bool is_secret_option(std::string_view name, std::string_view value);

/// A regular expression (Java's) for `spark.redaction.regex`: finds each name that is_secret_setting() knows, and what Spark hides by itself.
std::string redaction_pattern();

/// Options as everybody of a group may read them: `***` for what is_secret_option() and whatever else is named like a key.
json::object without_secrets(const json::object& options);

}  // namespace slipway::domain
