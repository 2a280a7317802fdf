// SplitFinder: the one place that chooses a node's split, from integer histograms. Every grower
// feeds it the same integers and so grows the same tree.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "train/grown_tree.h"

namespace skymill {

inline constexpr uint32_t kMostBins = 256;
/// Bit `bin` is set when rows in that bin go left.
using BinSet = std::array<uint64_t, kMostBins / 64>;

/// One feature's histogram in one node: the bins that have rows, ascending.
struct BinGroups {
  explicit BinGroups(uint32_t sums) : sum(size_t{kMostBins} * sums) {}

  uint32_t count = 0;
  std::array<uint8_t, kMostBins> bin;
  std::array<int64_t, kMostBins> weight;
  std::vector<int64_t> sum;  // count · TreeTarget::sums, row-major
};

struct Split {
  uint32_t feature = 0;
  double gain = 0;             // decrease of Σ weight · squared error, in squared target units
  uint32_t last_left_bin = 0;  // numbers
  bool category = false;
  bool missing_left = false;
  BinSet left = {};  // of all bins of the feature, whether they have rows here or not
};

/// Idea: with weight n and target sums s of the node, and n_l, s_l of its left part, the decrease
/// of the squared error is  Σ_k (s_lk·n − s_k·n_l)² / (n·n_l·n_r);  for class indicators as targets
/// that is the gini decrease (Breiman et al. 1984, §4.3 and §8.4), so one formula serves
/// regression (k = 1), two classes (k = 1) and more (k = classes).
/// Numbers: cuts between bins. Categories: levels in the order of their mean target, which holds
/// the best of all subsets for k = 1 (Fisher 1958; Breiman et al. §9.4); for more classes the
/// orders by the share of each of the (at most 8) most frequent classes of the node, a heuristic.
/// Missing: each cut is tried with missing rows on the right, then on the left; all present rows
/// against the missing ones is a cut too. Where a node has none, missing rows follow the heavier
/// child (the left one of equals), and so do levels that the node has no rows of.
/// Ties: the lower feature; then missing on the right; then the lower bin (categories: the lower
/// mean). A cut in empty bins is put in their middle.
/// Exact: sums are integers, centred on the node's mean before they become doubles; each score is
/// plain double arithmetic in a fixed order, so growers and hosts agree.
/// Cost: O(bins with rows · k), sorting for categories. Test: split_finder_test.cc.
class SplitFinder {
 public:
  SplitFinder(uint32_t sums, int64_t min_weight);
  SplitFinder(const SplitFinder&) = delete;
  SplitFinder& operator=(const SplitFinder&) = delete;

  /// Starts a node; `totals` = {weight, sums…}.
  void begin(std::span<const int64_t> totals);
  /// To be filled before each offer; its content is undefined.
  BinGroups& groups() { return *groups_; }
  /// Looks at groups() as the histogram of `feature`.
  void offer(uint32_t feature, const TreeFeature& shape);
  bool found() const { return best_.score > 0; }
  /// Completes the best split and gives the totals of its left part. Precondition: found().
  Split finish(const TreeFeature& shape, std::span<int64_t> left_totals);
  uint32_t best_feature() const { return best_.feature; }

 private:
  struct Cut {
    double score = 0;
    uint32_t feature = 0;
    uint32_t last = 0;  // groups 0..last go left
    uint32_t order_class = 0;
    bool missing_left = false;
  };

  void scan(Cut& best, uint32_t values);
  void scan_from(Cut& best, uint32_t cuts, bool missing_left);
  void scan_classes_from(Cut& best, uint32_t cuts, bool missing_left);
  void sort_by_share(BinGroups& groups, uint32_t values, uint32_t sum);
  void pick_order_classes();
  uint32_t values_of(const BinGroups& groups, const TreeFeature& shape) const;
  void set_sides(const TreeFeature& shape, bool heavier_left, Split& split) const;

  uint32_t sums_;
  int64_t min_weight_;
  std::vector<int64_t> totals_;
  int64_t mean_ = 0;  // of the targets, rounded down
  std::vector<uint32_t> order_classes_;
  BinGroups buffers_[2];
  BinGroups* groups_ = &buffers_[0];
  BinGroups* best_groups_ = &buffers_[1];
  Cut best_;
  std::vector<int64_t> left_;                  // running sums of a scan
  std::array<uint64_t, kMostBins> sort_keys_;  // scratch
  BinGroups sorted_;
};

}  // namespace skymill
