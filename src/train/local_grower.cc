#include "train/local_grower.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>
#include <optional>

#include "train/split_finder.h"

namespace skymill {
namespace {

constexpr uint32_t kSlots = 4;           // features counted in one read of the rows
constexpr size_t kMarkedRows = 192;      // nodes up to here mark the bins they touch
constexpr size_t kCheckRows = 1 << 19;   // rows between two looks at cancel

size_t record_stride(size_t features) {
  const size_t bytes = features + LocalRows::kPayloadBytes;
  return bytes <= 16 ? 16 : bytes <= 32 ? 32 : (bytes + 63) / 64 * 64;
}

template <typename T>
void store(uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

/// Two classes, a total weight below 2^32: an entry is Σ weight · class << 32 | Σ weight, and a
/// row's payload is already its addend.
struct PackedLayout {
  using Entry = uint64_t;
  static constexpr bool kProduct = true;  // the payload holds weight · target, not target
  explicit PackedLayout(uint32_t) {}
  size_t entries() const { return kMostBins; }
  static void add(Entry* histogram, uint32_t bin, uint64_t payload) { histogram[bin] += payload; }
  static bool empty(const Entry* histogram, uint32_t bin) { return histogram[bin] == 0; }
  static void take(Entry* histogram, uint32_t bin, BinGroups& out) {
    const Entry entry = histogram[bin];
    out.weight[out.count] = static_cast<int64_t>(entry & 0xFFFFFFFF);
    out.sum[out.count] = static_cast<int64_t>(entry >> 32);
    histogram[bin] = 0;
  }
};

/// One sum: regression, and two classes of any weight.
struct PairLayout {
  struct Entry {
    int64_t weight;
    int64_t sum;
  };
  static constexpr bool kProduct = false;
  explicit PairLayout(uint32_t) {}
  size_t entries() const { return kMostBins; }
  static void add(Entry* histogram, uint32_t bin, uint64_t payload) {
    const auto weight = static_cast<int64_t>(payload & 0xFFFFFFFF);
    const auto target = static_cast<int32_t>(payload >> 32);
    histogram[bin].weight += weight;
    histogram[bin].sum += weight * target;
  }
  static bool empty(const Entry* histogram, uint32_t bin) { return histogram[bin].weight == 0; }
  static void take(Entry* histogram, uint32_t bin, BinGroups& out) {
    out.weight[out.count] = histogram[bin].weight;
    out.sum[out.count] = histogram[bin].sum;
    histogram[bin] = {0, 0};
  }
};

/// A weight per bin and class.
struct ClassLayout {
  using Entry = int64_t;
  static constexpr bool kProduct = false;
  explicit ClassLayout(uint32_t sums) : classes(sums) {}
  size_t entries() const { return size_t{kMostBins} * classes; }
  void add(Entry* histogram, uint32_t bin, uint64_t payload) const {
    histogram[size_t{bin} * classes + (payload >> 32)] +=
        static_cast<int64_t>(payload & 0xFFFFFFFF);
  }
  bool empty(const Entry* histogram, uint32_t bin) const {
    const Entry* entry = histogram + size_t{bin} * classes;
    return std::all_of(entry, entry + classes, [](Entry weight) { return weight == 0; });
  }
  void take(Entry* histogram, uint32_t bin, BinGroups& out) const {
    Entry* entry = histogram + size_t{bin} * classes;
    int64_t weight = 0;
    for (uint32_t k = 0; k < classes; ++k) {
      weight += entry[k];
      out.sum[size_t{out.count} * classes + k] = entry[k];
      entry[k] = 0;
    }
    out.weight[out.count] = weight;
  }

  uint32_t classes;
};

/// Left records fill `out` upwards and right ones downwards, without a branch; that reverses the
/// right ones, which integer histograms do not notice. Returns the left ones' number.
template <size_t kFixedStride>
size_t move_records(const uint8_t* in, uint8_t* out, size_t rows, size_t any_stride,
                    const uint8_t* side_of_bin, size_t feature) {
  const size_t stride = kFixedStride != 0 ? kFixedStride : any_stride;
  uint8_t* left = out;
  uint8_t* right = out + (rows - 1) * stride;
  for (size_t i = 0; i < rows; ++i, in += stride) {
    const size_t go_left = side_of_bin[in[feature]];
    std::memcpy(left, in, stride);
    std::memcpy(right, in, stride);
    left += go_left * stride;
    right -= (1 - go_left) * stride;
  }
  return static_cast<size_t>(left - out) / stride;
}

/// Grows one tree after another; a thread has its own.
template <typename Layout>
class TreeGrower {
 public:
  TreeGrower(const LocalRows& rows, const GrowSetup& setup, const Cancel& cancel)
      : rows_(rows), setup_(setup), cancel_(cancel), stride_(rows.stride()),
        width_(setup.target.width()), layout_(setup.target.sums),
        draw_(static_cast<uint32_t>(setup.usable.size())),
        finder_(setup.target.sums, setup.min_weight), histogram_(kSlots * layout_.entries()),
        current_(width_), left_(width_) {
    if (setup.rules.sample > 0) row_draw_.emplace(setup.rules.sample);
  }

  Result<GrownTree> grow(uint64_t tree);

 private:
  struct Task {
    size_t begin;
    size_t end;
    uint64_t path;
    uint32_t node;
    uint32_t depth;
    bool side;  // which buffer
  };

  size_t draw_rows(uint64_t seed);
  void grow_node(const Task& task);
  bool search(const Task& task);
  void offer_features(const Task& task, const uint32_t* features, uint32_t count);
  template <uint32_t kCount, bool kMark>
  void add_rows(const Task& task, const uint32_t* features);
  void take_groups(uint32_t slot, uint32_t num_bins, bool marked);
  void split(const Task& task);
  size_t partition(const Task& task, const Split& split);

  const LocalRows& rows_;
  const GrowSetup& setup_;
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
  std::unique_ptr<uint8_t[]> buffers_[2];
  size_t capacity_ = 0;

  GrownTree tree_;
  std::vector<Task> stack_;
  std::vector<int64_t> stack_totals_;  // width_ for each task
  std::vector<int64_t> current_;
  std::vector<int64_t> left_;
  size_t rows_since_check_ = 0;
};

/// Copies the drawn records to the first buffer, sums them up in current_; returns their number.
template <typename Layout>
size_t TreeGrower<Layout>::draw_rows(uint64_t seed) {
  const size_t rows = rows_.size();
  times_.assign(rows, 1);
  if (row_draw_ && !tree_.every_row) {
    for (size_t i = 0; i < rows; ++i) {
      times_[i] = static_cast<uint8_t>(row_draw_->times(seed, rows_.mixed_key(i)));
    }
  }
  const size_t used = rows - static_cast<size_t>(std::ranges::count(times_, uint8_t{0}));
  if (capacity_ < used + 1) {
    capacity_ = std::min(rows, used + used / 64) + 1;
    for (auto& buffer : buffers_) {
      buffer = std::make_unique_for_overwrite<uint8_t[]>(capacity_ * stride_);
    }
  }
  std::ranges::fill(current_, 0);
  uint8_t* to = buffers_[0].get();
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
  return used;
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
  const uint8_t* record = buffers_[task.side].get() + task.begin * stride_;
  const uint8_t* end = buffers_[task.side].get() + task.end * stride_;
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
    case 2: add_rows<1, false>(task, features); break;
    case 3: add_rows<1, true>(task, features); break;
    case 4: add_rows<2, false>(task, features); break;
    case 5: add_rows<2, true>(task, features); break;
    case 6: add_rows<3, false>(task, features); break;
    case 7: add_rows<3, true>(task, features); break;
    case 8: add_rows<4, false>(task, features); break;
    default: add_rows<4, true>(task, features); break;
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

template <typename Layout>
size_t TreeGrower<Layout>::partition(const Task& task, const Split& split) {
  uint8_t side_of_bin[kMostBins];
  for (uint32_t bin = 0; bin < kMostBins; ++bin) {
    side_of_bin[bin] = static_cast<uint8_t>(split.left[bin >> 6] >> (bin & 63) & 1);
  }
  const uint8_t* in = buffers_[task.side].get() + task.begin * stride_;
  uint8_t* out = buffers_[task.side ? 0 : 1].get() + task.begin * stride_;
  const auto move = stride_ == 16   ? move_records<16>
                    : stride_ == 32 ? move_records<32>
                    : stride_ == 64 ? move_records<64>
                                    : move_records<0>;
  return move(in, out, task.end - task.begin, stride_, side_of_bin, split.feature);
}

/// Splits the node as the finder found; pushes its children, the left one on top.
template <typename Layout>
void TreeGrower<Layout>::split(const Task& task) {
  const TreeFeature& shape = setup_.features[finder_.best_feature()];
  const Split split = finder_.finish(shape, left_);
  const uint32_t child = tree_.add_split(task.node, split, shape.num_bins);
  for (uint32_t k = 0; k < width_; ++k) current_[k] -= left_[k];  // now the right child's
  const uint32_t depth = task.depth + 1;
  const bool leaves = setup_.is_leaf(left_.data(), depth) && setup_.is_leaf(current_.data(), depth);
  const size_t middle = leaves ? task.begin : task.begin + partition(task, split);
  stack_.push_back({middle, task.end, child_path(task.path, true), child + 1, depth, !task.side});
  stack_.push_back({task.begin, middle, child_path(task.path, false), child, depth, !task.side});
  stack_totals_.insert(stack_totals_.end(), current_.begin(), current_.end());
  stack_totals_.insert(stack_totals_.end(), left_.begin(), left_.end());
}

template <typename Layout>
void TreeGrower<Layout>::grow_node(const Task& task) {
  if (!setup_.is_leaf(current_.data(), task.depth)) {
    rows_since_check_ += task.end - task.begin;
    if (search(task)) return split(task);
  }
  tree_.add_leaf(task.node, current_.data(), width_);
}

template <typename Layout>
Result<GrownTree> TreeGrower<Layout>::grow(uint64_t tree) {
  const uint64_t seed = tree_seed(setup_.rules.seed, tree);
  tree_.clear();
  size_t used = draw_rows(seed);
  if (used == 0) {
    tree_.every_row = true;
    used = draw_rows(seed);
  }
  stack_.assign(1, {0, used, root_path(seed), 0, 0, false});
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
void work_off(TreeQueue& queue, TreeGrower<Layout>& grower, std::vector<GrownTree>& trees,
              const RunContext& context) {
  const auto total = static_cast<uint32_t>(trees.size());
  for (uint32_t t = queue.next++; t < total && !queue.failed; t = queue.next++) {
    Result<GrownTree> tree = context.cancel.check().has_value()
                                 ? grower.grow(t)
                                 : Result<GrownTree>(context.cancel.check().error());
    const std::lock_guard lock(queue.mutex);
    if (!tree) {
      if (!queue.failed.exchange(true)) queue.error = std::move(tree).error();
      return;
    }
    trees[t] = std::move(*tree);
    if (context.progress) context.progress(++queue.done, total);
  }
}

template <typename Layout>
Result<std::vector<GrownTree>> grow_all(const LocalRows& rows, const GrowSetup& setup,
                                        uint64_t memory_bytes, RunContext& context) {
  const double share = setup.rules.sample > 0 ? std::min(1.0, setup.rules.sample * 0.66) : 1.0;
  const auto tree_bytes = static_cast<uint64_t>(
      2 * share * static_cast<double>(rows.size() * rows.stride())) + rows.size() + 1;
  const uint64_t workers = std::clamp<uint64_t>(
      memory_bytes / tree_bytes, 1, std::min(context.pool.threads(), setup.rules.trees));
  TreeQueue queue;
  std::vector<GrownTree> trees(setup.rules.trees);
  context.pool.parallel_for(workers, [&](size_t, unsigned) {
    TreeGrower<Layout> grower(rows, setup, context.cancel);
    work_off(queue, grower, trees, context);
  });
  if (queue.error) return *queue.error;
  return trees;
}

}  // namespace

LocalRows LocalRows::make(const BinnedTable& table, const Selection& selection,
                          const TreeTarget& target) {
  std::vector<uint32_t> weights(table.num_rows);
  size_t rows = 0;
  for (size_t i = 0; i < table.num_rows; ++i) {
    if (!selection.selects(table.key[i], table.label[i])) continue;
    weights[i] = target.weight_of(table.weight.empty() ? 1 : table.weight[i]);
    rows += weights[i] > 0 ? 1 : 0;
  }
  LocalRows out;
  out.stride_ = record_stride(table.num_features);
  out.records_ = std::make_unique<uint8_t[]>(rows * out.stride_);
  out.keys_.reserve(rows);
  uint8_t* to = out.records_.get();
  for (size_t i = 0; i < table.num_rows; ++i) {
    if (weights[i] == 0) continue;
    std::memcpy(to, table.bins.data() + i * table.stride, table.num_features);
    store(to + out.stride_ - 8, weights[i]);
    store(to + out.stride_ - 4, target.target_of(table.label[i]));
    out.keys_.push_back(mix_bits(table.key[i]));
    out.total_weight_ += weights[i];
    to += out.stride_;
  }
  return out;
}

Result<std::vector<GrownTree>> grow_locally(const LocalRows& rows, const GrowSetup& setup,
                                            uint64_t memory_bytes, RunContext& context) {
  if (setup.target.sums > 1) return grow_all<ClassLayout>(rows, setup, memory_bytes, context);
  if (setup.target.classification && rows.total_weight() < (1ULL << 32) / RowDraw::kMostTimes) {
    return grow_all<PackedLayout>(rows, setup, memory_bytes, context);
  }
  return grow_all<PairLayout>(rows, setup, memory_bytes, context);
}

}  // namespace skymill
