// MomentSum and WeightSum: exact sums that survive values no metric can use, the building blocks of
// the metric states. Both depend only on the set of values, not on their order.
#pragma once

#include <cmath>

#include "base/exact_sum.h"

namespace skymill {

/// The exact sum of what was added; NaN once anything infinite or NaN was (a square that overflows,
/// a prediction that is no number): the metric is then undefined rather than wrong.
class MomentSum {
 public:
  void add(double value) {
    if (std::isfinite(value)) {
      sum_.add(value);
    } else {
      ++not_finite_;
    }
  }
  void merge(const MomentSum& other) {
    sum_.merge(other.sum_);
    not_finite_ += other.not_finite_;
  }
  double value() const { return not_finite_ == 0 ? sum_.value() : std::nan(""); }

  void write(ByteWriter& out) const {
    sum_.write(out);
    out.put(not_finite_);
  }
  static Result<MomentSum> read(ByteReader& in) {
    MomentSum moment;
    moment.sum_ = SKYMILL_TRY(ExactSum::read(in));
    moment.not_finite_ = SKYMILL_TRY(in.get<uint64_t>());
    return moment;
  }

 private:
  ExactSum sum_;
  uint64_t not_finite_ = 0;
};

/// A sum of row weights: nearly always 1, which a counter adds faster.
class WeightSum {
 public:
  void add(double weight) {
    if (weight == 1) {
      ++ones_;
    } else {
      others_.add(weight);
    }
  }
  void merge(const WeightSum& other) {
    ones_ += other.ones_;
    others_.merge(other.others_);
  }
  double value() const { return static_cast<double>(ones_) + others_.value(); }

  void write(ByteWriter& out) const {
    out.put(ones_);
    others_.write(out);
  }
  static Result<WeightSum> read(ByteReader& in) {
    WeightSum sum;
    sum.ones_ = SKYMILL_TRY(in.get<uint64_t>());
    sum.others_ = SKYMILL_TRY(MomentSum::read(in));
    return sum;
  }

 private:
  uint64_t ones_ = 0;
  MomentSum others_;
};

}  // namespace skymill
