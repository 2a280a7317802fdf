// AUC with DeLong's variance. Sorting by score gives each row its placement, the share of the other
// side it beats, in O(n log n) (Sun & Xu, IEEE Signal Processing Letters 21, 2014); the variance is
// that of the mean placements of both sides (DeLong, DeLong, Clarke-Pearson, Biometrics 44, 1988).
// It is summed row by row, so that it also holds for means over classes and folds, whose AUCs share
// rows. Covered by auc_test.cc, metrics_reference_test.cc and coverage_test.cc.
#include "evaluate/auc.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "evaluate/intervals.h"
#include "evaluate/moments.h"
#include "evaluate/score_order.h"

namespace skymill {
namespace {

/// Weights and rows of one class in one fold.
struct ClassTotal {
  WeightSum weight;
  uint64_t rows = 0;
};

/// One side of a comparison: the rows of a class, or all others.
struct Side {
  double weight = 0;
  double rows = 0;

  /// Σ(v - v̄)²/n² is the variance of a mean but for n/(n-1); NaN for a single row.
  double scale(double share) const { return share * std::sqrt(small_sample_factor(rows)) / weight; }
};

/// One class against the rest within one fold.
struct Comparison {
  const AucRows& rows;
  size_t of_class;
  Side in;
  Side out;
  double share = 0;  // in the metric
};

/// Adds up the weights of rows that tie. In an order of their own: sorted rows keep no other.
class TieWeight {
 public:
  void clear() { weights_.clear(); }
  void add(double weight) { weights_.push_back(weight); }
  double sum() {
    if (weights_.size() > 2) std::sort(weights_.begin(), weights_.end());
    double sum = 0;
    for (const double weight : weights_) sum += weight;
    return sum;
  }

