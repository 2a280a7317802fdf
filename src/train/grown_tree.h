// GrownTree: a tree on bins while it grows, and the rules it grows by; tree_builder.h turns it into
// a model.
#pragma once

#include <cstdint>
#include <vector>

#include "train/tree_draws.h"
#include "train/tree_target.h"

namespace skymill {

/// A feature as growers see it. The last bin holds missing values.
struct TreeFeature {
  bool category = false;
  uint32_t num_bins = 1;
  bool usable = false;  // has rows in at least two bins
};

struct GrowRules {
  uint32_t trees = 1;
  uint32_t max_depth = 8;   // the root has depth 0
  uint32_t max_leaves = 0;  // 0: no limit
  uint64_t min_rows = 5;    // in a leaf
  uint32_t features_per_split = 0;
  double sample = 0;  // 0: every tree takes every row once
  uint64_t seed = 0;
};

/// All that a grower needs to know beside the rows.
struct GrowSetup {
  GrowRules rules;
  TreeTarget target;
  std::vector<TreeFeature> features;
  std::vector<uint32_t> usable;  // indices of features
  int64_t min_weight = 1;        // of a leaf

  static GrowSetup make(const GrowRules& rules, const TreeTarget& target,
                        std::vector<TreeFeature> features, const RowStats& stats);
  /// A node that stays a leaf whatever the features say.
  bool is_leaf(const int64_t* totals, uint32_t depth) const {
    return depth >= rules.max_depth || totals[0] < 2 * min_weight || target.is_pure(totals) ||
           usable.empty();
  }
};

/// A bin goes left when
///   number:   (bin + shift) mod 256 ≤ cut; the shift moves the last bin, missing, before the
///   others
///             where missing values go left
///   category: bit `bin` of the words from sets[value]
struct GrownNode {
  static constexpr int32_t kLeaf = -1;

  int32_t feature = kLeaf;
  uint32_t left = 0;   // child, right = left + 1; for a leaf, its index
  uint32_t value = 0;  // numbers: the last bin of values on the left
  uint8_t shift = 0;
  uint8_t cut = 0;
  bool category = false;
  bool missing_left = false;
};

struct Split;  // split_finder.h

struct GrownTree {
  std::vector<GrownNode> nodes;
  std::vector<double> gain;  // per node: how much its split lowers the sum of squared errors
  std::vector<uint64_t> sets;
  std::vector<int64_t> leaf_totals;  // TreeTarget::width() values per leaf
  bool every_row = false;            // its sample came out empty, so it took every row once

  bool goes_left(const GrownNode& node, uint32_t bin) const {
    if (node.category) return (sets[node.value + (bin >> 6)] >> (bin & 63) & 1) != 0;
    return static_cast<uint8_t>(bin + node.shift) <= node.cut;
  }
  /// One node, that is neither split nor a leaf yet.
  void clear();
  /// Returns the left child.
  uint32_t add_split(uint32_t node, const Split& split, uint32_t num_bins);
  void add_leaf(uint32_t node, const int64_t* totals, uint32_t width) {
    nodes[node].left = static_cast<uint32_t>(leaf_totals.size() / width);
    leaf_totals.insert(leaf_totals.end(), totals, totals + width);
  }

  void write(ByteWriter& out) const;  // nodes and sets
  /// Errors: indices that a walk over rows of `features` features could leave the tree by.
  static Result<GrownTree> read(ByteReader& in, std::span<const uint32_t> num_bins);
};

}  // namespace skymill
