#include "cli/gate.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace skymill {

Result<Gate> Gate::parse(const std::string& text) {
  const size_t start = text.find_first_of("<>");
  Gate gate;
  if (start != std::string::npos) {
    const size_t end = text.find_first_not_of("<>=", start);
    gate.metric = trim(std::string_view(text).substr(0, start));
    gate.comparison = text.substr(start, end - start);
    const auto bound = parse_number(
        end == std::string::npos ? std::string_view() : trim(std::string_view(text).substr(end)));
    const bool known = gate.comparison == ">" || gate.comparison == ">=" ||
                       gate.comparison == "<" || gate.comparison == "<=";
    if (bound && known && !gate.metric.empty()) {
      gate.bound = *bound;
      return gate;
    }
  }
  return Error{Code::kInvalidArgument,
               cat("'", text, "' is no gate"),
               "write for example 'auc > 0.8'",
               {.field = "gate"}};
}

Result<void> Gate::check_name(Task task) const {
  std::vector<std::string> names;
  for (const MetricInfo& info : metrics()) {
    if (info.task == task) names.emplace_back(info.name);
  }
  if (std::ranges::find(names, metric) != names.end()) return {};
  return Error{Code::kInvalidArgument,
               cat("no metric of this ", task_name(task), " is named '", metric, "'"),
               suggest(metric, names),
               {.field = "gate"}};
}

Result<void> Gate::check(const MetricReport& report) const {
  const auto found = std::ranges::find(report.metrics, metric, &MetricValue::name);
  const double value = found == report.metrics.end() ? std::nan("") : found->value;
  const bool holds = comparison == ">"    ? value > bound
                     : comparison == ">=" ? value >= bound
                     : comparison == "<"  ? value < bound
                                          : value <= bound;
  if (holds) return {};
  if (std::isnan(value)) {
    return Error{Code::kGateFailed,
                 cat("the gate ", metric, " ", comparison, " ", bound,
                     " failed: these rows do not define ", metric),
                 "judge rows of every class, and more than one",
                 {.field = metric}};
  }
  return Error{Code::kGateFailed,
               cat("the gate ", metric, " ", comparison, " ", bound, " failed: it is ", value),
               "improve the model, or lower the gate",
               {.field = metric}};
}

}  // namespace skymill
