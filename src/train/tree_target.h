// TreeTarget: labels and weights of rows as integers, so that the sums trees are grown on have no
// order and every grower, thread count and partitioning gives the same tree.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "rows/row_source.h"

namespace skymill {

__extension__ using Sum128 = __int128;

/// What the integers must be able to hold; collected by the bin_count pass. Rows of weight 0 do not
/// count.
struct RowStats {
  uint64_t rows = 0;
  double smallest_label = 0;
  double largest_label = 0;
  double largest_weight = 1;
  double mean_weight = 1;
  bool integral_weights = true;  // weights are counts
};

/// A row is a weight and a target; a node is their sums: `totals` = {Σ weight, then `sums` sums}.
///   two classes      sums = 1: Σ weight · class
///   more classes     sums = classes: Σ weight of each class
///   regression       sums = 1: Σ weight · target, target = (label - centre) · label_scale with up
///                    to 30 bits on either side of the middle of the label's range; fewer only
///                    where rows · largest weight · 2^30 would not fit into 62 bits
/// Weights that are all integers up to 2^20 stay as they are (a weight of 2 is the row twice);
/// others are scaled by a power of two so that the largest has 16 bits, and at least 1 remains.
struct TreeTarget {
  uint32_t sums = 1;
  bool classification = false;
  double centre = 0;
  double label_scale = 1;   // a power of two
  double weight_scale = 1;  // a power of two

  static TreeTarget make(Task task, size_t classes, const RowStats& stats);

  uint32_t width() const { return 1 + sums; }
  /// Values a leaf predicts: the probability of class 1 of 2, one per class, or the mean.
  uint32_t outputs() const { return sums; }
  /// 0 only for a weight of 0.
  uint32_t weight_of(double weight) const;
  /// A class, or the label in fixed point.
  int32_t target_of(double label) const;
  /// Adds a row to `totals`.
  void add(int64_t weight, int32_t target, int64_t* totals) const {
    totals[0] += weight;
    if (sums == 1) {
      totals[1] += weight * target;
    } else {
      totals[1 + target] += weight;
    }
  }
  /// Predicted values of a leaf; precondition: totals[0] > 0.
  void leaf_values(const int64_t* totals, double* out) const;
  /// No split can help: all rows are of one class. (Regression: not known from the sums.)
  bool is_pure(const int64_t* totals) const;
  /// Weight that stands for `rows` rows: that many, or as many times the mean of fractional
  /// weights.
  int64_t weight_of_rows(uint64_t rows, const RowStats& stats) const;

  void write(ByteWriter& out) const;
  static Result<TreeTarget> read(ByteReader& in);
};

}  // namespace skymill
