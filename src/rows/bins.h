// Bins: a feature's values as at most 256 small codes, what trees are grown on; BinnedTable, all
// rows as such codes.
#pragma once

#include <cstdint>
#include <vector>

#include "rows/pass.h"

namespace skymill {

/// How one feature becomes bins. The last bin, `num_bins - 1`, holds missing values.
struct FeatureBins {
  FeatureKind kind = FeatureKind::kNumber;
  /// kNumber: ascending; bin(x) is the number of `upper` values below x, so that
  /// bin(x) ≤ b ⇔ x ≤ upper[b]. Values above the last go to bin upper.size().
  std::vector<double> upper;
  /// kCategory: the bin of each level; unseen levels count as missing.
  std::vector<uint8_t> level_bin;
  uint32_t num_bins = 1;

  uint8_t bin_of(double value) const;
  uint8_t bin_of(uint32_t code) const {
    return code < level_bin.size() ? level_bin[code] : static_cast<uint8_t>(num_bins - 1);
  }
  bool operator==(const FeatureBins&) const = default;
};

class Bins final : public Transform {
 public:
  /// `features` are those of its input. Errors: more than 256 bins, unsorted cuts.
  static Result<std::shared_ptr<const Bins>> make(const std::vector<Feature>& features,
                                                  std::vector<FeatureBins> bins);

  const std::vector<FeatureBins>& features() const { return bins_; }

  std::string_view name() const override { return "bins"; }
  const std::vector<Feature>& output() const override { return output_; }
  Result<Block> apply(const Block& block, BlockBuffer& out) const override;
  void write(Bytes& out) const override;
  static Result<std::shared_ptr<const Transform>> read(std::string_view bytes);

 private:
  Bins(std::vector<FeatureBins> bins, std::vector<Feature> output)
      : bins_(std::move(bins)), output_(std::move(output)) {}

  std::vector<FeatureBins> bins_;
  std::vector<Feature> output_;
};

/// All rows, row-major: `bins[row * stride + feature]`.
struct BinnedTable {
  size_t num_rows = 0;
  size_t num_features = 0;
  size_t stride = 0;
  std::vector<uint8_t> bins = {};
  std::vector<double> label = {};
  std::vector<double> weight = {};  // empty = 1
  std::vector<uint64_t> key = {};
};

}  // namespace skymill
