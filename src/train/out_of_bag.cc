#include "train/out_of_bag.h"

#include <algorithm>
#include <cmath>

#include "evaluate/classification_metrics.h"
#include "train/split_finder.h"

namespace skymill {
namespace {

constexpr size_t kWalks = 48;  // walked at once, so that their cache misses overlap
constexpr double kLossUnits = 0x1p32;
constexpr double kProbabilityUnits = 0x1p40;
constexpr double kTargetUnits = 0x1p12;

void write_sum(ByteWriter& out, Sum128 sum) {
  out.put(static_cast<uint64_t>(sum));
  out.put(static_cast<uint64_t>(sum >> 64));
}

Result<Sum128> read_sum(ByteReader& in) {
  const auto low = SKYMILL_TRY(in.get<uint64_t>());
  const auto high = SKYMILL_TRY(in.get<uint64_t>());
  return static_cast<Sum128>(high) << 64 | static_cast<Sum128>(low);
}

double ratio(Sum128 a, Sum128 b) { return static_cast<double>(a) / static_cast<double>(b); }

}  // namespace

void OutOfBagSums::merge(const OutOfBagSums& other) {
  rows += other.rows;
  weight += other.weight;
  correct += other.correct;
  loss += other.loss;
  label += other.label;
  square += other.square;
}

void OutOfBagSums::write(ByteWriter& out) const {
  out.put(rows);
  for (const Sum128 sum : {weight, correct, loss, label, square}) write_sum(out, sum);
}

Result<OutOfBagSums> OutOfBagSums::read(ByteReader& in) {
  OutOfBagSums sums;
  sums.rows = SKYMILL_TRY(in.get<uint64_t>());
  for (Sum128* sum : {&sums.weight, &sums.correct, &sums.loss, &sums.label, &sums.square}) {
    *sum = SKYMILL_TRY(read_sum(in));
  }
  return sums;
}

void OutOfBagSums::report(const TreeTarget& target, Json& details) const {
  if (weight == 0) return;
  details.set("oob_rows", Json(rows));
  if (target.classification) {
    details.set("oob_accuracy", Json(ratio(correct, weight)));
    details.set("oob_log_loss", Json(ratio(loss, weight) / kLossUnits));
    return;
  }
  const double mean = ratio(label, weight);
  const double spread = ratio(square, weight) - mean * mean;
  if (spread > 0) details.set("oob_r_squared", Json(1 - ratio(loss, weight) / spread));
}

void leaf_votes(const TreeTarget& target, const int64_t* totals, int64_t* votes) {
  const double unit = target.classification ? kProbabilityUnits : kTargetUnits;
  const auto weight = static_cast<double>(totals[0]);
  for (uint32_t k = 0; k < target.sums; ++k) {
    votes[k] =
        static_cast<int64_t>(std::floor(static_cast<double>(totals[1 + k]) / weight * unit + 0.5));
  }
}

void score_row(const TreeTarget& target, const OutOfBagRow& row, OutOfBagSums& sums) {
  const auto voters = static_cast<double>(row.voters);
  const Sum128 weight = row.weight;
  ++sums.rows;
  sums.weight += weight;
  if (!target.classification) {
    const double mean = static_cast<double>(row.votes[0]) / voters / kTargetUnits;
    const double error = mean - static_cast<double>(row.target);
    sums.loss += weight * static_cast<Sum128>(std::floor(error * error + 0.5));
    sums.label += weight * row.target;
    sums.square += weight * row.target * row.target;
    return;
  }
  double probability = 0;
  int32_t predicted = 0;
  if (target.sums == 1) {
    const double one = static_cast<double>(row.votes[0]) / voters / kProbabilityUnits;
    predicted = one > 0.5 ? 1 : 0;
    probability = row.target == 1 ? one : 1 - one;
  } else {
    predicted =
        static_cast<int32_t>(std::max_element(row.votes, row.votes + target.sums) - row.votes);
    probability = static_cast<double>(row.votes[row.target]) / voters / kProbabilityUnits;
  }
  if (predicted == row.target) sums.correct += weight;
  const double loss = log_loss_of(probability);
  sums.loss += weight * static_cast<Sum128>(std::floor(loss * kLossUnits + 0.5));
}

void OutOfBagVotes::add(const GrownTree& tree, const std::vector<uint32_t>& leaf_of_row,
                        const std::vector<uint32_t>& kept, const TreeTarget& target) {
  const size_t width = target.width();
  const size_t leaves = tree.leaf_totals.size() / width;
  std::vector<int64_t> votes(leaves * outputs_);
  for (size_t leaf = 0; leaf < leaves; ++leaf) {
    leaf_votes(target, tree.leaf_totals.data() + leaf * width, votes.data() + leaf * outputs_);
  }
  for (size_t stripe = 0; stripe < locks_.size(); ++stripe) {
    const size_t end = std::min(voters_.size(), (stripe + 1) * kStripe);
    const std::lock_guard lock(locks_[stripe]);
    for (size_t row = stripe * kStripe; row < end; ++row) {
      if (leaf_of_row[row] == kInBag) continue;
      const size_t leaf = kept.empty() ? leaf_of_row[row] : kept[leaf_of_row[row]];
      ++voters_[row];
      for (size_t k = 0; k < outputs_; ++k) {
        votes_[row * outputs_ + k] += votes[leaf * outputs_ + k];
      }
    }
  }
}

OutOfBagSums OutOfBagVotes::score(const LocalRows& rows, const TreeTarget& target,
                                  ThreadPool& pool) const {
  std::vector<OutOfBagSums> parts(locks_.size());
  pool.parallel_for(parts.size(), [&](size_t stripe, unsigned) {
    const size_t end = std::min(voters_.size(), (stripe + 1) * kStripe);
    for (size_t row = stripe * kStripe; row < end; ++row) {
      if (voters_[row] == 0) continue;
      score_row(target,
                {.votes = votes_.data() + row * outputs_,
                 .voters = voters_[row],
                 .weight = rows.weight(row),
                 .target = rows.target(row)},
                parts[stripe]);
    }
  });
  OutOfBagSums all;
  for (const OutOfBagSums& part : parts) all.merge(part);
  return all;
}

OutOfBagScorer::OutOfBagScorer(std::span<const GrownTree> trees, const GrowSetup& setup)
    : trees_(trees),
      setup_(setup),
      draw_(setup.rules.sample),
      voters_(kBatch),
      votes_(kBatch * setup.target.outputs()),
      leaf_(setup.target.outputs()) {
  out_.reserve(kBatch);
}

void OutOfBagScorer::add(const OutOfBagRows& rows, OutOfBagSums& sums) {
  for (size_t first = 0; first < rows.count; first += kBatch) {
    add_batch(rows, first, std::min(kBatch, rows.count - first), sums);
  }
}

void OutOfBagScorer::add_batch(const OutOfBagRows& rows, size_t first, size_t count,
                               OutOfBagSums& sums) {
  std::ranges::fill(voters_, 0);
  std::ranges::fill(votes_, 0);
  for (size_t t = 0; t < trees_.size(); ++t) {
    if (trees_[t].every_row) continue;
    const uint64_t seed = tree_seed(setup_.rules.seed, t);
    out_.clear();
    for (size_t row = 0; row < count; ++row) {
      if (rows.weights[first + row] > 0 && draw_.times(seed, rows.mixed_keys[first + row]) == 0) {
        out_.push_back(static_cast<uint32_t>(row));
      }
    }
    add_tree(t, rows, first);
  }
  for (size_t row = 0; row < count; ++row) {
    if (voters_[row] == 0) continue;
    score_row(setup_.target,
              {.votes = votes_.data() + row * setup_.target.outputs(),
               .voters = voters_[row],
               .weight = rows.weights[first + row],
               .target = rows.targets[first + row]},
              sums);
  }
}

/// Walks `count` rows from the root to their leaves, all one step at a time and without branches:
/// what a row asks of a node is unpredictable, so a wrong guess would cost more than the step. What
/// the next half step reads is fetched ahead, since a deep tree does not fit into the near cache.
void OutOfBagScorer::walk(const GrownTree& tree, const uint8_t* const* rows, size_t count,
                          uint32_t* at) {
  static constexpr uint64_t kNoSets[kMostBins / 64] = {};
  const uint64_t* sets = tree.sets.empty() ? kNoSets : tree.sets.data();
  const GrownNode* nodes = tree.nodes.data();
  uint32_t bins[kWalks];
  const uint64_t* words[kWalks];
  std::fill_n(at, count, 0);
  for (uint32_t walking = 1; walking != 0;) {
    for (size_t w = 0; w < count; ++w) {
      const GrownNode& node = nodes[at[w]];
      const uint32_t inner = node.feature >= 0 ? 1 : 0;
      const uint32_t category = node.category ? 1 : 0;
      bins[w] = rows[w][static_cast<uint32_t>(node.feature) & (0 - inner)];
      words[w] = sets + ((node.value + (bins[w] >> 6)) & (0 - category));
      __builtin_prefetch(words[w]);
    }
    walking = 0;
    for (size_t w = 0; w < count; ++w) {
      const GrownNode& node = nodes[at[w]];
      const uint32_t inner = node.feature >= 0 ? 1 : 0;
      const uint32_t category = node.category ? 1 : 0;
      const auto in_set = static_cast<uint32_t>(*words[w] >> (bins[w] & 63) & 1);
      const uint32_t below = static_cast<uint8_t>(bins[w] + node.shift) <= node.cut ? 1 : 0;
      const uint32_t left = (in_set & category) | (below & (category ^ 1));
      at[w] ^= (at[w] ^ (node.left + 1 - left)) & (0 - inner);
      __builtin_prefetch(nodes + at[w]);
      walking |= inner;
    }
  }
}

/// Adds the tree's leaf values to the rows in out_.
void OutOfBagScorer::add_tree(size_t t, const OutOfBagRows& rows, size_t first) {
  const GrownTree& tree = trees_[t];
  const size_t width = setup_.target.width();
  const size_t outputs = setup_.target.outputs();
  const uint8_t* walkers[kWalks];
  uint32_t at[kWalks];
  for (size_t from = 0; from < out_.size(); from += kWalks) {
    const size_t count = std::min(kWalks, out_.size() - from);
    for (size_t w = 0; w < count; ++w) {
      walkers[w] = rows.bins + (first + out_[from + w]) * rows.stride;
    }
    walk(tree, walkers, count, at);
    for (size_t w = 0; w < count; ++w) {
      const uint32_t row = out_[from + w];
      leaf_votes(setup_.target, tree.leaf_totals.data() + size_t{tree.nodes[at[w]].left} * width,
                 leaf_.data());
      for (size_t k = 0; k < outputs; ++k) votes_[row * outputs + k] += leaf_[k];
      ++voters_[row];
    }
  }
}

Result<OutOfBagSums> score_out_of_bag(const LocalRows& rows, std::span<const GrownTree> trees,
                                      const GrowSetup& setup, RunContext& context) {
  constexpr size_t kRows = OutOfBagScorer::kBatch;
  const size_t items = (rows.size() + kRows - 1) / kRows;
  std::vector<OutOfBagSums> sums(items);
  context.pool.parallel_for(items, [&](size_t item, unsigned) {
    if (!context.cancel.check()) return;
    OutOfBagScorer scorer(trees, setup);
    const size_t first = item * kRows;
    const size_t count = std::min(kRows, rows.size() - first);
    std::vector<uint64_t> keys(count);
    std::vector<uint32_t> weights(count);
    std::vector<int32_t> targets(count);
    for (size_t i = 0; i < count; ++i) {
      keys[i] = rows.mixed_key(first + i);
      weights[i] = rows.weight(first + i);
      targets[i] = rows.target(first + i);
    }
    scorer.add({.count = count,
                .bins = rows.record(first),
                .stride = rows.stride(),
                .mixed_keys = keys.data(),
                .weights = weights.data(),
                .targets = targets.data()},
               sums[item]);
  });
  SKYMILL_TRY(context.cancel.check());
  OutOfBagSums all;
  for (const OutOfBagSums& part : sums) all.merge(part);
  return all;
}

}  // namespace skymill
