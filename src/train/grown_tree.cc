#include "train/grown_tree.h"

#include <algorithm>
#include <cmath>

#include "base/real_math.h"
#include "train/split_finder.h"

namespace skymill {

RowDraw::RowDraw(double sample) {
  // Own exp: the limits decide which rows a tree sees, so they must not depend on the host.
  double probability = real_exp(-sample);
  double sum = 0;
  for (uint32_t k = 0; k < kMostTimes; ++k) {
    sum += probability;
    limits_[k] = static_cast<uint32_t>(std::min(std::floor(sum * 0x1p32), 0xFFFFFFFFp0));
    probability *= sample / (k + 1);
  }
}

GrowSetup GrowSetup::make(const GrowRules& rules, const TreeTarget& target,
                          std::vector<TreeFeature> features, const RowStats& stats) {
  GrowSetup setup{.rules = rules, .target = target, .features = std::move(features)};
  for (uint32_t f = 0; f < setup.features.size(); ++f) {
    if (setup.features[f].usable) setup.usable.push_back(f);
  }
  setup.min_weight = target.weight_of_rows(rules.min_rows, stats);
  const auto usable = static_cast<uint32_t>(setup.usable.size());
  setup.rules.features_per_split = std::clamp(rules.features_per_split, 1U, std::max(1U, usable));
  return setup;
}

void GrownTree::clear() {
  nodes.assign(1, {});
  gain.assign(1, 0);
  sets.clear();
  leaf_totals.clear();
  every_row = false;
}

uint32_t GrownTree::add_split(uint32_t node, const Split& split, uint32_t num_bins) {
  const auto child = static_cast<uint32_t>(nodes.size());
  nodes[node] = {.feature = static_cast<int32_t>(split.feature),
                 .left = child,
                 .value = split.last_left_bin,
                 .category = split.category,
                 .missing_left = split.missing_left};
  if (split.category) {
    nodes[node].value = static_cast<uint32_t>(sets.size());
    sets.insert(sets.end(), split.left.begin(), split.left.begin() + (num_bins + 63) / 64);
  }
  if (split.missing_left && !split.category) {
    nodes[node].shift = static_cast<uint8_t>(kMostBins - (num_bins - 1));
  }
  nodes[node].cut = static_cast<uint8_t>(split.last_left_bin + nodes[node].shift);
  gain[node] = split.gain;
  nodes.resize(nodes.size() + 2);
  gain.resize(nodes.size());
  return child;
}

void GrownTree::write(ByteWriter& out) const {
  out.put(every_row);
  out.put(static_cast<uint64_t>(nodes.size()));
  for (const GrownNode& node : nodes) {
    out.put(node.feature);
    out.put(node.left);
    out.put(node.value);
    out.put(node.shift);
    out.put(node.cut);
    out.put(static_cast<uint8_t>((node.category ? 1 : 0) | (node.missing_left ? 2 : 0)));
  }
  out.put_array(sets);
  out.put_array(leaf_totals);
}

namespace {

Result<void> validate(const GrownTree& tree, std::span<const uint32_t> num_bins) {
  const Error damaged{Code::kCorruptData, "a grown tree is damaged"};
  if (tree.nodes.empty()) return damaged;
  for (size_t n = 0; n < tree.nodes.size(); ++n) {
    const GrownNode& node = tree.nodes[n];
    if (node.feature == GrownNode::kLeaf) continue;
    if (node.feature < 0 || static_cast<size_t>(node.feature) >= num_bins.size()) return damaged;
    if (node.left <= n || size_t{node.left} + 1 >= tree.nodes.size()) return damaged;
    const size_t words = (num_bins[static_cast<size_t>(node.feature)] + 63) / 64;
    if (node.category && size_t{node.value} + words > tree.sets.size()) return damaged;
  }
  return {};
}

}  // namespace

Result<GrownTree> GrownTree::read(ByteReader& in, std::span<const uint32_t> num_bins) {
  GrownTree tree;
  tree.every_row = SKYMILL_TRY(in.get<uint8_t>()) != 0;
  tree.nodes.resize(SKYMILL_TRY(in.get_count(15)));
  for (GrownNode& node : tree.nodes) {
    node.feature = SKYMILL_TRY(in.get<int32_t>());
    node.left = SKYMILL_TRY(in.get<uint32_t>());
    node.value = SKYMILL_TRY(in.get<uint32_t>());
    node.shift = SKYMILL_TRY(in.get<uint8_t>());
    node.cut = SKYMILL_TRY(in.get<uint8_t>());
    const auto flags = SKYMILL_TRY(in.get<uint8_t>());
    node.category = (flags & 1) != 0;
    node.missing_left = (flags & 2) != 0;
  }
  tree.sets = SKYMILL_TRY(in.get_array<uint64_t>());
  tree.leaf_totals = SKYMILL_TRY(in.get_array<int64_t>());
  SKYMILL_TRY(validate(tree, num_bins));
  return tree;
}

}  // namespace skymill
