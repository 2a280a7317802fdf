#include "train/tree_builder.h"

#include <algorithm>
#include <limits>
#include <queue>

namespace skymill {
namespace {

/// Visits a tree's nodes parent first, left subtree before the right one; visit(old number, new
/// number, new number of the left child or 0).
template <typename Visit>
void walk(const GrownTree& tree, const Visit& visit) {
  std::vector<std::pair<uint32_t, uint32_t>> stack{{0, 0}};
  uint32_t next = 1;
  while (!stack.empty()) {
    const auto [from, to] = stack.back();
    stack.pop_back();
    const GrownNode& node = tree.nodes[from];
    if (node.feature == GrownNode::kLeaf) {
      visit(from, to, 0);
      continue;
    }
    visit(from, to, next);
    stack.emplace_back(node.left + 1, next + 1);
    stack.emplace_back(node.left, next);
    next += 2;
  }
}

/// Where a tree's parts start in the ensemble's arrays.
struct Offsets {
  size_t node = 0;
  size_t leaf = 0;
  size_t word = 0;
};

size_t level_words(const FeatureBins& bins) { return (bins.level_bin.size() + 63) / 64; }

Offsets sizes(const GrownTree& tree, const std::vector<FeatureBins>& bins) {
  Offsets size;
  for (const GrownNode& node : tree.nodes) {
    ++size.node;
    if (node.feature == GrownNode::kLeaf) {
      ++size.leaf;
    } else if (node.category) {
      size.word += 1 + level_words(bins[static_cast<size_t>(node.feature)]);
    }
  }
  return size;
}

/// Whether bin = level, so that a set of bins is the set of levels.
bool bins_are_levels(const FeatureBins& bins) {
  for (size_t level = 0; level < bins.level_bin.size(); ++level) {
    if (bins.level_bin[level] != level) return false;
  }
  return true;
}

class Filler {
 public:
  Filler(const GrowSetup& setup, const std::vector<FeatureBins>& bins, TreeEnsemble& out)
      : setup_(setup), bins_(bins), out_(out) {
    for (const FeatureBins& feature : bins) plain_.push_back(bins_are_levels(feature));
  }

  /// Copies a tree to `at`; adds its gains to `gain`, per feature.
  void fill(const GrownTree& tree, Offsets at, std::span<double> gain) const {
    const auto root = static_cast<uint32_t>(at.node);
    walk(tree, [&](uint32_t from, uint32_t to, uint32_t left) {
      const GrownNode& node = tree.nodes[from];
      const size_t n = at.node + to;
      out_.feature[n] = node.feature;
      out_.missing_left[n] = node.missing_left ? 1 : 0;
      if (node.feature == GrownNode::kLeaf) {
        const size_t width = setup_.target.width();
        setup_.target.leaf_values(tree.leaf_totals.data() + node.left * width,
                                  out_.leaf_values.data() + at.leaf * out_.outputs);
        out_.left[n] = static_cast<uint32_t>(at.leaf++);
        return;
      }
      const auto feature = static_cast<size_t>(node.feature);
      out_.left[n] = root + left;
      gain[feature] += tree.gain[from];
      if (node.category) {
        out_.set_start[n] = static_cast<uint32_t>(at.word);
        write_set(tree, node, out_.set_words.data() + at.word);
        at.word += 1 + level_words(bins_[feature]);
      } else {
        const std::vector<double>& upper = bins_[feature].upper;
        // A cut after all values only parts them from missing ones.
        out_.threshold[n] =
            node.value < upper.size() ? upper[node.value] : std::numeric_limits<double>::max();
      }
    });
  }

 private:
  void write_set(const GrownTree& tree, const GrownNode& node, uint64_t* to) const {
    const FeatureBins& bins = bins_[static_cast<size_t>(node.feature)];
    const size_t levels = bins.level_bin.size();
    const uint64_t* set = tree.sets.data() + node.value;
    *to++ = level_words(bins);
    if (plain_[static_cast<size_t>(node.feature)]) {
      std::copy_n(set, level_words(bins), to);
      if (levels % 64 != 0) to[levels / 64] &= (uint64_t{1} << (levels % 64)) - 1;
      return;
    }
    for (size_t level = 0; level < levels; ++level) {
      const uint8_t bin = bins.level_bin[level];
      to[level >> 6] |= (set[bin >> 6] >> (bin & 63) & 1) << (level & 63);
    }
  }

