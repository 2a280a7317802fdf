// The pass of logistic regression: loss, gradient and Hessian at given coefficients in one scan.
#pragma once

#include <array>

#include "train/gram_sums.h"

namespace skymill {

/// predictor = intercept + Σ slope (x - centre) + Σ effect of the level.
struct LogisticParameters {
  std::vector<uint32_t> levels;  // per plan feature: 0 for a number, else a category's levels
  double intercept = 0;
  std::vector<double> slopes;   // per number
  std::vector<double> centres;  // per number
  std::vector<double> effects;  // per level, category after category
  KernelLevel kernel = KernelLevel::kAvx512;

  /// All zero: where Newton starts.
  static LogisticParameters zero(const GramLayout& layout);
  Bytes to_bytes() const;
  static Result<LogisticParameters> read(std::string_view bytes);
};

/// Sums in which the weight of a row is weight · μ(1 - μ) and its response (label - μ) over μ(1 -
/// μ): the moments of a Newton step are those of a weighted least squares.
class LogisticState final : public PassState {
 public:
  LogisticState(std::shared_ptr<const GramLayout> layout,
                std::shared_ptr<const LogisticParameters> parameters);

  void add(const Block& block) override;
  Result<void> merge(PassState&& other) override;
  void write(Bytes& out) const override;
  Result<void> read(std::string_view bytes);

  const GramSums& sums() const { return sums_; }
  const LinkSums& link() const { return link_; }
  /// Rows with weight, and their weight, by class.
  const std::array<uint64_t, 2>& class_rows() const { return class_rows_; }
  const std::array<double, 2>& class_weight() const { return class_weight_; }

 private:
  void count_classes(const Block& block);
  void predict(const Block& block, size_t start, size_t count);

  std::shared_ptr<const LogisticParameters> parameters_;
  GramSums sums_;
  LinkSums link_;
  std::array<uint64_t, 2> class_rows_ = {};
  std::array<double, 2> class_weight_ = {};
  // Of a tile, while blocks are added.
  std::vector<const double*> columns_;
  std::vector<double> predictor_;
  std::vector<double> label_;
  std::vector<double> weight_;
  std::vector<double> root_;
  std::vector<double> ratio_;
};

/// "logistic", merged in order. Parameters: LogisticParameters.
PassInfo logistic_pass();

}  // namespace skymill
