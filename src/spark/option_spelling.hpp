#pragma once

#include <string_view>

namespace slipway::spark {

/// The setting that an option of spark-submit stands for, or the option that stands for a setting; empty where there is one spelling alone. Of what both
/// name spark-submit takes the option. Source: the assignments of Spark's `SparkSubmit.prepareSubmitEnvironment` and the fields of `SparkSubmitArguments`.
std::string_view other_spelling(std::string_view name);

}  // namespace slipway::spark
