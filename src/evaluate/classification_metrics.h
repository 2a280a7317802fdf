// Accuracy, log loss, confusion, precision and recall from exact sums, and AUC from the rows that
// auc.h keeps.
#pragma once

#include <span>
#include <vector>

#include "evaluate/auc.h"
#include "evaluate/metrics.h"
#include "evaluate/moments.h"

namespace skymill {

/// A confusion matrix of this many classes takes 8 MB in every state.
inline constexpr size_t kMaxMetricClasses = 1024;

/// Log loss counts a smaller probability of the true class as this, 2⁻⁵², as scikit-learn does for
/// doubles: one confident mistake costs 36, not infinity.
inline constexpr double kSmallestProbability = 0x1p-52;

class ClassificationSums {
 public:
  /// Precondition: 2 ≤ classes ≤ kMaxMetricClasses.
  explicit ClassificationSums(size_t classes);

  /// A row counts in the confusion matrix even when it weighs 0. `row.true_class` is below the
  /// number of classes.
  void add(const AucRows::Row& row, size_t predicted_class);
  /// Precondition: made for as many classes.
  void merge(ClassificationSums&& other);

  void write(ByteWriter& out) const;
  static Result<ClassificationSums> read(ByteReader& in, size_t classes);

  /// What is known of a class.
  struct ClassSums {
    WeightSum true_w;  // of rows of the class
    WeightSum true_w2;
    WeightSum predicted_w;  // of rows predicted to be
    WeightSum predicted_w2;
    WeightSum hit_w;  // of rows that are both
    void merge(const ClassSums& other);
  };
  struct LossSums {
    MomentSum wx;  // Σ w · loss
    MomentSum w2x;
    MomentSum w2x2;
  };
  const std::vector<ClassSums>& classes() const { return classes_; }
  const LossSums& loss() const { return loss_; }
  uint64_t rows() const { return rows_; }  // of positive weight
  uint64_t confusion(size_t true_class, size_t predicted_class) const {
    return confusion_[true_class * classes_.size() + predicted_class];
  }
  const AucRows& auc() const { return auc_; }

 private:
  uint64_t rows_ = 0;
  std::vector<uint64_t> confusion_;  // row-major, [true][predicted]
  std::vector<ClassSums> classes_;
  LossSums loss_;
  AucRows auc_;
};

/// -ln of a probability, as log loss counts it.
double log_loss_of(double probability);

/// One fold: what was counted, and the class shares that its baseline predicts.
struct ClassificationFold {
  const ClassificationSums* sums;
  std::span<const double> baseline_shares;
};

/// Fills the report's metrics, baseline, confusion and per_class. Precondition: report.classes is
/// set.
void report_classification(std::span<const ClassificationFold> folds, MetricReport& report);

}  // namespace skymill
