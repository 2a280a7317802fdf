// Draws of a forest: rows by (seed, tree, key), features by (seed, tree, node path). Nothing else
// enters, so threads, partitions and the order of growth cannot change a tree.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"

namespace skymill {

inline uint64_t tree_seed(uint64_t seed, uint64_t tree) {
  return mix_bits(mix_bits(seed) ^ (tree + 1));
}
/// The root's path; a child's follows from its parent's.
inline uint64_t root_path(uint64_t tree_seed) { return mix_bits(~tree_seed); }
inline uint64_t child_path(uint64_t path, bool right) {
  return mix_bits(path * 2 + (right ? 2 : 1));
}

/// How often a tree takes a row: Poisson(sample) numbers, the bootstrap without a fixed total
/// (Oza & Russell 2001, "Online bagging"), capped at 8.
class RowDraw {
 public:
  static constexpr uint32_t kMostTimes = 8;

  /// `sample` > 0: rows drawn, with replacement, as a share of all rows.
  explicit RowDraw(double sample);

  /// `mixed_key` = mix_bits(key), so that a row mixes its key once for all trees.
  uint32_t times(uint64_t tree_seed, uint64_t mixed_key) const {
    const auto hash = static_cast<uint32_t>(mix_bits(tree_seed ^ mixed_key) >> 32);
    uint32_t times = 0;
    for (const uint32_t limit : limits_) times += hash > limit ? 1 : 0;
    return times;
  }

 private:
  std::array<uint32_t, kMostTimes> limits_;  // P(times ≤ k) · 2^32
};

/// The features a node looks at: a random order of them, as far as it is asked for.
class FeatureDraw {
 public:
  explicit FeatureDraw(uint32_t features) : order_(features) {
    for (uint32_t f = 0; f < features; ++f) order_[f] = f;
  }

  /// Starts the order of the node with this path.
  void begin(uint64_t path) {
    while (drawn_ > 0) {  // undo, so that every node starts from the same order
      --drawn_;
      std::swap(order_[drawn_], order_[swapped_[drawn_]]);
    }
    state_ = path;
  }
  bool empty() const { return drawn_ == order_.size(); }
  uint32_t next() {
    state_ = mix_bits(state_);
    const auto rest = static_cast<uint32_t>(order_.size()) - drawn_;
    const uint32_t other = drawn_ + static_cast<uint32_t>((state_ >> 32) * rest >> 32);
    std::swap(order_[drawn_], order_[other]);
    if (swapped_.size() <= drawn_) swapped_.resize(drawn_ + 1);
    swapped_[drawn_] = other;
    return order_[drawn_++];
  }

 private:
  std::vector<uint32_t> order_;
  std::vector<uint32_t> swapped_;
  uint32_t drawn_ = 0;
  uint64_t state_ = 0;
};

}  // namespace skymill
