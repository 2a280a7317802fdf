// The list of metrics, the list of passes that evaluating asks for, and the report as JSON.
#include "evaluate/metrics.h"

#include <array>

#include "evaluate/label_pass.h"
#include "evaluate/metric_pass.h"

namespace skymill {

std::span<const MetricInfo> metrics() {
  static constexpr std::array<MetricInfo, 6> kMetrics = {{
      {"rmse", "root of the mean squared error, in the label's unit", Task::kRegression, false},
      {"mae", "mean absolute error, in the label's unit", Task::kRegression, false},
      {"r2", "share of the label's variance that is explained; 0 for always predicting its mean",
       Task::kRegression, true},
      {"accuracy", "share of rows whose class is right", Task::kClassification, true},
      {"log_loss", "mean of -ln of the true class's probability, taken as at least 2^-52",
       Task::kClassification, false},
      {"auc",
       "chance that a row of the second class scores above one of the first; with more classes, "
       "the mean of each against the rest",
       Task::kClassification, true},
  }};
  return kMetrics;
}

std::span<const PassInfo> evaluate_passes() {
  static const std::array<PassInfo, 2> kPasses = {metric_pass(), label_pass()};
  return kPasses;
}

namespace {

Json value_of(const MetricValue& metric) {
  Json json = Json::object();
  json.set("value", metric.value);
  json.set("low", metric.low);
  json.set("high", metric.high);
  json.set("how", metric.how);
  return json;
}

Json values_of(const std::vector<MetricValue>& metrics) {
  Json json = Json::object();
  for (const MetricValue& metric : metrics) json.set(metric.name, value_of(metric));
  return json;
}

/// {"classes": [...], "rows": [[...]]}, true classes down and predicted ones across.
Json confusion_of(const MetricReport& report) {
  Json classes = Json::array();
  for (const std::string& name : report.classes) classes.push(name);
  Json counts = Json::array();
  for (const std::vector<uint64_t>& row : report.confusion) {
    Json line = Json::array();
    for (const uint64_t count : row) line.push(count);
    counts.push(std::move(line));
  }
  Json json = Json::object();
  json.set("classes", std::move(classes));
  json.set("rows", std::move(counts));
  return json;
}

Json per_class_of(const MetricReport& report) {
  Json json = Json::object();
  for (const ClassMetrics& of_class : report.per_class) {
    Json entry = Json::object();
    entry.set("rows", of_class.rows);
    entry.set("precision", value_of(of_class.precision));
    entry.set("recall", value_of(of_class.recall));
    json.set(of_class.name, std::move(entry));
  }
  return json;
}

}  // namespace

Json MetricReport::to_json() const {
  Json json = Json::object();
  json.set("rows", rows);
  json.set("rows_dropped", rows_dropped);
  json.set("metrics", values_of(metrics));
  json.set("baseline", values_of(baseline));
  if (task == Task::kClassification) {
    json.set("confusion", confusion_of(*this));
    json.set("per_class", per_class_of(*this));
  }
  return json;
}

}  // namespace skymill
