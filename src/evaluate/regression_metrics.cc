#include "evaluate/regression_metrics.h"

#include <algorithm>

#include "evaluate/intervals.h"

namespace skymill {
namespace {

/// Sums about the labels, all folds together, counted from one common centre.
struct LabelTotals {
  double rows = 0;
  double w = 0;
  double wd = 0;
  double wd2 = 0;
  std::array<double, 5> w2d = {};  // w2d[k] = Σw²dᵏ
  bool constant = true;
};

/// Sums about one predictor's errors e.
struct ErrorTotals {
  double w_abs = 0;
  double w2_abs = 0;
  double w_square = 0;
  double w2_square = 0;
  double w2_fourth = 0;
  double w2_square_d = 0;   // Σw²e²d
  double w2_square_d2 = 0;  // Σw²e²d²
};

struct Totals {
  LabelTotals label;
  ErrorTotals model;
  ErrorTotals baseline;
};

/// Adds a fold whose labels are counted from `shift` above the common centre, so that
/// d_common = d + shift. Centres are means of overlapping training rows, so shifts are small.
void add_label(const RegressionSums& fold, double shift, LabelTotals& to) {
  using Sums = RegressionSums;
  const std::array<double, 5> own = {fold.sum(Sums::kW2), fold.sum(Sums::kW2D),
                                     fold.sum(Sums::kW2D2), fold.sum(Sums::kW2D3),
                                     fold.sum(Sums::kW2D4)};
  const double w = fold.sum(Sums::kW);
  const double wd = fold.sum(Sums::kWD);
  to.rows += static_cast<double>(fold.rows());
  to.w += w;
  to.wd += wd + shift * w;
  to.wd2 += fold.sum(Sums::kWD2) + 2 * shift * wd + shift * shift * w;
  // (d + shift)ᵏ, by row k of Pascal's triangle.
  static constexpr std::array<std::array<double, 5>, 5> kBinomial = {
      {{1}, {1, 1}, {1, 2, 1}, {1, 3, 3, 1}, {1, 4, 6, 4, 1}}};
  for (size_t k = 0; k < 5; ++k) {
    double power = 1;  // shift^(k - j)
    for (size_t j = k + 1; j-- > 0; power *= shift) to.w2d[k] += kBinomial[k][j] * power * own[j];
  }
}

void add_errors(const ErrorTotals& fold, double shift, ErrorTotals& to) {
  to.w_abs += fold.w_abs;
  to.w2_abs += fold.w2_abs;
  to.w_square += fold.w_square;
  to.w2_square += fold.w2_square;
  to.w2_fourth += fold.w2_fourth;
  to.w2_square_d += fold.w2_square_d + shift * fold.w2_square;
  to.w2_square_d2 +=
      fold.w2_square_d2 + 2 * shift * fold.w2_square_d + shift * shift * fold.w2_square;
}

Totals total(std::span<const RegressionSums* const> folds) {
  using Sums = RegressionSums;
  Totals totals;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = -smallest;
  for (const RegressionSums* fold : folds) {
    const double shift = fold->centre() - folds.front()->centre();
    add_label(*fold, shift, totals.label);
    add_errors({fold->sum(Sums::kWAbsE), fold->sum(Sums::kW2AbsE), fold->sum(Sums::kWE2),
                fold->sum(Sums::kW2E2), fold->sum(Sums::kW2E4), fold->sum(Sums::kW2E2D),
                fold->sum(Sums::kW2E2D2)},
               shift, totals.model);
    // The baseline predicts the centre: its error is d.
    add_errors({fold->sum(Sums::kWAbsD), fold->sum(Sums::kW2AbsD), fold->sum(Sums::kWD2),
                fold->sum(Sums::kW2D2), fold->sum(Sums::kW2D4), fold->sum(Sums::kW2D3),
                fold->sum(Sums::kW2D4)},
               shift, totals.baseline);
    smallest = std::min(smallest, fold->smallest_label());
    largest = std::max(largest, fold->largest_label());
  }
  totals.label.constant = smallest >= largest;
  return totals;
}

MetricValue rmse(const LabelTotals& label, const ErrorTotals& error) {
  const Estimate square =
      mean_estimate({label.w, label.w2d[0], error.w_square, error.w2_square, error.w2_fourth});
  const Interval interval = log_interval(square);
  return {"rmse", std::sqrt(square.value), std::sqrt(interval.low), std::sqrt(interval.high),
          "student t, log scale"};
}

MetricValue mae(const LabelTotals& label, const ErrorTotals& error) {
  const Estimate mean =
      mean_estimate({label.w, label.w2d[0], error.w_abs, error.w2_abs, error.w2_square});
  const Interval interval = log_interval(mean);
  return {"mae", mean.value, interval.low, interval.high, "student t, log scale"};
}

/// R² = 1 - ρ, ρ = Σwe² / Σwu², u = label - its mean on these rows. A row's influence on ρ is
/// w (e² - ρ u²) / Σwu² (delta method for a ratio; the mean's own error has no first-order effect),
/// so var ρ = n/(n-1) · Σw²(e² - ρu²)² / (Σwu²)². The interval is made for ln ρ, so R² ≤ 1.
MetricValue r2(const LabelTotals& label, const ErrorTotals& error) {
  if (label.constant) return undefined_metric("r2", "the label is constant");
  const double t = label.wd / label.w;  // u = d - t
  const double spread = label.wd2 - t * label.wd;
  if (spread <= 0) return undefined_metric("r2", "the label is constant but for rounding");
  const double ratio = error.w_square / spread;
  const double e2u2 = error.w2_square_d2 - 2 * t * error.w2_square_d + t * t * error.w2_square;
  const auto& d = label.w2d;
  const double u4 = d[4] - t * (4 * d[3] - t * (6 * d[2] - t * (4 * d[1] - t * d[0])));
  const double squares = error.w2_fourth - 2 * ratio * e2u2 + ratio * ratio * u4;
  const double rows = effective_rows(label.w, label.w2d[0]);
  const double variance = small_sample_factor(rows) * (squares < 0 ? 0 : squares) / spread / spread;
  const Interval interval = log_interval({ratio, variance, rows});
  return {"r2", 1 - ratio, 1 - interval.high, 1 - interval.low, "student t, log scale of 1 - r2"};
}

std::vector<MetricValue> metrics_of(const LabelTotals& label, const ErrorTotals& error) {
  std::vector<MetricValue> values;
  if (label.rows == 0) {
    for (const char* name : {"rmse", "mae", "r2"}) {
      values.push_back(undefined_metric(name, "there are no rows"));
    }
    return values;
  }
  values = {rmse(label, error), mae(label, error), r2(label, error)};
  for (MetricValue& value : values) {
    if (std::isnan(value.value) && !value.how.starts_with("undefined")) {
      value = undefined_metric(value.name, "an error is too large to square, or no number");
    }
  }
  return values;
}

}  // namespace

void RegressionSums::add(double label, double prediction, double weight) {
  if (weight == 0) return;
  ++rows_;
  smallest_ = std::min(smallest_, label + 0.0);  // of -0 and 0, whichever comes first: 0
  largest_ = std::max(largest_, label + 0.0);
  const double w = weight;
  const double w2 = w * w;
  const double d = label - centre_;
  const double d2 = d * d;
  const double e = std::abs(label - prediction);
  const double e2 = e * e;
  sums_[kW].add(w);
  sums_[kW2].add(w2);
  sums_[kWD].add(w * d);
  sums_[kWD2].add(w * d2);
  sums_[kW2D].add(w2 * d);
  sums_[kW2D2].add(w2 * d2);
  sums_[kW2D3].add(w2 * (d2 * d));
  sums_[kW2D4].add(w2 * (d2 * d2));
  sums_[kWAbsD].add(w * std::abs(d));
  sums_[kW2AbsD].add(w2 * std::abs(d));
  sums_[kWAbsE].add(w * e);
  sums_[kW2AbsE].add(w2 * e);
  sums_[kWE2].add(w * e2);
  sums_[kW2E2].add(w2 * e2);
  sums_[kW2E4].add(w2 * (e2 * e2));
  sums_[kW2E2D].add(w2 * (e2 * d));
  sums_[kW2E2D2].add(w2 * (e2 * d2));
}

void RegressionSums::merge(const RegressionSums& other) {
  rows_ += other.rows_;
  smallest_ = std::min(smallest_, other.smallest_);
  largest_ = std::max(largest_, other.largest_);
  for (size_t i = 0; i < kSums; ++i) sums_[i].merge(other.sums_[i]);
}

void RegressionSums::write(ByteWriter& out) const {
  out.put(rows_);
  out.put(smallest_);
  out.put(largest_);
  for (const MomentSum& sum : sums_) sum.write(out);
}

Result<RegressionSums> RegressionSums::read(ByteReader& in, double baseline_mean) {
  RegressionSums sums(baseline_mean);
  sums.rows_ = SKYMILL_TRY(in.get<uint64_t>());
  sums.smallest_ = SKYMILL_TRY(in.get<double>());
  sums.largest_ = SKYMILL_TRY(in.get<double>());
  for (MomentSum& sum : sums.sums_) sum = SKYMILL_TRY(MomentSum::read(in));
  return sums;
}

void report_regression(std::span<const RegressionSums* const> folds, MetricReport& report) {
  const Totals totals = total(folds);
  report.metrics = metrics_of(totals.label, totals.model);
  report.baseline = metrics_of(totals.label, totals.baseline);
}

}  // namespace skymill