  const GrowSetup& setup_;
  const std::vector<FeatureBins>& bins_;
  TreeEnsemble& out_;
  std::vector<bool> plain_;
};

std::vector<double> shares(std::span<const std::vector<double>> gains, size_t features) {
  std::vector<double> sum(features);
  for (const auto& gain : gains) {  // in the order of the trees
    for (size_t f = 0; f < features; ++f) sum[f] += gain[f];
  }
  double total = 0;
  for (const double gain : sum) total += gain;
  for (double& gain : sum) gain = total > 0 ? gain / total : 0;
  return sum;
}

}  // namespace

Result<BuiltTrees> build_trees(std::span<const GrownTree> trees, const GrowSetup& setup,
                               const std::vector<FeatureBins>& bins, ThreadPool& pool) {
  BuiltTrees built;
  TreeEnsemble& body = built.body;
  body.outputs = setup.target.outputs();
  body.classification = setup.target.classification;
  std::vector<Offsets> starts;
  Offsets end;
  for (const GrownTree& tree : trees) {
    starts.push_back(end);
    const Offsets size = sizes(tree, bins);
    end = {end.node + size.node, end.leaf + size.leaf, end.word + size.word};
    body.roots.push_back(static_cast<uint32_t>(starts.back().node));
  }
  if (std::max(end.node, end.word) > std::numeric_limits<uint32_t>::max()) {
    return Error{Code::kResourceExhausted, "the trees are too large for one model",
                 "grow fewer trees, or smaller ones: raise min_rows or lower max_depth"};
  }
  body.feature.resize(end.node);
  body.threshold.resize(end.node);
  body.left.resize(end.node);
  body.missing_left.resize(end.node);
  body.set_start.resize(end.node);
  body.set_words.resize(end.word);
  body.leaf_values.resize(end.leaf * body.outputs);

  const Filler filler(setup, bins, body);
  std::vector<std::vector<double>> gains(trees.size(), std::vector<double>(bins.size()));
  pool.parallel_for(trees.size(),
                    [&](size_t t, unsigned) { filler.fill(trees[t], starts[t], gains[t]); });
  built.importance = shares(gains, bins.size());
  return built;
}

namespace {

/// Totals of all nodes from those of the leaves; children come after their parents.
std::vector<int64_t> node_totals(const GrownTree& tree, uint32_t width) {
  std::vector<int64_t> totals(tree.nodes.size() * width);
  for (size_t n = tree.nodes.size(); n-- > 0;) {
    const GrownNode& node = tree.nodes[n];
    const bool leaf = node.feature == GrownNode::kLeaf;
    for (uint32_t k = 0; k < width; ++k) {
      totals[n * width + k] = leaf ? tree.leaf_totals[size_t{node.left} * width + k]
                                   : totals[size_t{node.left} * width + k] +
                                         totals[(size_t{node.left} + 1) * width + k];
    }
  }
  return totals;
}

/// A node that may be split next, or a leaf.
struct Candidate {
  double gain;
  uint32_t from;  // in the old tree
  uint32_t to;    // in the new one, which also says who came first
  bool operator<(const Candidate& other) const {
    return gain != other.gain ? gain < other.gain : to > other.to;
  }
};

constexpr uint32_t kStillInner = 0xFFFFFFFF;

/// The new leaf of each old one, given the nodes that became leaves; children come after parents.
std::vector<uint32_t> leaf_map(const GrownTree& tree, std::vector<uint32_t> new_leaf_of_node,
                               size_t old_leaves) {
  std::vector<uint32_t> map(old_leaves);
  for (size_t n = 0; n < tree.nodes.size(); ++n) {
    const GrownNode& node = tree.nodes[n];
    const uint32_t leaf = new_leaf_of_node[n];
    if (leaf == kStillInner) continue;
    if (node.feature == GrownNode::kLeaf) {
      map[node.left] = leaf;
    } else {
      new_leaf_of_node[node.left] = new_leaf_of_node[node.left + 1] = leaf;
    }
  }
  return map;
}

}  // namespace

std::vector<uint32_t> limit_leaves(GrownTree& tree, uint32_t max_leaves, uint32_t width) {
  const size_t old_leaves = tree.leaf_totals.size() / width;
  if (max_leaves == 0 || old_leaves <= max_leaves) return {};
  GrownTree kept;
  kept.clear();
  kept.every_row = tree.every_row;
  std::priority_queue<Candidate> open;
  std::vector<Candidate> leaves;
  const auto consider = [&](uint32_t from, uint32_t to) {
    if (tree.nodes[from].feature == GrownNode::kLeaf) {
      leaves.push_back({0, from, to});
    } else {
      open.push({tree.gain[from], from, to});
    }
  };
  consider(0, 0);
  for (uint32_t count = 1; count < max_leaves && !open.empty(); ++count) {
    const Candidate best = open.top();
    open.pop();
    const auto child = static_cast<uint32_t>(kept.nodes.size());
    kept.nodes[best.to] = tree.nodes[best.from];  // sets stay where they are
    kept.nodes[best.to].left = child;
    kept.gain[best.to] = best.gain;
    kept.nodes.resize(child + 2);
    kept.gain.resize(child + 2);
    consider(tree.nodes[best.from].left, child);
    consider(tree.nodes[best.from].left + 1, child + 1);
  }
  for (; !open.empty(); open.pop()) leaves.push_back(open.top());
  const std::vector<int64_t> totals = node_totals(tree, width);
  std::vector<uint32_t> new_leaf_of_node(tree.nodes.size(), kStillInner);
  for (const Candidate& leaf : leaves) {
    kept.add_leaf(leaf.to, totals.data() + size_t{leaf.from} * width, width);
    new_leaf_of_node[leaf.from] = kept.nodes[leaf.to].left;
  }
  std::vector<uint32_t> map = leaf_map(tree, std::move(new_leaf_of_node), old_leaves);
  kept.sets = std::move(tree.sets);
  tree = std::move(kept);
  return map;
}

}  // namespace skymill
