#include "rows/block.h"

namespace skymill {

void BlockBuffer::resize(std::span<const Feature> features, size_t rows, bool labels,
                         bool weights) {
  const size_t count = features.size();
  numbers_.resize(count);
  codes_.resize(count);
  bins_.resize(count);
  for (size_t f = 0; f < count; ++f) {
    switch (features[f].kind) {
      case FeatureKind::kNumber:
        numbers_[f].resize(rows);
        break;
      case FeatureKind::kCategory:
        codes_[f].resize(rows);
        break;
      case FeatureKind::kBin:
        bins_[f].resize(rows);
        break;
    }
  }
  label.resize(labels ? rows : 0);
  weight.resize(weights ? rows : 0);
  key.resize(rows);
  kept_rows.clear();
}

void BlockBuffer::own_columns(std::span<const Feature> features) {
  columns.assign(features.size(), {});
  for (size_t f = 0; f < features.size(); ++f) {
    switch (features[f].kind) {
      case FeatureKind::kNumber:
        columns[f].number = numbers_[f].data();
        break;
      case FeatureKind::kCategory:
        columns[f].code = codes_[f].data();
        break;
      case FeatureKind::kBin:
        columns[f].bin = bins_[f].data();
        break;
    }
  }
}

Block BlockBuffer::block(uint64_t partition, uint64_t number, size_t rows) const {
  Block out{.partition = partition, .number = number, .num_rows = rows, .features = columns};
  if (!label.empty()) out.label = std::span(label).first(rows);
  if (!weight.empty()) out.weight = std::span(weight).first(rows);
  if (!key.empty()) out.key = std::span(key).first(rows);
  return out;
}

size_t BlockBuffer::bytes() const {
  size_t total = label.capacity() * sizeof(double) + weight.capacity() * sizeof(double) +
                 key.capacity() * sizeof(uint64_t);
  for (const auto& column : numbers_) total += column.capacity() * sizeof(double);
  for (const auto& column : codes_) total += column.capacity() * sizeof(uint32_t);
  for (const auto& column : bins_) total += column.capacity();
  return total;
}

Block gather(const Block& block, std::span<const uint32_t> rows, std::span<const Feature> features,
             BlockBuffer& out) {
  out.resize(features, rows.size(), !block.label.empty(), !block.weight.empty());
  out.own_columns(features);
  const size_t count = rows.size();
  for (size_t f = 0; f < features.size(); ++f) {
    const FeatureColumn& from = block.features[f];
    if (from.number != nullptr) {
      double* to = out.numbers(f).data();
      for (size_t i = 0; i < count; ++i) to[i] = from.number[rows[i]];
    } else if (from.code != nullptr) {
      uint32_t* to = out.codes(f).data();
      for (size_t i = 0; i < count; ++i) to[i] = from.code[rows[i]];
    } else {
      uint8_t* to = out.bins(f).data();
      for (size_t i = 0; i < count; ++i) to[i] = from.bin[rows[i]];
    }
  }
  for (size_t i = 0; i < count; ++i) out.key[i] = block.key[rows[i]];
  if (!block.label.empty()) {
    for (size_t i = 0; i < count; ++i) out.label[i] = block.label[rows[i]];
  }
  if (!block.weight.empty()) {
    for (size_t i = 0; i < count; ++i) out.weight[i] = block.weight[rows[i]];
  }
  return out.block(block.partition, block.number, count);
}

}  // namespace skymill
