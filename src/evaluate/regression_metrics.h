// RMSE, MAE and R² from exact sums: a state of constant size, the same for the same rows in any
// order and any number of parts.
#pragma once

#include <array>
#include <limits>
#include <span>

#include "evaluate/metrics.h"
#include "evaluate/moments.h"

namespace skymill {

/// With e = label - prediction and d = label - baseline mean, Σ of products of w, |e|, e² and
/// powers of d. Counting labels from the baseline mean keeps their digits: for a label near 10⁹
/// with a spread of 1, Σ label² would hold none of the spread.
class RegressionSums {
 public:
  explicit RegressionSums(double baseline_mean) : centre_(baseline_mean) {}

  /// Rows of weight 0 change nothing. About 50 ns.
  void add(double label, double prediction, double weight);
  /// Precondition: made with the same baseline.
  void merge(const RegressionSums& other);

  void write(ByteWriter& out) const;
  static Result<RegressionSums> read(ByteReader& in, double baseline_mean);

  /// Σ over rows of w and w² times what is named.
  enum Sum : size_t {
    kW,
    kW2,
    kWD,
    kWD2,
    kW2D,
    kW2D2,
    kW2D3,
    kW2D4,
    kWAbsD,
    kW2AbsD,
    kWAbsE,
    kW2AbsE,
    kWE2,
    kW2E2,
    kW2E4,
    kW2E2D,
    kW2E2D2,
    kSums,
  };
  double sum(Sum which) const { return sums_[which].value(); }
  uint64_t rows() const { return rows_; }  // of positive weight
  double centre() const { return centre_; }
  double smallest_label() const { return smallest_; }
  double largest_label() const { return largest_; }

 private:
  double centre_;
  uint64_t rows_ = 0;
  double smallest_ = std::numeric_limits<double>::infinity();
  double largest_ = -std::numeric_limits<double>::infinity();
  std::array<MomentSum, kSums> sums_ = {};
};

/// Fills the report's metrics and baseline from one state per fold, each with its own baseline.
void report_regression(std::span<const RegressionSums* const> folds, MetricReport& report);

}  // namespace skymill
