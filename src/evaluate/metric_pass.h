// The pass "metrics": scores raw blocks through the model's Predictor and adds up what the metrics
// need. metric_job makes its job, collect_metrics its report (metrics.h).
#pragma once

#include <optional>
#include <variant>

#include "evaluate/classification_metrics.h"
#include "evaluate/regression_metrics.h"
#include "rows/pass.h"

namespace skymill {

/// Order-free: every sum is exact, and rows kept for AUC are a set.
class MetricState final : public PassState {
 public:
  /// Precondition: the baseline is of the model's task and classes.
  MetricState(std::shared_ptr<const Model> model, Baseline baseline);

  void add(const Block& block) override;
  Result<void> merge(PassState&& other) override;
  void write(Bytes& out) const override;
  /// Into a fresh state of the same parameters.
  Result<void> restore(std::string_view state);

  const Model& model() const { return predictor_.model(); }
  const Baseline& baseline() const { return baseline_; }
  uint64_t rows() const { return rows_; }
  uint64_t rows_dropped() const { return rows_dropped_; }
  /// Why some block could not be scored. A block has no way to fail, so it waits here.
  const std::optional<Error>& failure() const { return failure_; }
  const RegressionSums& regression() const { return std::get<RegressionSums>(sums_); }
  const ClassificationSums& classification() const { return std::get<ClassificationSums>(sums_); }

 private:
  void add_regression(const Block& block, const Predictions& predictions);
  void add_classification(const Block& block, const Predictions& predictions);
  /// Keeps one failure of several: not the first, which would depend on the order.
  void fail(Error error);

  Predictor predictor_;
  Baseline baseline_;
  uint64_t rows_ = 0;
  uint64_t rows_dropped_ = 0;
  std::optional<Error> failure_;
  std::variant<RegressionSums, ClassificationSums> sums_;
};

PassInfo metric_pass();

}  // namespace skymill
