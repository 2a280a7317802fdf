// The bin_count pass: distinct values, level counts and the range of labels and weights, all
// integers or extremes, so that merging has no order.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "prepare/quantiles.h"
#include "train/bin_finder.h"

namespace skymill {

void BinCountRequest::write(Bytes& out) const {
  ByteWriter writer(out);
  writer.put(most_values);
  writer.put_array(num_levels);
}

Result<BinCountRequest> BinCountRequest::read(std::string_view bytes) {
  ByteReader in(bytes);
  BinCountRequest request;
  request.most_values = SKYMILL_TRY(in.get<uint32_t>());
  request.num_levels = SKYMILL_TRY(in.get_array<uint32_t>());
  SKYMILL_TRY(in.finish());
  if (request.most_values > 255) return Error{Code::kCorruptData, "too many distinct values asked"};
  return request;
}

DistinctValues::DistinctValues(uint32_t most) : most_(most), slots_(std::bit_ceil(4 * most + 4)) {}

void DistinctValues::insert(uint64_t order_key) {
  if (order_key == latest_ || too_many_) return;
  latest_ = order_key;
  const size_t mask = slots_.size() - 1;
  size_t at = static_cast<size_t>(mix_bits(order_key)) & mask;
  while (slots_[at] != 0 && slots_[at] != order_key) at = (at + 1) & mask;
  if (slots_[at] == order_key) return;
  if (used_ == most_) {
    too_many_ = true;
    return;
  }
  slots_[at] = order_key;
  ++used_;
}

std::vector<uint64_t> DistinctValues::sorted() const {
  std::vector<uint64_t> keys;
  if (too_many_) return keys;
  for (const uint64_t key : slots_) {
    if (key != 0) keys.push_back(key);
  }
  std::ranges::sort(keys);
  return keys;
}

BinCountState::BinCountState(const BinCountRequest& request)
    : most_values_(request.most_values),
      smallest_label_(std::numeric_limits<double>::infinity()),
      largest_label_(-std::numeric_limits<double>::infinity()) {
  for (const uint32_t levels : request.num_levels) {
    const bool number = levels == BinCountRequest::kNumber;
    features_.push_back({DistinctValues(number ? most_values_ : 0), {}, 0});
    if (!number) features_.back().levels.resize(levels);
  }
}

void BinCountState::add_rows(const Block& block) {
  for (size_t i = 0; i < block.num_rows; ++i) {
    const double weight = block.weight.empty() ? 1 : block.weight[i];
    if (!(weight > 0)) continue;
    ++rows_;
    if (!block.label.empty()) {
      smallest_label_ = std::min(smallest_label_, block.label[i]);
      largest_label_ = std::max(largest_label_, block.label[i]);
    }
    largest_weight_ = std::max(largest_weight_, weight);
    if (block.weight.empty()) continue;
    integral_weights_ = integral_weights_ && weight == std::floor(weight);
    int exponent = 0;
    const double mantissa = std::frexp(weight, &exponent);
    weight_sums_[exponent] += static_cast<int64_t>(std::ldexp(mantissa, 53));
  }
}

void BinCountState::add_feature(FeatureCount& count, const FeatureColumn& column,
                                const Block& block) const {
  const double* weight = block.weight.empty() ? nullptr : block.weight.data();
  for (size_t i = 0; i < block.num_rows; ++i) {
    if (weight != nullptr && !(weight[i] > 0)) continue;
    if (column.number != nullptr) {
      const double value = column.number[i];
      if (std::isnan(value)) {
        ++count.missing;
      } else {
        count.values.insert(order_key(value));
      }
    } else if (column.code[i] < count.levels.size()) {
      ++count.levels[column.code[i]];
    } else {
      ++count.missing;
    }
  }
}

void BinCountState::add(const Block& block) {
  add_rows(block);
  for (size_t f = 0; f < features_.size(); ++f) {
    add_feature(features_[f], block.features[f], block);
  }
}

Result<void> BinCountState::merge(PassState&& other) {
  const auto& from = same_state<BinCountState>(other);
  if (from.features_.size() != features_.size()) {
    return Error{Code::kInternal, "states of different requests were merged"};
  }
  for (size_t f = 0; f < features_.size(); ++f) {
    const FeatureCount& added = from.features_[f];
    FeatureCount& count = features_[f];
    for (size_t level = 0; level < count.levels.size(); ++level) {
      count.levels[level] += added.levels[level];
    }
    count.missing += added.missing;
    if (added.values.too_many()) {
      count.values = added.values;
    } else {
      for (const uint64_t key : added.values.sorted()) count.values.insert(key);
    }
  }
  rows_ += from.rows_;
  smallest_label_ = std::min(smallest_label_, from.smallest_label_);
  largest_label_ = std::max(largest_label_, from.largest_label_);
  largest_weight_ = std::max(largest_weight_, from.largest_weight_);
  integral_weights_ = integral_weights_ && from.integral_weights_;
  for (const auto& [exponent, sum] : from.weight_sums_) weight_sums_[exponent] += sum;
  return {};
}

void BinCountState::write(Bytes& out) const {
  ByteWriter writer(out);
  for (const FeatureCount& count : features_) {
    writer.put(count.values.too_many());
    writer.put_array(count.values.sorted());
    writer.put_array(count.levels);
    writer.put(count.missing);
  }
  writer.put(rows_);
  writer.put(smallest_label_);
  writer.put(largest_label_);
  writer.put(largest_weight_);
  writer.put(integral_weights_);
  writer.put(static_cast<uint64_t>(weight_sums_.size()));
  for (const auto& [exponent, sum] : weight_sums_) {
    writer.put(exponent);
    writer.put(static_cast<uint64_t>(sum));
    writer.put(static_cast<uint64_t>(sum >> 64));
  }
}

namespace {

Result<void> read_feature(ByteReader& in, uint32_t most, BinCountState::FeatureCount& count) {
  const bool too_many = SKYMILL_TRY(in.get<uint8_t>()) != 0;
  for (const uint64_t key : SKYMILL_TRY(in.get_array<uint64_t>())) count.values.insert(key);
  // More distinct keys than fit are what "too many" is.
  for (uint64_t key = 1; too_many && key <= uint64_t{most} + 2; ++key) count.values.insert(key);
  std::vector<uint64_t> levels = SKYMILL_TRY(in.get_array<uint64_t>());
  if (levels.size() != count.levels.size()) {
    return Error{Code::kCorruptData, "a bin count has a wrong number of levels"};
  }
  count.levels = std::move(levels);
  count.missing = SKYMILL_TRY(in.get<uint64_t>());
  return {};
}

}  // namespace

Result<std::unique_ptr<PassState>> BinCountState::read(std::string_view parameters,
                                                       std::string_view state) {
  const BinCountRequest request = SKYMILL_TRY(BinCountRequest::read(parameters));
  auto out = std::make_unique<BinCountState>(request);
  ByteReader in(state);
  for (FeatureCount& count : out->features_) {
    SKYMILL_TRY(read_feature(in, request.most_values, count));
  }
  out->rows_ = SKYMILL_TRY(in.get<uint64_t>());
  out->smallest_label_ = SKYMILL_TRY(in.get<double>());
  out->largest_label_ = SKYMILL_TRY(in.get<double>());
  out->largest_weight_ = SKYMILL_TRY(in.get<double>());
  out->integral_weights_ = SKYMILL_TRY(in.get<uint8_t>()) != 0;
  const uint64_t sums = SKYMILL_TRY(in.get_count(20));
  for (uint64_t s = 0; s < sums; ++s) {
    const auto exponent = SKYMILL_TRY(in.get<int32_t>());
    const auto low = SKYMILL_TRY(in.get<uint64_t>());
    const auto high = SKYMILL_TRY(in.get<uint64_t>());
    out->weight_sums_[exponent] = static_cast<Sum128>(high) << 64 | static_cast<Sum128>(low);
  }
  SKYMILL_TRY(in.finish());
  return std::unique_ptr<PassState>(std::move(out));
}

RowStats BinCountState::stats() const {
  RowStats stats{.rows = rows_,
                 .smallest_label = smallest_label_,
                 .largest_label = largest_label_,
                 .largest_weight = largest_weight_,
                 .mean_weight = 1,
                 .integral_weights = integral_weights_};
  if (weight_sums_.empty() || rows_ == 0) return stats;
  double sum = 0;  // in the order of the exponents
  for (const auto& [exponent, mantissas] : weight_sums_) {
    sum += std::ldexp(static_cast<double>(mantissas) / static_cast<double>(rows_), exponent - 53);
  }
  stats.mean_weight = sum;
  return stats;
}

PassInfo bin_count_pass() {
  return {.name = "bin_count",
          .order_free = true,
          .make = [](std::string_view parameters) -> Result<std::unique_ptr<PassState>> {
            return std::make_unique<BinCountState>(SKYMILL_TRY(BinCountRequest::read(parameters)));
          },
          .read = BinCountState::read};
}

}  // namespace skymill
