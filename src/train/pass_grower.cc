#include "train/pass_grower.h"

#include <algorithm>
#include <deque>

#include "train/split_finder.h"

namespace skymill {
namespace {

constexpr uint64_t kMostHistogramBytes = uint64_t{64} << 20;  // of a round; a state per thread

class PassGrower {
 public:
  PassGrower(RowSource& source, const BinnedRows& rows, const GrowSetup& setup,
             uint64_t memory_bytes, RunContext& context)
      : source_(source),
        rows_(rows),
        setup_(setup),
        context_(context),
        width_(setup.target.width()),
        draw_(static_cast<uint32_t>(setup.usable.size())),
        finder_(setup.target.sums, setup.min_weight),
        left_(width_),
        budget_(std::min(kMostHistogramBytes, memory_bytes / (4 * (context.pool.threads() + 1)))) {}

  Result<std::vector<GrownTree>> grow();

 private:
  struct Open {
    uint32_t tree;
    uint32_t node;
    uint32_t depth;
    uint64_t path;
    bool all_features;            // the drawn ones could not split it
    std::vector<int64_t> totals;  // empty: a root, not known yet
  };

  HistogramRequest next_round(std::vector<Open>& round);
  void choose_features(const Open& open, std::vector<uint32_t>& features);
  void answer(Open& open, size_t slot, const TreeHistogramState& state,
              const std::vector<uint32_t>& features);
  void answer_root(Open& open, const int64_t* totals);
  void offer(uint32_t feature, const int64_t* histogram);
  void split(const Open& open);
  void close(const Open& open) {
    trees_[open.tree].add_leaf(open.node, open.totals.data(), width_);
  }

