// Metrics: how good predictions are, each with a 95 % interval and beside a baseline. A metric pass
// scores raw blocks through the model, so eval, hold-out and cross-validation are the same code.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/model.h"

namespace skymill {

struct MetricValue {
  std::string name;  // "rmse", "auc", …
  double value = 0;  // NaN: not defined on these rows (one class, constant label)
  double low = 0;    // 95 % interval
  double high = 0;
  std::string how;  // how the interval was made: "wilson", "student t, log scale", …;
                    // or why there is no value: "undefined: the label is constant"
};

struct ClassMetrics {
  std::string name;
  uint64_t rows = 0;
  MetricValue precision;
  MetricValue recall;
};

struct MetricReport {
  Task task = Task::kRegression;
  uint64_t rows = 0;          // scored
  uint64_t rows_dropped = 0;  // by the plan
  std::vector<MetricValue> metrics;
  std::vector<MetricValue> baseline;    // the same for always predicting the mean or the majority
  std::vector<ClassMetrics> per_class;  // classification
  std::vector<std::vector<uint64_t>> confusion;  // [true class][predicted class]
  std::vector<std::string> classes;

  /// {rows, rows_dropped, metrics: {name: {value, low, high, how}}, baseline: {…},
  ///  confusion?: {classes: […], rows: [[…]]}, per_class?: {class: {rows, precision, recall}}};
  /// what is not defined is null.
  Json to_json() const;
};

/// What the baseline predicts: learned from the training rows, never from those it is judged on.
/// Regression metrics also count labels from its mean, which keeps their digits.
struct Baseline {
  double mean = 0;                   // regression; finite
  std::vector<double> class_shares;  // classification; sums to 1
};

struct MetricInfo {
  std::string_view name;
  std::string_view summary;
  Task task;
  bool higher_is_better;
};

/// Every metric, in the order reports show them.
std::span<const MetricInfo> metrics();

/// The job of scoring `rows` with a model; collect its state (or several folds' states, each from
/// its own fold's model) with `collect_metrics`. Errors: a baseline that does not fit the model,
/// more than 1,024 classes. Keep `model` alive until the job has run: its threads then share it
/// instead of reading its bytes again.
Result<Job> metric_job(std::shared_ptr<const Model> model, const Baseline& baseline,
                       const Selection& rows);
/// Merges the states of one or more metric jobs (folds) into one report. The same rows give the
/// same bits, however they were split among threads and partitions; folds add up in their order.
/// Intervals take the models as given, so those of cross-validation are a little narrow: its folds
/// share training rows (Bengio & Grandvalet, JMLR 5, 2004). Errors: a row could not be scored.
/// Precondition: at least one state; all of metric jobs for the same task and classes.
Result<MetricReport> collect_metrics(std::vector<std::unique_ptr<PassState>> states);

/// {"mean": …} or {"class_shares": […]}: kept in the model, so that `eval` can compare.
Json baseline_json(const Baseline& baseline);
Result<Baseline> baseline_from_json(const Json& json);

/// Label mean or class shares of the selected rows: one scan. Errors: no rows.
Result<Baseline> fit_baseline(RowSource& source, const Selection& rows, RunContext& context);

/// The passes that evaluating asks for.
std::span<const PassInfo> evaluate_passes();

}  // namespace skymill
