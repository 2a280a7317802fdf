// Out-of-bag score: each row is predicted by the trees whose bootstrap left it out, which judges a
// forest without held-out rows (Breiman 2001, §3.1).
#pragma once

#include <array>

#include "base/json.h"
#include "train/local_grower.h"

namespace skymill {

/// Exact sums over rows, so that their order does not matter. Losses are in units of 2^-32 per row;
/// labels of a regression in the target's units.
struct OutOfBagSums {
  uint64_t rows = 0;
  Sum128 weight = 0;
  Sum128 correct = 0;  // weight of rows whose most probable class is theirs
  Sum128 loss = 0;     // weight · -ln p(class), or weight · squared error
  Sum128 label = 0;    // regression: weight · target
  Sum128 square = 0;   // regression: weight · target²

  void merge(const OutOfBagSums& other);
  void write(ByteWriter& out) const;
  static Result<OutOfBagSums> read(ByteReader& in);
  /// {oob_rows, oob_accuracy, oob_log_loss} or {oob_rows, oob_r_squared}; empty without rows.
  void report(const TreeTarget& target, Json& details) const;
};

/// Rows that stand together, row-major.
struct OutOfBagRows {
  size_t count = 0;
  const uint8_t* bins = nullptr;
  size_t stride = 0;
  const uint64_t* mixed_keys = nullptr;
  const uint32_t* weights = nullptr;
  const int32_t* targets = nullptr;
};

/// Predicts rows by the trees that did not take them: the mean of their leaf values, summed in tree
/// order. One thread each. Cost: rows · trees · (1 − share drawn) walks.
class OutOfBagScorer {
 public:
  static constexpr size_t kBatch = 16384;  // rows that walk a tree while it is in the cache

  OutOfBagScorer(std::span<const GrownTree> trees, const GrowSetup& setup);
  void add(const OutOfBagRows& rows, OutOfBagSums& sums);

 private:
  void add_batch(const OutOfBagRows& rows, size_t first, size_t count, OutOfBagSums& sums);
  static void walk(const GrownTree& tree, const uint8_t* const* rows, size_t count, uint32_t* at);
  void add_tree(size_t tree, const OutOfBagRows& rows, size_t first);
  void score(const OutOfBagRows& rows, size_t first, size_t row, OutOfBagSums& sums);

  std::span<const GrownTree> trees_;
  const GrowSetup& setup_;
  RowDraw draw_;
  std::vector<uint32_t> out_;     // rows of the batch that a tree left out
  std::vector<uint32_t> voters_;  // per row of the batch
  std::vector<double> values_;    // sums of leaf values, per row and output
  std::vector<double> leaf_;
};

/// Scores the rows in parallel.
Result<OutOfBagSums> score_out_of_bag(const LocalRows& rows, std::span<const GrownTree> trees,
                                      const GrowSetup& setup, RunContext& context);

}  // namespace skymill
