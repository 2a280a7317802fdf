// Block: up to 16,384 rows in columns, what every pass adds up and every model scores.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rows/row_schema.h"

namespace skymill {

inline constexpr size_t kBlockRows = 16384;

/// One feature of a block: exactly one pointer is set, to the block's num_rows values.
struct FeatureColumn {
  const double* number = nullptr;  // NaN = missing
  const uint32_t* code = nullptr;  // kMissingCode, kUnseenCode, or an index into the levels
  const uint8_t* bin = nullptr;
};

/// A view. Raw blocks of a source are full but the last of a partition; a selection or a transform
/// keeps the partition and number and may shorten it.
struct Block {
  uint64_t partition = 0;
  uint64_t number = 0;
  size_t num_rows = 0;
  std::span<const FeatureColumn> features = {};
  std::span<const double> label = {};   // value, or class index; empty when rows have no label
  std::span<const double> weight = {};  // empty = 1
  std::span<const uint64_t> key = {};   // row identity
};

/// The memory behind a block. Reused from block to block, so that steady state allocates nothing.
class BlockBuffer {
 public:
  /// Makes room for `rows` rows of features of these kinds; content is undefined.
  void resize(std::span<const Feature> features, size_t rows, bool labels, bool weights);

  std::span<double> numbers(size_t feature) { return numbers_[feature]; }
  std::span<uint32_t> codes(size_t feature) { return codes_[feature]; }
  std::span<uint8_t> bins(size_t feature) { return bins_[feature]; }
  std::vector<double> label;
  std::vector<double> weight;
  std::vector<uint64_t> key;
  /// A transform's output row i is row kept_rows[i] of its input; empty when all were kept.
  std::vector<uint32_t> kept_rows;
  /// The columns of the block under construction; a transform may point them at its input.
  std::vector<FeatureColumn> columns;

  /// Points `columns` at this buffer's own storage for all features.
  void own_columns(std::span<const Feature> features);
  /// A block of the first `rows` rows over `columns` and this buffer's label, weight and key.
  Block block(uint64_t partition, uint64_t number, size_t rows) const;
  size_t bytes() const;

 private:
  std::vector<std::vector<double>> numbers_;
  std::vector<std::vector<uint32_t>> codes_;
  std::vector<std::vector<uint8_t>> bins_;
};

/// Copies the rows listed in `rows` of `block` to `out`, in that order. O(rows · features).
Block gather(const Block& block, std::span<const uint32_t> rows, std::span<const Feature> features,
             BlockBuffer& out);

}  // namespace skymill
