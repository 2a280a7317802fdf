// Out-of-bag score: each row is predicted by the trees whose bootstrap left it out, which judges a
// forest without held-out rows (Breiman 2001, §3.1).
#pragma once

#include <array>
#include <mutex>

#include "base/json.h"
#include "train/local_rows.h"

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

/// A leaf's values as integers, so that trees may vote in any order: probabilities in units of
/// 2^-40, means of targets in units of 2^-12.
void leaf_votes(const TreeTarget& target, const int64_t* totals, int64_t* votes);

/// Scores a row by the mean of its votes.
struct OutOfBagRow {
  const int64_t* votes = nullptr;  // sums over voters
  uint32_t voters = 0;             // > 0
  uint32_t weight = 0;
  int32_t target = 0;
};
void score_row(const TreeTarget& target, const OutOfBagRow& row, OutOfBagSums& sums);

/// The votes on all rows, collected while trees grow. Thread-safe.
class OutOfBagVotes {
 public:
  static constexpr uint32_t kInBag = 0xFFFFFFFF;

  OutOfBagVotes(size_t rows, const TreeTarget& target)
      : outputs_(target.outputs()),
        voters_(rows),
        votes_(rows * outputs_),
        locks_((rows + kStripe - 1) / kStripe) {}
  static uint64_t bytes(size_t rows, const TreeTarget& target) {
    return rows * (sizeof(uint32_t) + sizeof(int64_t) * target.outputs());
  }

  /// `kept` maps the leaves of `leaf_of_row` to those of `tree`; empty: they are the same.
  void add(const GrownTree& tree, const std::vector<uint32_t>& leaf_of_row,
           const std::vector<uint32_t>& kept, const TreeTarget& target);
  OutOfBagSums score(const LocalRows& rows, const TreeTarget& target, ThreadPool& pool) const;

 private:
  static constexpr size_t kStripe = 1 << 16;  // rows under one lock

  size_t outputs_;
  std::vector<uint32_t> voters_;
  std::vector<int64_t> votes_;
  std::vector<std::mutex> locks_;
};

/// Leads rows through the trees that did not take them: where rows are not followed while trees
/// grow. One thread each. Cost: rows · trees · (1 − share drawn) walks, about 50 ns each.
class OutOfBagScorer {
 public:
  static constexpr size_t kBatch = 16384;  // rows that walk a tree while it is in the cache

  OutOfBagScorer(std::span<const GrownTree> trees, const GrowSetup& setup);
  void add(const OutOfBagRows& rows, OutOfBagSums& sums);

 private:
  void add_batch(const OutOfBagRows& rows, size_t first, size_t count, OutOfBagSums& sums);
  static void walk(const GrownTree& tree, const uint8_t* const* rows, size_t count, uint32_t* at);
  void add_tree(size_t tree, const OutOfBagRows& rows, size_t first);

  std::span<const GrownTree> trees_;
  const GrowSetup& setup_;
  RowDraw draw_;
  std::vector<uint32_t> out_;     // rows of the batch that a tree left out
  std::vector<uint32_t> voters_;  // per row of the batch
  std::vector<int64_t> votes_;    // per row of the batch and output
  std::vector<int64_t> leaf_;
};

/// Scores the rows in parallel.
Result<OutOfBagSums> score_out_of_bag(const LocalRows& rows, std::span<const GrownTree> trees,
                                      const GrowSetup& setup, RunContext& context);

}  // namespace skymill
