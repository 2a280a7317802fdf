#include "evaluate/classification_metrics.h"

#include <algorithm>
#include <cmath>

#include "base/real_math.h"

namespace skymill {

ClassificationSums::ClassificationSums(size_t classes)
    : confusion_(classes * classes), classes_(classes), auc_(classes) {}

double log_loss_of(double probability) {
  // The comparison keeps NaN.
  return -real_log(probability < kSmallestProbability ? kSmallestProbability : probability);
}

void ClassificationSums::add(const AucRows::Row& row, size_t predicted_class) {
  const size_t true_class = row.true_class;
  ++confusion_[true_class * classes_.size() + predicted_class];
  if (row.weight == 0) return;
  ++rows_;
  const double w = row.weight;
  const double w2 = w * w;
  classes_[true_class].true_w.add(w);
  classes_[true_class].true_w2.add(w2);
  classes_[predicted_class].predicted_w.add(w);
  classes_[predicted_class].predicted_w2.add(w2);
  if (true_class == predicted_class) classes_[true_class].hit_w.add(w);
  const double loss = log_loss_of(row.probabilities[true_class]);
  loss_.wx.add(w * loss);
  loss_.w2x.add(w2 * loss);
  loss_.w2x2.add(w2 * (loss * loss));
  auc_.add(row);
}

void ClassificationSums::ClassSums::merge(const ClassSums& other) {
  true_w.merge(other.true_w);
  true_w2.merge(other.true_w2);
  predicted_w.merge(other.predicted_w);
  predicted_w2.merge(other.predicted_w2);
  hit_w.merge(other.hit_w);
}

void ClassificationSums::merge(ClassificationSums&& other) {
  rows_ += other.rows_;
  for (size_t i = 0; i < confusion_.size(); ++i) confusion_[i] += other.confusion_[i];
  for (size_t c = 0; c < classes_.size(); ++c) classes_[c].merge(other.classes_[c]);
  loss_.wx.merge(other.loss_.wx);
  loss_.w2x.merge(other.loss_.w2x);
  loss_.w2x2.merge(other.loss_.w2x2);
  auc_.merge(std::move(other.auc_));
}

void ClassificationSums::write(ByteWriter& out) const {
  out.put(rows_);
  out.put_array(confusion_);
  for (const ClassSums& sums : classes_) {
    sums.true_w.write(out);
    sums.true_w2.write(out);
    sums.predicted_w.write(out);
    sums.predicted_w2.write(out);
    sums.hit_w.write(out);
  }
  loss_.wx.write(out);
  loss_.w2x.write(out);
  loss_.w2x2.write(out);
  auc_.write(out);
}

Result<ClassificationSums> ClassificationSums::read(ByteReader& in, size_t classes) {
  ClassificationSums sums(classes);
  sums.rows_ = SKYMILL_TRY(in.get<uint64_t>());
  sums.confusion_ = SKYMILL_TRY(in.get_array<uint64_t>());
  if (sums.confusion_.size() != classes * classes) {
    return Error{Code::kCorruptData, "a confusion matrix has the wrong size"};
  }
  for (ClassSums& of_class : sums.classes_) {
    of_class.true_w = SKYMILL_TRY(WeightSum::read(in));
    of_class.true_w2 = SKYMILL_TRY(WeightSum::read(in));
    of_class.predicted_w = SKYMILL_TRY(WeightSum::read(in));
    of_class.predicted_w2 = SKYMILL_TRY(WeightSum::read(in));
    of_class.hit_w = SKYMILL_TRY(WeightSum::read(in));
  }
  sums.loss_.wx = SKYMILL_TRY(MomentSum::read(in));
  sums.loss_.w2x = SKYMILL_TRY(MomentSum::read(in));
  sums.loss_.w2x2 = SKYMILL_TRY(MomentSum::read(in));
  sums.auc_ = SKYMILL_TRY(AucRows::read(in, classes));
  return sums;
}

}  // namespace skymill