  RowSource& source_;
  const BinnedRows& rows_;
  const GrowSetup& setup_;
  RunContext& context_;
  const uint32_t width_;
  FeatureDraw draw_;
  SplitFinder finder_;
  std::vector<int64_t> left_;
  const uint64_t budget_;
  std::vector<GrownTree> trees_;
  std::deque<Open> frontier_;
};

/// The features a node asks for, in the order they are tried.
void PassGrower::choose_features(const Open& open, std::vector<uint32_t>& features) {
  features.clear();
  draw_.begin(open.path);
  for (uint32_t i = 0; i < setup_.rules.features_per_split && !draw_.empty(); ++i) {
    const uint32_t feature = setup_.usable[draw_.next()];
    if (!open.all_features) features.push_back(feature);
  }
  while (open.all_features && !draw_.empty()) features.push_back(setup_.usable[draw_.next()]);
}

/// Takes nodes off the frontier, at least one, while their histograms fit.
HistogramRequest PassGrower::next_round(std::vector<Open>& round) {
  HistogramRequest request{.setup = setup_};
  std::vector<uint32_t> place(trees_.size(), HistogramRequest::kNotAsked);
  uint64_t bytes = 0;
  round.clear();
  while (!frontier_.empty()) {
    const Open& open = frontier_.front();
    HistogramRequest::Slot slot;
    choose_features(open, slot.features);
    bytes += TreeHistogramState::slot_bytes(setup_, slot.features);
    if (bytes > budget_ && !round.empty()) break;
    if (place[open.tree] == HistogramRequest::kNotAsked) {
      place[open.tree] = static_cast<uint32_t>(request.trees.size());
      const GrownTree& tree = trees_[open.tree];
      request.trees.push_back(
          {.number = open.tree,
           .tree = {.nodes = tree.nodes, .sets = tree.sets, .every_row = tree.every_row}});
      request.trees.back().slot.assign(tree.nodes.size(), HistogramRequest::kNotAsked);
    }
    request.trees[place[open.tree]].slot[open.node] = static_cast<uint32_t>(request.slots.size());
    request.slots.push_back(std::move(slot));
    round.push_back(std::move(frontier_.front()));
    frontier_.pop_front();
  }
  return request;
}

void PassGrower::offer(uint32_t feature, const int64_t* histogram) {
  const TreeFeature& shape = setup_.features[feature];
  BinGroups& groups = finder_.groups();
  groups.count = 0;
  for (uint32_t bin = 0; bin < shape.num_bins; ++bin, histogram += width_) {
    if (histogram[0] == 0) continue;
    groups.bin[groups.count] = static_cast<uint8_t>(bin);
    groups.weight[groups.count] = histogram[0];
    const size_t first = size_t{groups.count} * (width_ - 1);
    std::copy_n(histogram + 1, width_ - 1, &groups.sum[first]);
    ++groups.count;
  }
  finder_.offer(feature, shape);
}

void PassGrower::split(const Open& open) {
  GrownTree& tree = trees_[open.tree];
  const TreeFeature& shape = setup_.features[finder_.best_feature()];
  const Split split = finder_.finish(shape, left_);
  const uint32_t child = tree.add_split(open.node, split, shape.num_bins);
  for (const bool right : {false, true}) {
    Open next{.tree = open.tree,
              .node = child + (right ? 1 : 0),
              .depth = open.depth + 1,
              .path = child_path(open.path, right),
              .all_features = false,
              .totals = left_};
    for (uint32_t k = 0; right && k < width_; ++k) next.totals[k] = open.totals[k] - left_[k];
    if (setup_.is_leaf(next.totals.data(), next.depth)) {
      close(next);
    } else {
      frontier_.push_back(std::move(next));
    }
  }
}

/// A root's totals come with its histograms; an empty sample asks again, with every row.
void PassGrower::answer_root(Open& open, const int64_t* totals) {
  if (totals[0] > 0) {
    open.totals.assign(totals, totals + width_);
    return;
  }
  SKYMILL_CHECK(!trees_[open.tree].every_row);
  trees_[open.tree].every_row = true;
  frontier_.push_back(open);
}

void PassGrower::answer(Open& open, size_t slot, const TreeHistogramState& state,
                        const std::vector<uint32_t>& features) {
  if (open.totals.empty()) {
    answer_root(open, state.totals(slot));
    if (open.totals.empty()) return;
    if (setup_.is_leaf(open.totals.data(), 0)) return close(open);
  }
  finder_.begin(open.totals);
  for (size_t i = 0; i < features.size(); ++i) {
    offer(features[i], state.histogram(slot, i));
    if (open.all_features && finder_.found()) break;  // one feature more at a time
  }
  if (finder_.found()) return split(open);
  if (open.all_features || features.size() == setup_.usable.size()) return close(open);
  open.all_features = true;
  frontier_.push_back(std::move(open));
}

Result<std::vector<GrownTree>> PassGrower::grow() {
  trees_.resize(setup_.rules.trees);
  for (uint32_t t = 0; t < setup_.rules.trees; ++t) {
    trees_[t].clear();
    frontier_.push_back({.tree = t,
                         .node = 0,
                         .depth = 0,
                         .path = root_path(tree_seed(setup_.rules.seed, t)),
                         .all_features = false,
                         .totals = {}});
  }
  std::vector<Open> round;
  while (!frontier_.empty()) {
    SKYMILL_TRY(context_.cancel.check());
    const HistogramRequest request = next_round(round);
    Job job{.pass = "tree_histogram", .rows = rows_.rows, .transforms = rows_.transforms};
    request.write(job.parameters);
    const auto state = SKYMILL_TRY(run_one<TreeHistogramState>(source_, std::move(job), context_));
    for (size_t slot = 0; slot < round.size(); ++slot) {
      answer(round[slot], slot, *state, request.slots[slot].features);
    }
  }
  return std::move(trees_);
}

}  // namespace

Result<std::vector<GrownTree>> grow_by_passes(RowSource& source, const BinnedRows& rows,
                                              const GrowSetup& setup, uint64_t memory_bytes,
                                              RunContext& context) {
  SKYMILL_TRY(source.keep(rows.transforms));
  auto trees = PassGrower(source, rows, setup, memory_bytes, context).grow();
  SKYMILL_TRY(source.keep({}));
  return trees;
}

Result<OutOfBagSums> score_out_of_bag_by_pass(RowSource& source, const BinnedRows& rows,
                                              std::span<const GrownTree> trees,
                                              const GrowSetup& setup, RunContext& context) {
  HistogramRequest request{.setup = setup, .out_of_bag = true};
  for (uint64_t t = 0; t < trees.size(); ++t) {
    request.trees.push_back({.number = t, .tree = trees[t], .slot = {}});
  }
  Job job{.pass = "tree_histogram", .rows = rows.rows, .transforms = rows.transforms};
  request.write(job.parameters);
  const auto state = SKYMILL_TRY(run_one<TreeHistogramState>(source, std::move(job), context));
  return state->out_of_bag();
}

}  // namespace skymill
