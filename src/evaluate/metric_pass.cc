#include "evaluate/metric_pass.h"

#include <mutex>
#include <tuple>

#include "base/sha256.h"
#include "base/text.h"
#include "evaluate/label_pass.h"
#include "model/model_file.h"

namespace skymill {
namespace {

constexpr std::string_view kName = "metrics";

/// Models that some state or job still holds, by the hash of their bytes: a source makes a state
/// per thread, and all of them share one model. Thread-safe.
class SharedModels {
 public:
  Result<std::shared_ptr<const Model>> read(std::string_view bytes) {
    const std::string digest = sha256_hex(bytes);
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_) {
      if (entry.digest != digest) continue;
      if (auto model = entry.model.lock()) return model;
    }
    auto model = SKYMILL_TRY(read_model(bytes));
    insert(digest, model);
    return model;
  }
  void remember(std::string_view bytes, const std::shared_ptr<const Model>& model) {
    const std::string digest = sha256_hex(bytes);
    const std::lock_guard lock(mutex_);
    insert(digest, model);
  }

 private:
  struct Entry {
    std::string digest;
    std::weak_ptr<const Model> model;
  };
  void insert(const std::string& digest, const std::shared_ptr<const Model>& model) {
    std::erase_if(entries_, [&](const Entry& entry) {
      return entry.digest == digest || entry.model.expired();
    });
    entries_.push_back({digest, model});
  }

  std::mutex mutex_;
  std::vector<Entry> entries_;
};

SharedModels& shared_models() {
  static SharedModels models;
  return models;
}

Result<void> check(const Model& model, const Baseline& baseline) {
  if (model.rows.task == Task::kRegression) {
    if (std::isfinite(baseline.mean)) return {};
    return Error{Code::kInvalidArgument, "the baseline of the metrics has no mean",
                 "fit it with fit_baseline"};
  }
  const size_t classes = model.rows.classes.size();
  if (classes > kMaxMetricClasses) {
    return Error{Code::kResourceExhausted,
                 cat("metrics are made for at most ", kMaxMetricClasses, " classes; the label has ",
                     classes),
                 "merge rare classes, or train without a hold-out (--split 0)"};
  }
  if (model.outputs() != classes) {
    return Error{Code::kCorruptData, "the model's body does not match its classes"};
  }
  return check_shares(baseline.class_shares, classes);
}

Result<std::unique_ptr<PassState>> make_state(std::string_view parameters) {
  ByteReader reader(parameters);
  Baseline baseline;
  baseline.mean = SKYMILL_TRY(reader.get<double>());
  baseline.class_shares = SKYMILL_TRY(reader.get_array<double>());
  const std::string bytes = SKYMILL_TRY(reader.get_text());
  SKYMILL_TRY(reader.finish());
  auto model = SKYMILL_TRY(shared_models().read(bytes));
  SKYMILL_TRY(check(*model, baseline));
  return std::make_unique<MetricState>(std::move(model), std::move(baseline));
}

Result<std::unique_ptr<PassState>> read_state(std::string_view parameters, std::string_view state) {
  auto made = state_as<MetricState>(SKYMILL_TRY(make_state(parameters)));
  SKYMILL_TRY(made->restore(state).context("the state of a metric pass"));
  return made;
}

void write_error(ByteWriter& out, const Error& error) {
  out.put(error.code);
  out.put_text(error.message);
  out.put_text(error.hint);
  out.put_text(error.place.field);
}

Result<void> read_error(ByteReader& in, Error& error) {
  error.code = SKYMILL_TRY(in.get<Code>());
  if (error.code > Code::kInternal) return Error{Code::kCorruptData, "an error has no such code"};
  error.message = SKYMILL_TRY(in.get_text());
  error.hint = SKYMILL_TRY(in.get_text());
  error.place.field = SKYMILL_TRY(in.get_text());
  return {};
}

/// No golden rows: the model was made or loaded here, and states live no longer than the job.
GoldenRows no_rows(const Model& model) {
  GoldenRows golden;
  golden.table.schema = std::make_shared<Schema>(model.input_schema());
  for (const Field& field : golden.table.schema->fields) {
    golden.table.columns.push_back(ColumnBuilder(field.type).finish());
  }
  return golden;
}

}  // namespace

PassInfo metric_pass() {
  return {.name = kName, .order_free = true, .make = make_state, .read = read_state};
}

MetricState::MetricState(std::shared_ptr<const Model> model, Baseline baseline)
    : predictor_(std::move(model)),
      baseline_(std::move(baseline)),
      sums_(RegressionSums(baseline_.mean)) {
  if (this->model().rows.task == Task::kClassification) {
    sums_ = ClassificationSums(this->model().rows.classes.size());
  }
}

