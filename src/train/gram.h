// The pass of linear regression: weighted sums of products of the features and the label.
#pragma once

#include "train/gram_sums.h"

namespace skymill {

struct GramParameters {
  std::vector<uint32_t> levels;  // per plan feature: 0 for a number, else a category's levels
  Precision precision = Precision::kDouble;
  KernelLevel kernel = KernelLevel::kAvx512;  // at most; what executors have may be less

  Bytes to_bytes() const;
  static Result<GramParameters> read(std::string_view bytes);
};

class GramState final : public PassState {
 public:
  GramState(std::shared_ptr<const GramLayout> layout, const GramParameters& parameters)
      : sums_(std::move(layout), parameters.precision, parameters.kernel) {}

  void add(const Block& block) override;
  Result<void> merge(PassState&& other) override;
  void write(Bytes& out) const override;
  Result<void> read(std::string_view bytes);

  const GramSums& sums() const { return sums_; }
  /// Rows whose weight is above zero.
  uint64_t rows() const { return rows_; }

 private:
  void add_in_tiles(const Block& block);

  GramSums sums_;
  uint64_t rows_ = 0;
  std::vector<double> root_;      // of a tile
  std::vector<double> response_;  // of a tile
};

/// "gram", merged in order. Parameters: GramParameters.
PassInfo gram_pass();

}  // namespace skymill
