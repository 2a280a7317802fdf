// BinFinder: decides how the plan's features become the bins that trees are grown on, from counts
// of the training rows; and the bin_count pass that counts them.
#pragma once

#include "train/grown_tree.h"
#include "train/trainer.h"

namespace skymill {

struct BinPlan {
  std::shared_ptr<const Bins> bins;
  std::vector<TreeFeature> features;
  RowStats stats;
};

/// Idea: small data keep every distinct value, so that a tree is the exact one; large data get cut
/// points at equal numbers of rows.
///   numbers     at most max_bins - 1 distinct values: cuts at the mid-points between neighbours;
///               else at the quantiles (exact to 48 bits of the key, see prepare/quantiles.h)
///   categories  the levels that occur get a bin each, in their order; beyond 254, the most
///               frequent 254 do (ties: the lower level) and the others share one
/// The last bin holds missing values, and levels without a training row. Deviation from LightGBM
/// and XGBoost: all rows are counted, not a sample, so cuts do not depend on order. Cost: one scan
/// to count, five more if a number has many values. Test: bin_finder_test.cc.
/// Errors: no rows, all weights are 0.
Result<BinPlan> find_bins(RowSource& source, uint32_t max_bins, FitContext& context);

/// A threshold t between neighbours: lower ≤ t < upper, near the middle.
double mid_point(double lower, double upper);

inline constexpr uint32_t kOwnBinLevels = 254;

/// Bins of a category with these counts per level.
FeatureBins category_bins(std::span<const uint64_t> level_counts);

/// What the bin_count pass is told.
struct BinCountRequest {
  uint32_t most_values = 255;        // distinct values of a number that are worth keeping
  std::vector<uint32_t> num_levels;  // per feature; kNumber for numbers

  static constexpr uint32_t kNumber = 0xFFFFFFFF;
  void write(Bytes& out) const;
  static Result<BinCountRequest> read(std::string_view bytes);
};

/// Distinct doubles, as long as they are few: an open-addressing table of their order keys. Whether
/// there are too many depends on the set alone, not on the order of insertion.
class DistinctValues {
 public:
  explicit DistinctValues(uint32_t most);

  void insert(uint64_t order_key);
  bool too_many() const { return too_many_; }
  /// Ascending.
  std::vector<uint64_t> sorted() const;

 private:
  uint32_t most_;
  bool too_many_ = false;
  uint64_t latest_ = 0;          // skips runs of equal values
  std::vector<uint64_t> slots_;  // 0 is free: no value has that key
  uint32_t used_ = 0;
};

/// Counts of the rows with a positive weight.
class BinCountState final : public PassState {
 public:
  struct FeatureCount {
    DistinctValues values;         // numbers
    std::vector<uint64_t> levels;  // categories: rows per level
    uint64_t missing = 0;          // rows; an unseen level is missing
  };

  explicit BinCountState(const BinCountRequest& request);

  void add(const Block& block) override;
  Result<void> merge(PassState&& other) override;
  void write(Bytes& out) const override;
  static Result<std::unique_ptr<PassState>> read(std::string_view parameters,
                                                 std::string_view state);

  const std::vector<FeatureCount>& features() const { return features_; }
  RowStats stats() const;

 private:
  void add_rows(const Block& block);
  void add_feature(FeatureCount& count, const FeatureColumn& column, const Block& block) const;

  uint32_t most_values_;
  std::vector<FeatureCount> features_;
  uint64_t rows_ = 0;
  double smallest_label_;
  double largest_label_;
  double largest_weight_ = 0;
  bool integral_weights_ = true;
  /// Exact sums of weights in any order: integer mantissas by exponent.
  std::map<int32_t, Sum128> weight_sums_;
};

PassInfo bin_count_pass();

}  // namespace skymill
