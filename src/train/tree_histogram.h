// The tree_histogram pass: where rows cannot come to the grower, the grower's questions go to the
// rows: histograms of some nodes of partly grown trees, or the out-of-bag score of grown ones.
#pragma once

#include "train/out_of_bag.h"
#include "train/trainer.h"

namespace skymill {

/// What the pass is told. Its rows are binned; block features are those of `setup`.
struct HistogramRequest {
  static constexpr uint32_t kNotAsked = 0xFFFFFFFF;

  struct Tree {
    uint64_t number = 0;         // in the forest: draws depend on it
    GrownTree tree;              // its leaves so far are open or closed
    std::vector<uint32_t> slot;  // per node; kNotAsked for closed leaves and inner nodes
  };
  /// A node whose histograms are wanted.
  struct Slot {
    std::vector<uint32_t> features;
  };

  GrowSetup setup;
  bool out_of_bag = false;  // then the score of `trees`, which are all of the forest
  std::vector<Tree> trees;
  std::vector<Slot> slots;

  void write(Bytes& out) const;
  static Result<HistogramRequest> read(std::string_view bytes);
};

/// Integer sums: per slot the node's totals, then for each of its features and each bin
/// {Σ weight, sums…}. Rows are routed through the trees as they come. Order-free.
class TreeHistogramState final : public PassState {
 public:
  explicit TreeHistogramState(std::shared_ptr<const HistogramRequest> request);

  void add(const Block& block) override;
  Result<void> merge(PassState&& other) override;
  void write(Bytes& out) const override;
  static Result<std::unique_ptr<PassState>> read(std::string_view parameters,
                                                 std::string_view state);

  const int64_t* totals(size_t slot) const { return counts_.data() + starts_[slot]; }
  /// The histogram of the slot's `index`-th feature.
  const int64_t* histogram(size_t slot, size_t index) const;
  const OutOfBagSums& out_of_bag() const { return out_of_bag_; }

  /// Bytes of a slot with these features.
  static uint64_t slot_bytes(const GrowSetup& setup, std::span<const uint32_t> features);

 private:
  void gather_rows(const Block& block);
  void add_tree(const HistogramRequest::Tree& tree, size_t rows);
  void add_row(size_t slot, size_t row, int64_t weight);

  std::shared_ptr<const HistogramRequest> request_;
  std::vector<size_t> starts_;  // of each slot in counts_
  std::vector<int64_t> counts_;
  OutOfBagSums out_of_bag_;

  // Scratch: the block's rows, row-major.
  std::vector<uint8_t> bins_;
  std::vector<uint64_t> keys_;
  std::vector<uint32_t> weights_;
  std::vector<int32_t> targets_;
  std::optional<RowDraw> draw_;
  std::unique_ptr<OutOfBagScorer> scorer_;
  std::vector<GrownTree> scored_trees_;
};

PassInfo tree_histogram_pass();

}  // namespace skymill
