// Gradient and Hessian from one Gram matrix of [√v x, √v, r/√v] with v = weight μ(1 - μ) and
// r = weight (label - μ). Covered by logistic_test.cc.
#include "train/logistic.h"

#include <algorithm>
#include <cmath>

namespace skymill {
namespace {

Result<std::unique_ptr<LogisticState>> make_state(std::string_view bytes) {
  auto parameters =
      std::make_shared<const LogisticParameters>(SKYMILL_TRY(LogisticParameters::read(bytes)));
  auto layout =
      std::make_shared<const GramLayout>(SKYMILL_TRY(GramLayout::make(parameters->levels)));
  return std::make_unique<LogisticState>(std::move(layout), std::move(parameters));
}

Result<std::unique_ptr<PassState>> make_logistic(std::string_view parameters) {
  return std::unique_ptr<PassState>(SKYMILL_TRY(make_state(parameters)));
}

Result<std::unique_ptr<PassState>> read_logistic(std::string_view parameters,
                                                 std::string_view bytes) {
  auto state = SKYMILL_TRY(make_state(parameters));
  SKYMILL_TRY(state->read(bytes));
  return std::unique_ptr<PassState>(std::move(state));
}

}  // namespace

LogisticParameters LogisticParameters::zero(const GramLayout& layout) {
  LogisticParameters parameters{.levels = layout.levels};
  parameters.slopes.resize(layout.numbers.size());
  parameters.centres.resize(layout.numbers.size());
  size_t levels = 0;
  for (const size_t feature : layout.categories) levels += layout.levels[feature];
  parameters.effects.resize(levels);
  return parameters;
}

Bytes LogisticParameters::to_bytes() const {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.put(kernel);
  writer.put_array(levels);
  writer.put(intercept);
  writer.put_array(slopes);
  writer.put_array(centres);
  writer.put_array(effects);
  return bytes;
}

Result<LogisticParameters> LogisticParameters::read(std::string_view bytes) {
  ByteReader reader(bytes);
  LogisticParameters parameters;
  const auto kernel = SKYMILL_TRY(reader.get<uint8_t>());
  parameters.kernel = static_cast<KernelLevel>(kernel);
  parameters.levels = SKYMILL_TRY(reader.get_array<uint32_t>());
  parameters.intercept = SKYMILL_TRY(reader.get<double>());
  parameters.slopes = SKYMILL_TRY(reader.get_array<double>());
  parameters.centres = SKYMILL_TRY(reader.get_array<double>());
  parameters.effects = SKYMILL_TRY(reader.get_array<double>());
  SKYMILL_TRY(reader.finish());
  uint64_t numbers = 0;
  uint64_t levels = 0;
  for (const uint32_t count : parameters.levels) {
    numbers += count == 0 ? 1 : 0;
    levels += count;
  }
  if (kernel > static_cast<uint8_t>(KernelLevel::kAvx512) || parameters.slopes.size() != numbers ||
      parameters.centres.size() != numbers || parameters.effects.size() != levels) {
    return Error{Code::kCorruptData, "the parameters of a logistic pass are damaged"};
  }
  return parameters;
}

LogisticState::LogisticState(std::shared_ptr<const GramLayout> layout,
                             std::shared_ptr<const LogisticParameters> parameters)
    : parameters_(std::move(parameters)),
      sums_(std::move(layout), Precision::kDouble, parameters_->kernel) {}

void LogisticState::count_classes(const Block& block) {
  if (block.weight.empty()) {
    uint64_t ones = 0;
    for (const double label : block.label) ones += label > 0.5 ? 1 : 0;
    const std::array<uint64_t, 2> rows = {block.num_rows - ones, ones};
    for (size_t k = 0; k < 2; ++k) {
      class_rows_[k] += rows[k];
      class_weight_[k] += static_cast<double>(rows[k]);
    }
    return;
  }
  for (size_t i = 0; i < block.num_rows; ++i) {
    const double weight = block.weight[i];
    const size_t label = block.label[i] > 0.5 ? 1 : 0;
    class_rows_[label] += weight > 0 ? 1 : 0;
    class_weight_[label] += weight;
  }
}

void LogisticState::predict(const Block& block, size_t start, size_t count) {
  const LogisticParameters& at = *parameters_;
  const GramLayout& layout = sums_.layout();
  std::fill(predictor_.begin(), predictor_.end(), at.intercept);
  columns_.clear();
  for (const size_t feature : layout.numbers) columns_.push_back(block.features[feature].number);
  sums_.kernel().add_columns({columns_.data(), start, count, at.centres.data(), at.slopes.data(),
                              columns_.size(), predictor_.data()});
  const double* effect = at.effects.data();
  for (const size_t feature : layout.categories) {
    const uint32_t* code = block.features[feature].code + start;
    const uint32_t levels = layout.levels[feature];
    for (size_t i = 0; i < count; ++i) predictor_[i] += effect[code[i] < levels ? code[i] : 0];
    effect += levels;
  }
}

void LogisticState::add(const Block& block) {
  sums_.begin(block, false);
  count_classes(block);
  const size_t height = sums_.tile_rows();
  for (auto* buffer : {&predictor_, &label_, &weight_, &root_, &ratio_}) {
    buffer->resize(GramSums::kTileRows);
  }
  for (size_t start = 0; start < block.num_rows; start += height) {
    const size_t count = std::min(height, block.num_rows - start);
    const size_t padded = (count + 7) / 8 * 8;
    predict(block, start, count);
    const double* label = block.label.data() + start;
    const double* weight = block.weight.empty() ? nullptr : block.weight.data() + start;
    if (padded != count) {
      std::copy_n(label, count, label_.begin());
      std::fill(label_.begin() + static_cast<ptrdiff_t>(count), label_.end(), 1.0);
      std::fill(weight_.begin(), weight_.end(), 0.0);
      for (size_t i = 0; i < count; ++i) weight_[i] = weight == nullptr ? 1 : weight[i];
      label = label_.data();
      weight = weight_.data();
    }
    sums_.kernel().link({predictor_.data(), label, weight, padded, root_.data(), ratio_.data()},
                        link_);
    sums_.add_tile({&block, start, count, root_.data(), ratio_.data()});
  }
  sums_.end_block();
}

Result<void> LogisticState::merge(PassState&& other) {
  auto& state = same_state<LogisticState>(other);
  sums_.merge(std::move(state.sums_));
  link_.loss += state.link_.loss;
  link_.max_predictor = std::max(link_.max_predictor, state.link_.max_predictor);
  link_.min_margin = std::min(link_.min_margin, state.link_.min_margin);
  for (size_t k = 0; k < 2; ++k) {
    class_rows_[k] += state.class_rows_[k];
    class_weight_[k] += state.class_weight_[k];
  }
  return {};
}

void LogisticState::write(Bytes& out) const {
  ByteWriter writer(out);
  writer.put(link_.loss);
  writer.put(link_.max_predictor);
  writer.put(link_.min_margin);
  for (size_t k = 0; k < 2; ++k) {
    writer.put(class_rows_[k]);
    writer.put(class_weight_[k]);
  }
  sums_.write(writer);
}

Result<void> LogisticState::read(std::string_view bytes) {
  ByteReader reader(bytes);
  link_.loss = SKYMILL_TRY(reader.get<double>());
  link_.max_predictor = SKYMILL_TRY(reader.get<double>());
  link_.min_margin = SKYMILL_TRY(reader.get<double>());
  for (size_t k = 0; k < 2; ++k) {
    class_rows_[k] = SKYMILL_TRY(reader.get<uint64_t>());
    class_weight_[k] = SKYMILL_TRY(reader.get<double>());
  }
  SKYMILL_TRY(sums_.read(reader));
  return reader.finish();
}

PassInfo logistic_pass() {
  return {.name = "logistic", .order_free = false, .make = make_logistic, .read = read_logistic};
}

}  // namespace skymill
