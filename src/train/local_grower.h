// The local grower: grows trees where the binned table is in memory. pass_grower.h grows the same
// trees where it is not.
#pragma once

#include <cstring>
#include <memory>

#include "train/grown_tree.h"

namespace skymill {

/// The training rows as records: a bin per feature, padding, then weight (u32) and target (i32) of
/// the row. The stride is 16, 32 or a multiple of 64 bytes, so that a record moves in whole vectors.
class LocalRows {
 public:
  static constexpr size_t kPayloadBytes = 8;

  /// Takes the rows that `selection` selects and that have a positive weight.
  static LocalRows make(const BinnedTable& table, const Selection& selection,
                        const TreeTarget& target);

  size_t size() const { return keys_.size(); }
  size_t stride() const { return stride_; }
  const uint8_t* record(size_t row) const { return records_.get() + row * stride_; }
  uint32_t weight(size_t row) const { return load<uint32_t>(record(row) + stride_ - 8); }
  int32_t target(size_t row) const { return load<int32_t>(record(row) + stride_ - 4); }
  uint64_t mixed_key(size_t row) const { return keys_[row]; }  // mix_bits(key)
  uint64_t total_weight() const { return total_weight_; }

  template <typename T>
  static T load(const uint8_t* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }

 private:
  size_t stride_ = 0;
  uint64_t total_weight_ = 0;
  std::unique_ptr<uint8_t[]> records_;
  std::vector<uint64_t> keys_;
};

/// Idea: a node's records are contiguous. A split moves them (two buffers that alternate), so every
/// histogram is one sequential read, and trees grow depth first, so that small nodes stay in the
/// cache (Snap ML's breadth-to-depth idea, Dünner et al. 2020, without its breadth phase). Only the
/// drawn features are counted. A small node marks the bins it touches, so that neither clearing nor
/// scanning visits empty bins. One tree per thread.
/// Bootstrap: Poisson weights by (seed, tree, key); rows of weight 0 are not copied.
/// Memory: per thread two copies of the drawn records, at most `memory_bytes` in all (fewer threads
/// then work). Cost: rows · depth · features_per_split, about 0.5 ns each, plus about 3 ns per row
/// and level to move. Test: local_grower_test.cc (equal to the pass grower, node for node).
Result<std::vector<GrownTree>> grow_locally(const LocalRows& rows, const GrowSetup& setup,
                                            uint64_t memory_bytes, RunContext& context);

}  // namespace skymill
