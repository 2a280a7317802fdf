#include "train/tree_histogram.h"

#include <algorithm>

namespace skymill {
namespace {

constexpr uint32_t kMostBins = 256;

void write_setup(ByteWriter& out, const GrowSetup& setup) {
  setup.target.write(out);
  out.put(setup.rules.sample);
  out.put(setup.rules.seed);
  std::vector<uint32_t> num_bins;
  for (const TreeFeature& feature : setup.features) num_bins.push_back(feature.num_bins);
  out.put_array(num_bins);
}

/// What the pass needs of a setup: target, draws and bins.
Result<GrowSetup> read_setup(ByteReader& in) {
  GrowSetup setup;
  setup.target = SKYMILL_TRY(TreeTarget::read(in));
  setup.rules.sample = SKYMILL_TRY(in.get<double>());
  setup.rules.seed = SKYMILL_TRY(in.get<uint64_t>());
  for (const uint32_t bins : SKYMILL_TRY(in.get_array<uint32_t>())) {
    if (bins == 0 || bins > kMostBins) {
      return Error{Code::kCorruptData, "a histogram request has a feature with too many bins"};
    }
    setup.features.push_back({.num_bins = bins});
  }
  return setup;
}

Result<void> validate(const HistogramRequest& request) {
  const Error damaged{Code::kCorruptData, "a histogram request is damaged"};
  for (const HistogramRequest::Slot& slot : request.slots) {
    for (const uint32_t feature : slot.features) {
      if (feature >= request.setup.features.size()) return damaged;
    }
  }
  const size_t width = request.setup.target.width();
  for (const HistogramRequest::Tree& tree : request.trees) {
    if (!request.out_of_bag && tree.slot.size() != tree.tree.nodes.size()) return damaged;
    for (const uint32_t slot : tree.slot) {
      if (slot != HistogramRequest::kNotAsked && slot >= request.slots.size()) return damaged;
    }
    for (const GrownNode& node : tree.tree.nodes) {
      const bool scored_leaf = request.out_of_bag && node.feature == GrownNode::kLeaf;
      if (!scored_leaf) continue;
      const size_t at = node.left * width;
      if (at + width > tree.tree.leaf_totals.size() || tree.tree.leaf_totals[at] <= 0) {
        return damaged;
      }
    }
  }
  return {};
}

}  // namespace

void HistogramRequest::write(Bytes& out) const {
  ByteWriter writer(out);
  write_setup(writer, setup);
  writer.put(out_of_bag);
  writer.put(static_cast<uint64_t>(slots.size()));
  for (const Slot& slot : slots) writer.put_array(slot.features);
  writer.put(static_cast<uint64_t>(trees.size()));
  for (const Tree& tree : trees) {
    writer.put(tree.number);
    tree.tree.write(writer);
    writer.put_array(tree.slot);
  }
}

Result<HistogramRequest> HistogramRequest::read(std::string_view bytes) {
  ByteReader in(bytes);
  HistogramRequest request;
  request.setup = SKYMILL_TRY(read_setup(in));
  std::vector<uint32_t> num_bins;
  for (const TreeFeature& feature : request.setup.features) num_bins.push_back(feature.num_bins);
  request.out_of_bag = SKYMILL_TRY(in.get<uint8_t>()) != 0;
  const uint64_t slots = SKYMILL_TRY(in.get_count(8));
  for (uint64_t s = 0; s < slots; ++s) {
    request.slots.push_back({SKYMILL_TRY(in.get_array<uint32_t>())});
  }
  const uint64_t trees = SKYMILL_TRY(in.get_count(16));
  for (uint64_t t = 0; t < trees; ++t) {
    Tree tree;
    tree.number = SKYMILL_TRY(in.get<uint64_t>());
    tree.tree = SKYMILL_TRY(GrownTree::read(in, num_bins));
    tree.slot = SKYMILL_TRY(in.get_array<uint32_t>());
    request.trees.push_back(std::move(tree));
  }
  SKYMILL_TRY(in.finish());
  SKYMILL_TRY(validate(request));
  return request;
}

uint64_t TreeHistogramState::slot_bytes(const GrowSetup& setup,
                                        std::span<const uint32_t> features) {
  uint64_t entries = 1;
  for (const uint32_t feature : features) entries += setup.features[feature].num_bins;
  return entries * setup.target.width() * sizeof(int64_t);
}

TreeHistogramState::TreeHistogramState(std::shared_ptr<const HistogramRequest> request)
    : request_(std::move(request)) {
  size_t size = 0;
  for (const HistogramRequest::Slot& slot : request_->slots) {
    starts_.push_back(size);
    size += slot_bytes(request_->setup, slot.features) / sizeof(int64_t);
  }
  counts_.resize(size);
  if (request_->setup.rules.sample > 0) draw_.emplace(request_->setup.rules.sample);
  if (request_->out_of_bag) {
    for (const auto& tree : request_->trees) scored_trees_.push_back(tree.tree);
    scorer_ = std::make_unique<OutOfBagScorer>(scored_trees_, request_->setup);
  }
}

const int64_t* TreeHistogramState::histogram(size_t slot, size_t index) const {
  const GrowSetup& setup = request_->setup;
  const std::vector<uint32_t>& features = request_->slots[slot].features;
  return totals(slot) + slot_bytes(setup, std::span(features).first(index)) / sizeof(int64_t);
}

void TreeHistogramState::gather_rows(const Block& block) {
  const size_t features = request_->setup.features.size();
  const TreeTarget& target = request_->setup.target;
  bins_.resize(block.num_rows * features);
  keys_.resize(block.num_rows);
  weights_.resize(block.num_rows);
  targets_.resize(block.num_rows);
  for (size_t f = 0; f < features; ++f) {
    const uint8_t* from = block.features[f].bin;
    for (size_t i = 0; i < block.num_rows; ++i) bins_[i * features + f] = from[i];
  }
  for (size_t i = 0; i < block.num_rows; ++i) {
    keys_[i] = mix_bits(block.key[i]);
    weights_[i] = target.weight_of(block.weight.empty() ? 1 : block.weight[i]);
    targets_[i] = target.target_of(block.label[i]);
  }
}

void TreeHistogramState::add_row(size_t slot, size_t row, int64_t weight) {
  const GrowSetup& setup = request_->setup;
  const size_t width = setup.target.width();
  const uint8_t* bins = bins_.data() + row * setup.features.size();
  int64_t* to = counts_.data() + starts_[slot];
  setup.target.add(weight, targets_[row], to);
  to += width;
  for (const uint32_t feature : request_->slots[slot].features) {
    setup.target.add(weight, targets_[row], to + bins[feature] * width);
    to += setup.features[feature].num_bins * width;
  }
}

void TreeHistogramState::add_tree(const HistogramRequest::Tree& tree, size_t rows) {
  const std::vector<TreeFeature>& features = request_->setup.features;
  const uint64_t seed = tree_seed(request_->setup.rules.seed, tree.number);
  const bool drawn = draw_.has_value() && !tree.tree.every_row;
  for (size_t row = 0; row < rows; ++row) {
    const uint32_t times = drawn ? draw_->times(seed, keys_[row]) : 1;
    if (times == 0 || weights_[row] == 0) continue;
    const uint8_t* bins = bins_.data() + row * features.size();
    uint32_t at = 0;
    while (tree.tree.nodes[at].feature != GrownNode::kLeaf) {
      const GrownNode& node = tree.tree.nodes[at];
      const auto feature = static_cast<size_t>(node.feature);
      const bool left = tree.tree.goes_left(node, bins[feature]);
      at = node.left + (left ? 0 : 1);
    }
    const uint32_t slot = tree.slot[at];
    if (slot == HistogramRequest::kNotAsked) continue;
    add_row(slot, row, int64_t{weights_[row]} * times);
  }
}

void TreeHistogramState::add(const Block& block) {
  gather_rows(block);
  if (scorer_ != nullptr) {
    scorer_->add({.count = block.num_rows,
                  .bins = bins_.data(),
                  .stride = request_->setup.features.size(),
                  .mixed_keys = keys_.data(),
                  .weights = weights_.data(),
                  .targets = targets_.data()},
                 out_of_bag_);
    return;
  }
  for (const HistogramRequest::Tree& tree : request_->trees) add_tree(tree, block.num_rows);
}

Result<void> TreeHistogramState::merge(PassState&& other) {
  const auto& from = same_state<TreeHistogramState>(other);
  if (from.counts_.size() != counts_.size()) {
    return Error{Code::kInternal, "states of different requests were merged"};
  }
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += from.counts_[i];
  out_of_bag_.merge(from.out_of_bag_);
  return {};
}

void TreeHistogramState::write(Bytes& out) const {
  ByteWriter writer(out);
  writer.put_array(counts_);
  out_of_bag_.write(writer);
}

namespace {

Result<std::unique_ptr<PassState>> make_state(std::string_view parameters) {
  auto request =
      std::make_shared<HistogramRequest>(SKYMILL_TRY(HistogramRequest::read(parameters)));
  return std::make_unique<TreeHistogramState>(std::move(request));
}

}  // namespace

Result<std::unique_ptr<PassState>> TreeHistogramState::read(std::string_view parameters,
                                                            std::string_view state) {
  auto made = SKYMILL_TRY(make_state(parameters));
  auto& out = same_state<TreeHistogramState>(*made);
  ByteReader in(state);
  std::vector<int64_t> counts = SKYMILL_TRY(in.get_array<int64_t>());
  if (counts.size() != out.counts_.size()) {
    return Error{Code::kCorruptData, "a histogram state has a wrong length"};
  }
  out.counts_ = std::move(counts);
  out.out_of_bag_ = SKYMILL_TRY(OutOfBagSums::read(in));
  SKYMILL_TRY(in.finish());
  return made;
}

PassInfo tree_histogram_pass() {
  return {.name = "tree_histogram",
          .order_free = true,
          .make = make_state,
          .read = TreeHistogramState::read};
}

}  // namespace skymill