void MetricState::add(const Block& block) {
  if (block.num_rows == 0) return;
  if (block.features.size() != model().rows.features.size() || block.label.empty()) {
    return fail({Code::kSchemaMismatch, "the rows to judge lack a label or features of the model"});
  }
  const Result<Predictions> predictions = predictor_.predict(block);
  if (!predictions) return fail(predictions.error());
  for (size_t i = 0; i < block.num_rows; ++i) rows_dropped_ += predictions->dropped[i];
  if (model().rows.task == Task::kRegression) {
    add_regression(block, *predictions);
  } else {
    add_classification(block, *predictions);
  }
}

void MetricState::add_regression(const Block& block, const Predictions& predictions) {
  auto& sums = std::get<RegressionSums>(sums_);
  for (size_t i = 0; i < block.num_rows; ++i) {
    if (predictions.dropped[i] != 0) continue;
    ++rows_;
    sums.add(block.label[i], predictions.scores[i], block.weight.empty() ? 1 : block.weight[i]);
  }
}

void MetricState::add_classification(const Block& block, const Predictions& predictions) {
  auto& sums = std::get<ClassificationSums>(sums_);
  const size_t classes = predictions.outputs;
  for (size_t i = 0; i < block.num_rows; ++i) {
    if (predictions.dropped[i] != 0) continue;
    if (!(block.label[i] >= 0 && block.label[i] < static_cast<double>(classes))) {
      return fail({Code::kSchemaMismatch, "a label is none of the model's classes"});
    }
    ++rows_;
    sums.add({.key = block.key[i],
              .true_class = static_cast<uint32_t>(block.label[i]),
              .weight = block.weight.empty() ? 1 : block.weight[i],
              .probabilities = predictions.scores.subspan(i * classes, classes)},
             predictions.best_class(i));
  }
}

void MetricState::fail(Error error) {
  const auto rank = [](const Error& e) { return std::tie(e.message, e.hint, e.code); };
  if (!failure_ || rank(error) < rank(*failure_)) failure_ = std::move(error);
}

Result<void> MetricState::merge(PassState&& other) {
  auto& from = same_state<MetricState>(other);
  rows_ += from.rows_;
  rows_dropped_ += from.rows_dropped_;
  if (from.failure_) fail(*from.failure_);
  if (auto* sums = std::get_if<RegressionSums>(&sums_)) {
    sums->merge(from.regression());
  } else {
    std::get<ClassificationSums>(sums_).merge(std::move(std::get<ClassificationSums>(from.sums_)));
  }
  return {};
}

void MetricState::write(Bytes& out) const {
  ByteWriter writer(out);
  writer.put(rows_);
  writer.put(rows_dropped_);
  writer.put(static_cast<uint8_t>(failure_.has_value()));
  if (failure_) write_error(writer, *failure_);
  std::visit([&](const auto& sums) { sums.write(writer); }, sums_);
}

Result<void> MetricState::restore(std::string_view state) {
  ByteReader reader(state);
  rows_ = SKYMILL_TRY(reader.get<uint64_t>());
  rows_dropped_ = SKYMILL_TRY(reader.get<uint64_t>());
  if (SKYMILL_TRY(reader.get<uint8_t>()) != 0) {
    SKYMILL_TRY(read_error(reader, failure_.emplace()));
  }
  if (std::holds_alternative<RegressionSums>(sums_)) {
    sums_ = SKYMILL_TRY(RegressionSums::read(reader, baseline_.mean));
  } else {
    sums_ = SKYMILL_TRY(ClassificationSums::read(reader, model().rows.classes.size()));
  }
  return reader.finish();
}

Result<Job> metric_job(std::shared_ptr<const Model> model, const Baseline& baseline,
                       const Selection& rows) {
  SKYMILL_TRY(check(*model, baseline));
  const std::string bytes = SKYMILL_TRY(write_model(model, no_rows(*model)));
  shared_models().remember(bytes, model);
  Job job{.pass = std::string(kName), .parameters = {}, .rows = rows};
  ByteWriter writer(job.parameters);
  writer.put(baseline.mean);
  writer.put_array(baseline.class_shares);
  writer.put_text(bytes);
  return job;
}

Result<MetricReport> collect_metrics(std::vector<std::unique_ptr<PassState>> states) {
  SKYMILL_CHECK(!states.empty());
  MetricReport report;
  std::vector<const RegressionSums*> regressions;
  std::vector<ClassificationFold> classifications;
  const RowSchema& schema = same_state<MetricState>(*states.front()).model().rows;
  report.task = schema.task;
  report.classes = schema.classes;
  for (const auto& state : states) {
    const auto& fold = same_state<MetricState>(*state);
    SKYMILL_CHECK(fold.model().rows.task == schema.task);
    SKYMILL_CHECK(fold.model().rows.classes == schema.classes);
    if (fold.failure()) return *fold.failure();
    report.rows += fold.rows();
    report.rows_dropped += fold.rows_dropped();
    if (report.task == Task::kRegression) {
      regressions.push_back(&fold.regression());
    } else {
      classifications.push_back({&fold.classification(), fold.baseline().class_shares});
    }
  }
  if (report.task == Task::kRegression) {
    report_regression(regressions, report);
  } else {
    report_classification(classifications, report);
  }
  return report;
}

}  // namespace skymill