 private:
  std::vector<double> weights_;
};

/// Writes each row's placement, in the order of `order`, and returns the AUC.
double place(const Comparison& compare, std::span<const ScoredRow> order,
             std::span<double> placements) {
  const AucRows& rows = compare.rows;
  TieWeight in;
  TieWeight out;
  double in_below = 0;
  double out_below = 0;
  double ordered = 0;  // weight of pairs in the right order
  for (size_t start = 0, end = 0; start < order.size(); start = end) {
    in.clear();
    out.clear();
    for (; end < order.size() && order[end].key == order[start].key; ++end) {
      const size_t row = order[end].row;
      (rows.true_class(row) == compare.of_class ? in : out).add(rows.weight(row));
    }
    const double in_tied = in.sum();
    const double out_tied = out.sum();
    // A tie counts half.
    const double beats = out_below + out_tied / 2;
    const double beaten_by = compare.in.weight - in_below - in_tied / 2;
    ordered += in_tied * beats;
    for (size_t i = start; i < end; ++i) {
      const bool is_in = rows.true_class(order[i].row) == compare.of_class;
      placements[i] = is_in ? beats / compare.out.weight : beaten_by / compare.in.weight;
    }
    in_below += in_tied;
    out_below += out_tied;
  }
  return ordered / compare.in.weight / compare.out.weight;
}

/// Adds each row's influence on the metric to `influence`; returns the AUC's share of the metric.
double add_influence(const Comparison& compare, std::span<double> influence) {
  const AucRows& rows = compare.rows;
  const std::vector<ScoredRow> order = score_order(rows, compare.of_class);
  std::vector<double> placements(order.size());
  const double auc = place(compare, order, placements);
  const double in_scale = compare.in.scale(compare.share);
  const double out_scale = compare.out.scale(compare.share);
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t row = order[i].row;
    const double scale = rows.true_class(row) == compare.of_class ? in_scale : out_scale;
    influence[row] += scale * rows.weight(row) * (placements[i] - auc);
  }
  return compare.share * auc;
}

std::vector<ClassTotal> class_totals(const AucRows& rows) {
  std::vector<ClassTotal> totals(rows.classes());
  for (size_t row = 0; row < rows.size(); ++row) {
    ClassTotal& total = totals[rows.true_class(row)];
    total.weight.add(rows.weight(row));
    ++total.rows;
  }
  return totals;
}

/// The comparisons of one class over the folds, each weighing as much as its pairs; none when no
/// fold has rows on both sides. `totals` is per fold.
std::vector<Comparison> comparisons(std::span<const AucRows* const> folds,
                                    std::span<const std::vector<ClassTotal>> totals,
                                    size_t of_class) {
  std::vector<Comparison> found;
  double pairs = 0;
  for (size_t fold = 0; fold < folds.size(); ++fold) {
    Side in;
    Side out;
    for (size_t c = 0; c < totals[fold].size(); ++c) {
      Side& side = c == of_class ? in : out;
      side.weight += totals[fold][c].weight.value();
      side.rows += static_cast<double>(totals[fold][c].rows);
    }
    if (in.rows == 0 || out.rows == 0) continue;
    pairs += in.weight * out.weight;
    found.push_back({*folds[fold], of_class, in, out, in.weight * out.weight});
  }
  for (Comparison& compare : found) compare.share /= pairs;
  return found;
}

struct AucEstimate {
  double auc = 0;
  double variance = 0;
  double rarer_rows = 0;  // of the comparison with the fewest on one side
  size_t classes = 0;     // that could be compared
};

/// Each class against the rest, over the folds; classes that cannot be compared are left out.
std::vector<std::vector<Comparison>> all_comparisons(std::span<const AucRows* const> folds) {
  const size_t classes = folds.front()->classes();
  std::vector<std::vector<ClassTotal>> totals;
  for (const AucRows* fold : folds) totals.push_back(class_totals(*fold));
  std::vector<std::vector<Comparison>> per_class;
  for (size_t c = classes == 2 ? 1 : 0; c < classes; ++c) {
    std::vector<Comparison> found = comparisons(folds, totals, c);
    if (!found.empty()) per_class.push_back(std::move(found));
  }
  for (std::vector<Comparison>& over_folds : per_class) {
    for (Comparison& compare : over_folds) compare.share /= static_cast<double>(per_class.size());
  }
  return per_class;
}

AucEstimate estimate(std::span<const AucRows* const> folds) {
  const std::vector<std::vector<Comparison>> per_class = all_comparisons(folds);
  AucEstimate result{.rarer_rows = std::numeric_limits<double>::infinity(),
                     .classes = per_class.size()};
  for (const std::vector<Comparison>& over_folds : per_class) {
    double rarer = 0;
    for (const Comparison& compare : over_folds) {
      rarer += std::min(compare.in.rows, compare.out.rows);
    }
    result.rarer_rows = std::min(result.rarer_rows, rarer);
  }
  MomentSum squares;  // exact, as rows come in any order
  for (const AucRows* fold : folds) {
    std::vector<double> influence(fold->size());
    for (const std::vector<Comparison>& over_folds : per_class) {
      for (const Comparison& compare : over_folds) {
        if (&compare.rows == fold) result.auc += add_influence(compare, influence);
      }
    }
    for (const double value : influence) squares.add(value * value);
  }
  result.variance = squares.value();
  return result;
}

/// "mean one-vs-rest, delong, logit scale, within 5 folds".
std::string how_text(std::span<const AucRows* const> folds, const AucEstimate& result,
                     bool perfect) {
  const size_t classes = folds.front()->classes();
  uint64_t seen = 0;
  uint64_t used = 0;
  for (const AucRows* fold : folds) {
    seen += fold->rows_seen();
    used += fold->size();
  }
  std::string how = classes == 2 ? "" : "mean one-vs-rest, ";
  if (classes != 2 && result.classes != classes) {
    how = cat("mean one-vs-rest of ", result.classes, " of ", classes, " classes, ");
  }
  how += perfect ? "wilson for the rarer side" : "delong, logit scale";
  if (folds.size() > 1) how += cat(", within ", folds.size(), " folds");
  if (used < seen) how += cat(", from ", used, " of ", seen, " rows");
  return how;
}

}  // namespace

MetricValue auc_metric(std::span<const AucRows* const> folds) {
  if (std::ranges::any_of(folds, [](const AucRows* fold) { return fold->undefined(); })) {
    return undefined_metric("auc", "a prediction is no number");
  }
  const AucEstimate result = estimate(folds);
  if (result.classes == 0) {
    const bool sampled = std::ranges::any_of(
        folds, [](const AucRows* fold) { return fold->size() < fold->rows_seen(); });
    return undefined_metric("auc", sampled ? "the row key has too few distinct values to sample by"
                                           : "the rows hold one class, or none");
  }
  // One pair in the wrong order of 10¹² is within rounding of none.
  const bool perfect = result.auc < 1e-12 || result.auc > 1 - 1e-12;
  const Interval interval = perfect ? wilson_interval(result.auc, result.rarer_rows)
                                    : logit_normal_interval(result.auc, result.variance);
  std::string how = how_text(folds, result, perfect);
  if (std::isnan(interval.low)) how += ", no interval: a class has a single row";
  return {"auc", result.auc, interval.low, interval.high, std::move(how)};
}

}  // namespace skymill
