#include "evaluate/label_pass.h"

#include "base/text.h"

namespace skymill {
namespace {

constexpr std::string_view kName = "label";
constexpr uint64_t kMostClasses = uint64_t{1} << 20;

Result<std::unique_ptr<PassState>> make_state(std::string_view parameters) {
  ByteReader reader(parameters);
  const uint64_t classes = SKYMILL_TRY(reader.get<uint64_t>());
  SKYMILL_TRY(reader.finish());
  if (classes > kMostClasses) {
    return Error{Code::kResourceExhausted, cat("the label has ", classes, " classes"),
                 "is it an identifier? merge rare classes or leave it out"};
  }
  return std::make_unique<LabelState>(classes);
}

Result<std::unique_ptr<PassState>> read_state(std::string_view parameters, std::string_view state) {
  auto made = state_as<LabelState>(SKYMILL_TRY(make_state(parameters)));
  SKYMILL_TRY(made->restore(state).context("the state of a label pass"));
  return made;
}

}  // namespace

PassInfo label_pass() {
  return {.name = kName, .order_free = true, .make = make_state, .read = read_state};
}

Job label_job(const RowSchema& schema, const Selection& rows) {
  Job job{.pass = std::string(kName), .parameters = {}, .rows = rows};
  ByteWriter writer(job.parameters);
  writer.put(
      static_cast<uint64_t>(schema.task == Task::kClassification ? schema.classes.size() : 0));
  return job;
}

Result<void> check_shares(std::span<const double> shares, size_t classes) {
  double sum = 0;
  for (const double share : shares) sum += share >= 0 ? share : std::nan("");
  if (shares.size() == classes && std::abs(sum - 1) < 1e-9) return {};
  return Error{Code::kInvalidArgument,
               cat("the baseline of the metrics has no shares of ", classes, " classes"),
               "fit it with fit_baseline"};
}

void LabelState::add(const Block& block) {
  if (block.label.empty()) {
    refused_ += block.num_rows;
    return;
  }
  for (size_t i = 0; i < block.num_rows; ++i) {
    const double label = block.label[i];
    const double weight = block.weight.empty() ? 1 : block.weight[i];
    if (class_weight_.empty()) {
      weight_.add(weight);
      weighted_label_.add(weight * label);
    } else if (label >= 0 && label < static_cast<double>(class_weight_.size())) {
      weight_.add(weight);
      class_weight_[static_cast<size_t>(label)].add(weight);
    } else {
      ++refused_;
    }
  }
}

Result<void> LabelState::merge(PassState&& other) {
  const auto& from = same_state<LabelState>(other);
  refused_ += from.refused_;
  weight_.merge(from.weight_);
  weighted_label_.merge(from.weighted_label_);
  for (size_t c = 0; c < class_weight_.size(); ++c) class_weight_[c].merge(from.class_weight_[c]);
  return {};
}

void LabelState::write(Bytes& out) const {
  ByteWriter writer(out);
  writer.put(refused_);
  weight_.write(writer);
  weighted_label_.write(writer);
  for (const WeightSum& weight : class_weight_) weight.write(writer);
}

Result<void> LabelState::restore(std::string_view state) {
  ByteReader reader(state);
  refused_ = SKYMILL_TRY(reader.get<uint64_t>());
  weight_ = SKYMILL_TRY(WeightSum::read(reader));
  weighted_label_ = SKYMILL_TRY(MomentSum::read(reader));
  for (WeightSum& weight : class_weight_) weight = SKYMILL_TRY(WeightSum::read(reader));
  return reader.finish();
}

Result<Baseline> LabelState::baseline() const {
  const double total = weight_.value();
  if (refused_ != 0) {
    return Error{Code::kSchemaMismatch, cat("the label of ", refused_, " rows is no class")};
  }
  if (!(total > 0)) {
    return Error{Code::kInvalidArgument, "no rows of positive weight are left to learn from",
                 "look at the filter, the weights and the missing values"};
  }
  Baseline baseline;
  if (class_weight_.empty()) {
    baseline.mean = weighted_label_.value() / total;
    if (!std::isfinite(baseline.mean)) {
      return Error{Code::kInvalidArgument, "the label's values are too large to take their mean",
                   "scale the label down"};
    }
  }
  for (const WeightSum& weight : class_weight_) {
    baseline.class_shares.push_back(weight.value() / total);
  }
  return baseline;
}

Result<Baseline> fit_baseline(RowSource& source, const Selection& rows, RunContext& context) {
  const auto state =
      SKYMILL_TRY(run_one<LabelState>(source, label_job(source.schema(), rows), context));
  return state->baseline();
}

}  // namespace skymill
