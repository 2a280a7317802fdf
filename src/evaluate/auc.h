// AUC: the share of pairs of a row of a class and a row outside it that the score puts in the right
// order. It needs the rows themselves, so its state holds their scores; all else in evaluate/ is
// sums.
#pragma once

#include <span>
#include <vector>

#include "evaluate/metrics.h"

namespace skymill {

/// Scores, classes and weights of rows, as a set. Two classes keep one score a row (of class 1),
/// more keep all. 20 bytes a row and 8 for each further score; 8 more with weights.
///
/// Memory is bounded: beyond `max_scores` scores it keeps the rows whose key hashes into a range
/// that halves as needed. Which rows those are depends on the keys alone, so the estimate does not
/// depend on the order of rows and merges (adaptive sampling, Flajolet, Computing 43, 1990).
class AucRows {
 public:
  static constexpr size_t kMaxScores = size_t{1} << 22;

  explicit AucRows(size_t classes, size_t max_scores = kMaxScores);

  /// `probabilities` has one value per class. A row of weight 0 changes nothing; one with a NaN
  /// makes the AUC undefined.
  struct Row {
    uint64_t key = 0;
    uint32_t true_class = 0;
    double weight = 1;
    std::span<const double> probabilities = {};
  };
  void add(const Row& row);
  /// Precondition: made with the same arguments.
  void merge(AucRows&& other);

  /// Equal sets of rows give equal bytes, at the cost of a sort.
  void write(ByteWriter& out) const;
  static Result<AucRows> read(ByteReader& in, size_t classes, size_t max_scores = kMaxScores);

  size_t classes() const { return classes_; }
  size_t size() const { return hash_.size(); }
  uint64_t rows_seen() const { return rows_seen_; }
  bool undefined() const { return nan_rows_ != 0; }
  uint32_t true_class(size_t row) const { return class_[row]; }
  double weight(size_t row) const { return weight_.empty() ? 1 : weight_[row]; }
  bool weighted() const { return !weight_.empty(); }
  /// Score of a class, 1 when there are two. Precondition: not class 0 of two.
  double score(size_t row, size_t of_class) const {
    return columns_ == 1 ? scores_[row] : scores_[row * columns_ + of_class];
  }

 private:
  bool kept(uint64_t hash) const { return level_ == 0 || hash >> (64 - level_) == 0; }
  /// Halves the range until the rows fit.
  void thin();
  /// Drops rows outside the range.
  void filter();
  /// Positions of the rows, in an order that depends only on their values.
  std::vector<uint32_t> canonical_order() const;

  size_t classes_;
  size_t columns_;
  size_t max_rows_;
  uint32_t level_ = 0;  // rows whose hash starts with this many zero bits are kept
  uint64_t rows_seen_ = 0;
  uint64_t nan_rows_ = 0;
  std::vector<uint64_t> hash_;
  std::vector<uint32_t> class_;
  std::vector<double> scores_;
  std::vector<double> weight_;  // empty while all are 1
};

/// The metric from one state per fold. Two classes: the AUC of class 1; more: the mean over classes
/// of each against the rest. Pairs are compared within folds only, as scores of different models
/// do not compare (Forman & Scholz, SIGKDD Explorations 12(1), 2010). The interval is DeLong's on
/// the logit scale; with perfect order, where DeLong's is empty, Wilson's for the rarer side.
/// O(rows · classes): 1 M rows of two classes take about 0.1 s.
MetricValue auc_metric(std::span<const AucRows* const> folds);

}  // namespace skymill
