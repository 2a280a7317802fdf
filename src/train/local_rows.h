// LocalRows: the training rows in memory as the local grower moves them: one record each.
#pragma once

#include <cstring>
#include <memory>

#include "train/grown_tree.h"

namespace skymill {

/// The training rows as records: a bin per feature, padding, then weight (u32) and target (i32) of
/// the row. The stride is 16, 32 or a multiple of 64 bytes, so that a record moves in whole
/// vectors.
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

}  // namespace skymill
