// TreeEnsemble: binary trees whose leaves are averaged: decision tree and random forest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rows/block.h"

namespace skymill {

/// All trees' nodes in shared arrays. A node goes left when
///   number:   x ≤ threshold
///   category: bit `code` of its level set is 1
///   missing (NaN, missing or unseen code, a code beyond the set): missing_left is 1
/// Children stand side by side after their parent: right = left + 1, left > node, so walks end.
struct TreeEnsemble {
  static constexpr int32_t kLeaf = -1;

  uint32_t outputs = 1;  // per leaf: 1 (a mean, or the probability of class 1 of 2), or the classes
  bool classification = false;
  std::vector<uint32_t> roots;  // one per tree

  // One entry per node.
  std::vector<int32_t> feature;       // kLeaf for leaves
  std::vector<double> threshold;      // number splits
  std::vector<uint32_t> left;         // child; for a leaf, its index into leaf_values / outputs
  std::vector<uint8_t> missing_left;  // 0 or 1
  std::vector<uint32_t> set_start;    // category splits: first word in set_words

  /// Level sets: a length in words, then the words; level l is bit l & 63 of word l >> 6.
  std::vector<uint64_t> set_words;
  std::vector<double> leaf_values;

  bool operator==(const TreeEnsemble&) const = default;
};

/// Index of the leaf that row `row` of `block` reaches in the tree rooted at `root`.
uint32_t find_leaf(const TreeEnsemble& trees, uint32_t root, const Block& block, size_t row);

/// Mean of the trees' leaf values in tree order; `scores` is row-major with `outputs` a row.
void mean_leaf_values(const TreeEnsemble& trees, const Block& block, std::span<double> scores);

}  // namespace skymill
