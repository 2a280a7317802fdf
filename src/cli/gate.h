// Gate: a condition on a metric that must hold, such as `auc > 0.8`.
#pragma once

#include <string>

#include "evaluate/metrics.h"

namespace skymill {

struct Gate {
  std::string metric;
  std::string comparison;  // ">", ">=", "<", "<="
  double bound = 0;

  static Result<Gate> parse(const std::string& text);
  /// Whether models of this task have the metric.
  Result<void> check_name(Task task) const;
  /// kGateFailed when the value does not satisfy it, or is not defined.
  Result<void> check(const MetricReport& report) const;
};

}  // namespace skymill
