#include "train/local_grower.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>
#include <optional>

#include "train/histogram_layout.h"
#include "train/tree_builder.h"

namespace skymill {
namespace {

constexpr uint32_t kSlots = 4;          // features counted in one read of the rows
constexpr size_t kMarkedRows = 192;     // nodes up to here mark the bins they touch
constexpr size_t kCheckRows = 1 << 19;  // rows between two looks at cancel

template <typename T>
void store(uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

/// Two copies of records, between which splits move them.
struct RecordBuffers {
  std::unique_ptr<uint8_t[]> side[2];
  size_t capacity = 0;

  /// Room for `used` records, and one more that a move may write beyond.
  void reserve(size_t used, size_t most, size_t stride) {
    if (capacity > used) return;
    capacity = std::min(most, used + used / 64) + 1;
    for (auto& buffer : side) buffer = std::make_unique_for_overwrite<uint8_t[]>(capacity * stride);
  }
};

/// A split, applied to a range of records. Left ones fill the other buffer upwards and right ones
/// downwards, without a branch; that reverses the right ones, which integer sums do not notice.
class RecordMove {
 public:
  RecordMove(const Split& split, size_t stride) : feature_(split.feature), stride_(stride) {
    for (uint32_t bin = 0; bin < kMostBins; ++bin) {
      go_left_[bin] = static_cast<uint8_t>(split.left[bin >> 6] >> (bin & 63) & 1);
    }
  }

  /// Moves records [begin, end) from `side`; returns the end of the left ones.
  size_t apply(RecordBuffers& buffers, bool side, size_t begin, size_t end) const {
    if (begin == end) return begin;
    const uint8_t* in = buffers.side[side ? 1 : 0].get() + begin * stride_;
    uint8_t* out = buffers.side[side ? 0 : 1].get() + begin * stride_;
    switch (stride_) {
      case 16:
        return begin + move<16>(in, out, end - begin);
      case 32:
        return begin + move<32>(in, out, end - begin);
      case 64:
        return begin + move<64>(in, out, end - begin);
      default:
        return begin + move<0>(in, out, end - begin);
    }
  }

 private:
  template <size_t kFixedStride>
  size_t move(const uint8_t* in, uint8_t* out, size_t rows) const {
    const size_t stride = kFixedStride != 0 ? kFixedStride : stride_;
    uint8_t* left = out;
    uint8_t* right = out + (rows - 1) * stride;
    for (size_t i = 0; i < rows; ++i, in += stride) {
      const size_t go_left = go_left_[in[feature_]];
      std::memcpy(left, in, stride);
      std::memcpy(right, in, stride);
      left += go_left * stride;
      right -= (1 - go_left) * stride;
    }
    return static_cast<size_t>(left - out) / stride;
  }

  size_t feature_;
  size_t stride_;
  uint8_t go_left_[kMostBins];
};

/// Grows one tree after another; a thread has its own.
template <typename Layout>
class TreeGrower {
 public:
  /// With `follow`, the rows that a bootstrap leaves out are led to their leaves as well.
  TreeGrower(const LocalRows& rows, const GrowSetup& setup, bool follow, const Cancel& cancel)
      : rows_(rows),
        setup_(setup),
        follow_(follow),
        cancel_(cancel),
        stride_(rows.stride()),
        width_(setup.target.width()),
        layout_(setup.target.sums),
        draw_(static_cast<uint32_t>(setup.usable.size())),
        finder_(setup.target.sums, setup.min_weight),
        histogram_(kSlots * layout_.entries()),
        current_(width_),
        left_(width_) {
    if (setup.rules.sample > 0) row_draw_.emplace(setup.rules.sample);
  }

  Result<GrownTree> grow(uint64_t tree);
  /// The latest tree's leaf of each row that it left out; kInBag for the others.
  const std::vector<uint32_t>& leaf_of_row() const { return leaf_of_row_; }

 private:
  struct Task {
    size_t begin;  // records in the bag
    size_t end;
    size_t out_begin;  // records out of it
    size_t out_end;
    uint64_t path;
    uint32_t node;
    uint32_t depth;
    bool side;  // which buffer
  };

  Task draw_rows(uint64_t seed);
  void copy_out_of_bag(size_t count);
  void grow_node(const Task& task);
  bool search(const Task& task);
  void offer_features(const Task& task, const uint32_t* features, uint32_t count);
  template <uint32_t kCount, bool kMark>
  void add_rows(const Task& task, const uint32_t* features);
  void take_groups(uint32_t slot, uint32_t num_bins, bool marked);
  void split(const Task& task);
  void make_leaf(const Task& task);

  const LocalRows& rows_;
  const GrowSetup& setup_;
  const bool follow_;
  const Cancel& cancel_;
  const size_t stride_;
  const uint32_t width_;
  const Layout layout_;
  std::optional<RowDraw> row_draw_;
  FeatureDraw draw_;
  SplitFinder finder_;
  std::vector<typename Layout::Entry> histogram_;  // all zero between two nodes
  std::array<BinSet, kSlots> marks_ = {};
  std::vector<uint8_t> times_;
  RecordBuffers bag_;
  RecordBuffers out_;
  std::vector<uint32_t> leaf_of_row_;

  GrownTree tree_;
  std::vector<Task> stack_;
  std::vector<int64_t> stack_totals_;  // width_ for each task
  std::vector<int64_t> current_;
  std::vector<int64_t> left_;
  size_t rows_since_check_ = 0;
};

/// Copies the drawn records to the first buffer and sums them up in current_; the root's task.
template <typename Layout>
auto TreeGrower<Layout>::draw_rows(uint64_t seed) -> Task {
  const size_t rows = rows_.size();
  times_.assign(rows, 1);
  if (row_draw_ && !tree_.every_row) {
    for (size_t i = 0; i < rows; ++i) {
      times_[i] = static_cast<uint8_t>(row_draw_->times(seed, rows_.mixed_key(i)));
    }
  }
  const size_t used = rows - static_cast<size_t>(std::ranges::count(times_, uint8_t{0}));
  bag_.reserve(used, rows, stride_);
  std::ranges::fill(current_, 0);
  uint8_t* to = bag_.side[0].get();
  for (size_t i = 0; i < rows; ++i) {
    if (times_[i] == 0) continue;
    const uint32_t weight = rows_.weight(i) * times_[i];
    const int32_t target = rows_.target(i);
    std::memcpy(to, rows_.record(i), stride_);
    store(to + stride_ - 8, weight);
    if (Layout::kProduct) store(to + stride_ - 4, weight * static_cast<uint32_t>(target));
    setup_.target.add(weight, target, current_.data());
    to += stride_;
  }
  const size_t left_out = follow_ ? rows - used : 0;
  if (follow_) copy_out_of_bag(left_out);
  return {.begin = 0,
          .end = used,
          .out_begin = 0,
          .out_end = left_out,
          .path = root_path(seed),
          .node = 0,
          .depth = 0,
          .side = false};
}

/// Records out of the bag carry their row's number in place of weight and target.
template <typename Layout>
void TreeGrower<Layout>::copy_out_of_bag(size_t count) {
  out_.reserve(count, rows_.size(), stride_);
  leaf_of_row_.assign(rows_.size(), OutOfBagVotes::kInBag);
  uint8_t* to = out_.side[0].get();
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (times_[i] != 0) continue;
    std::memcpy(to, rows_.record(i), stride_);
    store(to + stride_ - 8, uint64_t{i});
    to += stride_;
  }
}

template <typename Layout>
template <uint32_t kCount, bool kMark>
void TreeGrower<Layout>::add_rows(const Task& task, const uint32_t* features) {
  typename Layout::Entry* histogram[kCount];
  uint32_t offset[kCount];
  for (uint32_t f = 0; f < kCount; ++f) {
    histogram[f] = histogram_.data() + f * layout_.entries();
    offset[f] = features[f];
  }
  const uint8_t* record = bag_.side[task.side].get() + task.begin * stride_;
  const uint8_t* end = bag_.side[task.side].get() + task.end * stride_;
  for (; record != end; record += stride_) {
    const auto payload = LocalRows::load<uint64_t>(record + stride_ - 8);
    for (uint32_t f = 0; f < kCount; ++f) {
      const uint32_t bin = record[offset[f]];
      layout_.add(histogram[f], bin, payload);
      if constexpr (kMark) marks_[f][bin >> 6] |= uint64_t{1} << (bin & 63);
    }
  }
}

/// Moves a slot's histogram to the finder's groups and leaves zeros behind.
template <typename Layout>
void TreeGrower<Layout>::take_groups(uint32_t slot, uint32_t num_bins, bool marked) {
  typename Layout::Entry* histogram = histogram_.data() + slot * layout_.entries();
  BinGroups& groups = finder_.groups();
  groups.count = 0;
  const auto take = [&](uint32_t bin) {
    groups.bin[groups.count] = static_cast<uint8_t>(bin);
    layout_.take(histogram, bin, groups);
    ++groups.count;
  };
  if (!marked) {
    for (uint32_t bin = 0; bin < num_bins; ++bin) {
      if (!layout_.empty(histogram, bin)) take(bin);
    }
    return;
  }
  for (uint32_t word = 0; word < marks_[slot].size(); ++word) {
    for (uint64_t bits = std::exchange(marks_[slot][word], 0); bits != 0; bits &= bits - 1) {
      take(word * 64 + static_cast<uint32_t>(std::countr_zero(bits)));
    }
  }
}

template <typename Layout>
void TreeGrower<Layout>::offer_features(const Task& task, const uint32_t* features,
                                        uint32_t count) {
  const bool mark = task.end - task.begin <= kMarkedRows;
  switch (count * 2 + (mark ? 1 : 0)) {
    case 2:
      add_rows<1, false>(task, features);
      break;
    case 3:
      add_rows<1, true>(task, features);
      break;
    case 4:
      add_rows<2, false>(task, features);
      break;
    case 5:
      add_rows<2, true>(task, features);
      break;
    case 6:
      add_rows<3, false>(task, features);
      break;
    case 7:
      add_rows<3, true>(task, features);
      break;
    case 8:
      add_rows<4, false>(task, features);
      break;
    default:
      add_rows<4, true>(task, features);
      break;
  }
  for (uint32_t slot = 0; slot < count; ++slot) {
    const TreeFeature& shape = setup_.features[features[slot]];
    take_groups(slot, shape.num_bins, mark);
    finder_.offer(features[slot], shape);
  }
}

/// The best split of the drawn features; while none can be split by, one feature more.
template <typename Layout>
bool TreeGrower<Layout>::search(const Task& task) {
  finder_.begin(current_);
  draw_.begin(task.path);
  uint32_t wanted = setup_.rules.features_per_split;
  while (!finder_.found() && !draw_.empty()) {
    while (wanted > 0 && !draw_.empty()) {
      uint32_t features[kSlots];
      uint32_t count = 0;
      for (; count < std::min(wanted, kSlots) && !draw_.empty(); ++count) {
        features[count] = setup_.usable[draw_.next()];
      }
      offer_features(task, features, count);
      wanted -= count;
    }
    wanted = 1;
  }
  return finder_.found();
}

/// Splits the node as the finder found; pushes its children, the left one on top.
template <typename Layout>
void TreeGrower<Layout>::split(const Task& task) {
  const TreeFeature& shape = setup_.features[finder_.best_feature()];
  const Split split = finder_.finish(shape, left_);
  Task left = task;
  left.node = tree_.add_split(task.node, split, shape.num_bins);
  left.depth = task.depth + 1;
  left.side = !task.side;
  left.path = child_path(task.path, false);
  Task right = left;
  ++right.node;
  right.path = child_path(task.path, true);
  for (uint32_t k = 0; k < width_; ++k) current_[k] -= left_[k];  // now the right child's
  const bool leaves =
      setup_.is_leaf(left_.data(), left.depth) && setup_.is_leaf(current_.data(), left.depth);
  // Leaves need no records, but the rows out of the bag must be told which leaf is theirs.
  const RecordMove move(split, stride_);
  left.end = right.begin = leaves ? task.begin : move.apply(bag_, task.side, task.begin, task.end);
  left.out_end = right.out_begin = move.apply(out_, task.side, task.out_begin, task.out_end);
  stack_.push_back(right);
  stack_.push_back(left);
  stack_totals_.insert(stack_totals_.end(), current_.begin(), current_.end());
  stack_totals_.insert(stack_totals_.end(), left_.begin(), left_.end());
}

template <typename Layout>
void TreeGrower<Layout>::make_leaf(const Task& task) {
  tree_.add_leaf(task.node, current_.data(), width_);
  const uint32_t leaf = tree_.nodes[task.node].left;
  const uint8_t* record = out_.side[task.side].get() + task.out_begin * stride_;
  for (size_t i = task.out_begin; i < task.out_end; ++i, record += stride_) {
    leaf_of_row_[LocalRows::load<uint64_t>(record + stride_ - 8)] = leaf;
  }
}

template <typename Layout>
void TreeGrower<Layout>::grow_node(const Task& task) {
  if (!setup_.is_leaf(current_.data(), task.depth)) {
    rows_since_check_ += task.end - task.begin;
    if (search(task)) return split(task);
  }
  make_leaf(task);
}

template <typename Layout>
Result<GrownTree> TreeGrower<Layout>::grow(uint64_t tree) {
  const uint64_t seed = tree_seed(setup_.rules.seed, tree);
  tree_.clear();
  Task root = draw_rows(seed);
  if (root.end == 0) {
    tree_.every_row = true;
    root = draw_rows(seed);
  }
  stack_.assign(1, root);
  stack_totals_ = current_;
  while (!stack_.empty()) {
    const Task task = stack_.back();
    stack_.pop_back();
    std::copy_n(stack_totals_.end() - width_, width_, current_.begin());
    stack_totals_.resize(stack_totals_.size() - width_);
    grow_node(task);
    if (rows_since_check_ >= kCheckRows) {
      rows_since_check_ = 0;
      SKYMILL_TRY(cancel_.check());
    }
  }
  return tree_;  // a copy, of exactly its size
}

/// Takes trees off a common counter until none is left or someone failed.
struct TreeQueue {
  std::atomic<uint32_t> next = 0;
  std::atomic<uint32_t> done = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::optional<Error> error;
};

template <typename Layout>
Result<GrownTree> grow_one(TreeGrower<Layout>& grower, uint32_t number, const GrowSetup& setup,
                           OutOfBagVotes* votes, const RunContext& context) {
  SKYMILL_TRY(context.cancel.check());
  GrownTree tree = SKYMILL_TRY(grower.grow(number));
  const std::vector<uint32_t> kept =
      limit_leaves(tree, setup.rules.max_leaves, setup.target.width());
  if (votes != nullptr && !tree.every_row) {
    votes->add(tree, grower.leaf_of_row(), kept, setup.target);
  }
  return tree;
}

template <typename Layout>
Result<std::vector<GrownTree>> grow_all(const LocalRows& rows, const GrowSetup& setup,
                                        const LocalOutput& output, RunContext& context) {
  // Two copies of each record; in the bag, or out of it where rows are followed.
  const bool follow = output.votes != nullptr;
  const double share = setup.rules.sample > 0 && !follow ? setup.rules.sample * 0.66 : 1.0;
  const auto tree_bytes =
      static_cast<uint64_t>(2 * share * static_cast<double>(rows.size() * rows.stride())) +
      rows.size() * (follow ? 5 : 1) + 1;
  const uint64_t workers = std::clamp<uint64_t>(
      output.memory_bytes / tree_bytes, 1, std::min(context.pool.threads(), setup.rules.trees));
  TreeQueue queue;
  std::vector<GrownTree> trees(setup.rules.trees);
  context.pool.parallel_for(workers, [&](size_t, unsigned) {
    TreeGrower<Layout> grower(rows, setup, follow, context.cancel);
    for (uint32_t t = queue.next++; t < trees.size() && !queue.failed; t = queue.next++) {
      Result<GrownTree> tree = grow_one(grower, t, setup, output.votes, context);
      const std::lock_guard lock(queue.mutex);
      if (!tree) {
        if (!queue.failed.exchange(true)) queue.error = std::move(tree).error();
        return;
      }
      trees[t] = std::move(*tree);
      if (context.progress) context.progress(++queue.done, trees.size());
    }
  });
  if (queue.error) return *queue.error;
  return trees;
}

}  // namespace

Result<std::vector<GrownTree>> grow_locally(const LocalRows& rows, const GrowSetup& setup,
                                            const LocalOutput& output, RunContext& context) {
  if (setup.target.sums > 1) return grow_all<ClassLayout>(rows, setup, output, context);
  if (setup.target.classification && rows.total_weight() < (1ULL << 32) / RowDraw::kMostTimes) {
    return grow_all<PackedLayout>(rows, setup, output, context);
  }
  return grow_all<PairLayout>(rows, setup, output, context);
}

}  // namespace skymill
