// TreeBuilder: grown trees on bins become the TreeEnsemble of a model: thresholds as values, sets
// of levels as bitmaps, nodes in one order whoever grew them.
#pragma once

#include "base/thread_pool.h"
#include "body/tree_ensemble.h"
#include "rows/bins.h"
#include "train/grown_tree.h"

namespace skymill {

/// Keeps the `max_leaves` leaves that growing best-first would have: the largest gain is split
/// first (ties: the node that came up first, left before right). A node's split does not depend on
/// when it is grown, so pruning afterwards gives the same tree. Leaves that splits turn into are
/// summed up from their leaves. Shi 2007, "Best-first decision tree learning".
/// Returns the new leaf of each old one; empty when nothing changed.
std::vector<uint32_t> limit_leaves(GrownTree& tree, uint32_t max_leaves, uint32_t width);

struct BuiltTrees {
  TreeEnsemble body;
  std::vector<double>
      importance;  // per feature: share of the gain of all splits; 0s without splits
};

/// Nodes are numbered depth first, children in pairs. O(nodes + set words); threads fill their
/// trees' own ranges of the arrays. Errors: more nodes or set words than 32 bits can number.
Result<BuiltTrees> build_trees(std::span<const GrownTree> trees, const GrowSetup& setup,
                               const std::vector<FeatureBins>& bins, ThreadPool& pool);

}  // namespace skymill
