#include "train/local_rows.h"

#include <algorithm>

namespace skymill {
namespace {

size_t record_stride(size_t features) {
  const size_t bytes = features + LocalRows::kPayloadBytes;
  return bytes <= 16 ? 16 : bytes <= 32 ? 32 : (bytes + 63) / 64 * 64;
}

template <typename T>
void store(uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof value);
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

}  // namespace skymill
