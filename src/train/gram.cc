#include "train/gram.h"

#include <algorithm>
#include <cmath>

namespace skymill {
namespace {

Result<std::unique_ptr<GramState>> make_state(std::string_view bytes) {
  const GramParameters parameters = SKYMILL_TRY(GramParameters::read(bytes));
  auto layout =
      std::make_shared<const GramLayout>(SKYMILL_TRY(GramLayout::make(parameters.levels)));
  return std::make_unique<GramState>(std::move(layout), parameters);
}

Result<std::unique_ptr<PassState>> make_gram(std::string_view parameters) {
  return std::unique_ptr<PassState>(SKYMILL_TRY(make_state(parameters)));
}

Result<std::unique_ptr<PassState>> read_gram(std::string_view parameters, std::string_view bytes) {
  auto state = SKYMILL_TRY(make_state(parameters));
  SKYMILL_TRY(state->read(bytes));
  return std::unique_ptr<PassState>(std::move(state));
}

}  // namespace

Bytes GramParameters::to_bytes() const {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.put(precision);
  writer.put(kernel);
  writer.put_array(levels);
  return bytes;
}

Result<GramParameters> GramParameters::read(std::string_view bytes) {
  ByteReader reader(bytes);
  GramParameters parameters;
  const auto precision = SKYMILL_TRY(reader.get<uint8_t>());
  const auto kernel = SKYMILL_TRY(reader.get<uint8_t>());
  parameters.levels = SKYMILL_TRY(reader.get_array<uint32_t>());
  SKYMILL_TRY(reader.finish());
  if (precision > static_cast<uint8_t>(Precision::kDoubleDouble) ||
      kernel > static_cast<uint8_t>(KernelLevel::kAvx512)) {
    return Error{Code::kCorruptData, "the parameters of a Gram pass are damaged"};
  }
  parameters.precision = static_cast<Precision>(precision);
  parameters.kernel = static_cast<KernelLevel>(kernel);
  return parameters;
}

void GramState::add(const Block& block) {
  if (block.weight.empty()) {
    rows_ += block.num_rows;
  } else {
    rows_ +=
        static_cast<uint64_t>(std::ranges::count_if(block.weight, [](double w) { return w > 0; }));
  }
  if (sums_.precision() == Precision::kDoubleDouble) {
    sums_.add_exact(block);
  } else {
    add_in_tiles(block);
  }
}

void GramState::add_in_tiles(const Block& block) {
  sums_.begin(block, true);
  const bool weighted = !block.weight.empty();
  const size_t height = sums_.tile_rows();
  root_.resize(GramSums::kTileRows);
  response_.resize(GramSums::kTileRows);
  for (size_t start = 0; start < block.num_rows; start += height) {
    const size_t count = std::min(height, block.num_rows - start);
    if (weighted) {
      for (size_t i = 0; i < count; ++i) root_[i] = std::sqrt(block.weight[start + i]);
      std::fill(root_.begin() + static_cast<ptrdiff_t>(count), root_.end(), 0.0);
    }
    const double* root = weighted ? root_.data() : nullptr;
    sums_.kernel().copy_column(
        {block.label.data() + start, count, sums_.response_shift(), root, response_.data()});
    sums_.add_tile({&block, start, count, root, response_.data()});
  }
  sums_.end_block();
}

Result<void> GramState::merge(PassState&& other) {
  auto& state = same_state<GramState>(other);
  rows_ += state.rows_;
  sums_.merge(std::move(state.sums_));
  return {};
}

void GramState::write(Bytes& out) const {
  ByteWriter writer(out);
  writer.put(rows_);
  sums_.write(writer);
}

Result<void> GramState::read(std::string_view bytes) {
  ByteReader reader(bytes);
  rows_ = SKYMILL_TRY(reader.get<uint64_t>());
  SKYMILL_TRY(sums_.read(reader));
  return reader.finish();
}

PassInfo gram_pass() {
  return {.name = "gram", .order_free = false, .make = make_gram, .read = read_gram};
}

}  // namespace skymill
