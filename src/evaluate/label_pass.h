// The pass "label": the label's weighted mean, or each class's share, for the baseline.
#pragma once

#include "evaluate/metrics.h"
#include "evaluate/moments.h"
#include "rows/pass.h"

namespace skymill {

/// Order-free.
class LabelState final : public PassState {
 public:
  /// No classes: regression.
  explicit LabelState(size_t classes) : class_weight_(classes) {}

  void add(const Block& block) override;
  Result<void> merge(PassState&& other) override;
  void write(Bytes& out) const override;
  Result<void> restore(std::string_view state);

  /// Errors: no row, a sum that is too large, a label that is no class.
  Result<Baseline> baseline() const;

 private:
  uint64_t refused_ = 0;  // labels that are no class
  WeightSum weight_;
  MomentSum weighted_label_;             // regression
  std::vector<WeightSum> class_weight_;  // classification
};

PassInfo label_pass();
Job label_job(const RowSchema& schema, const Selection& rows);

/// Whether these are shares of so many classes: none negative, sum 1.
Result<void> check_shares(std::span<const double> shares, size_t classes);

}  // namespace skymill
