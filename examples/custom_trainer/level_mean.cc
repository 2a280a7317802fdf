// A trainer of one's own: level_mean predicts a number by the mean label of each level of one
// category. It shows the three parts every trainer has: a pass that learns from blocks, a fit that
// turns its state into a body, and a TrainerInfo. main() trains it on rows in memory and predicts.
// Inside skymill the file would lie in src/train/, with one line in trainers.cc and one in
// train_passes.cc, and without main().
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "kernel/kernel.h"
#include "rows/local_source.h"
#include "train/fit_model.h"

namespace skymill {
namespace {

// ---- the pass: weight and weighted label of each level, and of all rows -------------------------

struct Sum {
  double weight = 0;
  double label = 0;
};

/// Parameters: which feature (u64), how many levels it has (u64).
class LevelSums final : public PassState {
 public:
  LevelSums(size_t feature, size_t levels) : feature_(feature), sums_(levels + 1) {}

  void add(const Block& block) override {
    const uint32_t* codes = block.features[feature_].code;
    for (size_t i = 0; i < block.num_rows; ++i) {
      const double weight = block.weight.empty() ? 1 : block.weight[i];
      add_to(sums_.back(), weight, weight * block.label[i]);
      if (codes[i] < sums_.size() - 1) add_to(sums_[codes[i]], weight, weight * block.label[i]);
    }
  }
  Result<void> merge(PassState&& other) override {
    const auto& sums = same_state<LevelSums>(other).sums_;
    for (size_t l = 0; l < sums_.size(); ++l) add_to(sums_[l], sums[l].weight, sums[l].label);
    return {};
  }
  void write(Bytes& out) const override {
    ByteWriter writer(out);
    for (const Sum& sum : sums_) {
      writer.put(sum.weight);
      writer.put(sum.label);
    }
  }
  Result<void> read(std::string_view bytes) {
    ByteReader reader(bytes);
    for (Sum& sum : sums_) {
      sum.weight = SKYMILL_TRY(reader.get<double>());
      sum.label = SKYMILL_TRY(reader.get<double>());
    }
    return reader.finish();
  }

  /// Of a level; of all rows after the last one.
  const Sum& sum(size_t level) const { return sums_[level]; }
  const Sum& all() const { return sums_.back(); }

 private:
  static void add_to(Sum& sum, double weight, double label) {
    sum.weight += weight;
    sum.label += label;
  }

  size_t feature_;
  std::vector<Sum> sums_;
};

Result<std::unique_ptr<LevelSums>> new_sums(std::string_view parameters) {
  ByteReader reader(parameters);
  const auto feature = SKYMILL_TRY(reader.get<uint64_t>());
  const auto levels = SKYMILL_TRY(reader.get<uint64_t>());
  SKYMILL_TRY(reader.finish());
  return std::make_unique<LevelSums>(feature, levels);
}

Result<std::unique_ptr<PassState>> make_sums(std::string_view parameters) {
  return std::unique_ptr<PassState>(SKYMILL_TRY(new_sums(parameters)));
}

Result<std::unique_ptr<PassState>> read_sums(std::string_view parameters, std::string_view bytes) {
  auto sums = SKYMILL_TRY(new_sums(parameters));
  SKYMILL_TRY(sums->read(bytes));
  return std::unique_ptr<PassState>(std::move(sums));
}

// Sums of doubles depend on their order, so the pass is not order-free: the source adds its states
// up in the order of the rows, and the model is the same at any number of threads.
PassInfo level_sums_pass() { return {"level_sums", false, make_sums, read_sums}; }

// ---- the trainer --------------------------------------------------------------------------------

/// The category to use: the one that is asked for, else the first.
Result<size_t> category(const std::vector<Feature>& features, const std::string& by) {
  std::vector<std::string> names;
  for (size_t f = 0; f < features.size(); ++f) {
    if (features[f].kind != FeatureKind::kCategory) continue;
    if (by.empty() || features[f].name == by) return f;
    names.push_back(features[f].name);
  }
  return Error{Code::kInvalidArgument,
               by.empty() ? "level_mean needs a category" : cat("no category is named '", by, "'"),
               suggest(by, names),
               {.field = "by"}};
}

Result<Fit> fit_level_mean(RowSource& source, const Params& params, FitContext& context) {
  const size_t by = SKYMILL_TRY(category(context.features, params.text("by")));
  const size_t levels = context.features[by].levels.size();
  Job job{.pass = "level_sums", .parameters = {}, .rows = context.rows, .transforms = context.plan};
  ByteWriter writer(job.parameters);
  writer.put(uint64_t{by});
  writer.put(uint64_t{levels});
  const auto sums = SKYMILL_TRY(run_one<LevelSums>(source, std::move(job), context.run));
  if (!(sums->all().weight > 0)) {
    return Error{Code::kInvalidArgument, "there are no rows to train on", "look at --where"};
  }

  // The mean of all rows is the intercept, and the prediction for a level that was never seen.
  LinearModel model;
  model.intercept = sums->all().label / sums->all().weight;
  for (const Feature& feature : context.features) {
    model.terms.push_back(
        {.weights = std::vector<double>(std::max<size_t>(1, feature.levels.size()))});
  }
  for (size_t l = 0; l < levels; ++l) {
    const Sum& sum = sums->sum(l);
    if (sum.weight > 0) model.terms[by].weights[l] = sum.label / sum.weight - model.intercept;
  }
  Fit fit;
  fit.report.details.set("by", context.features[by].name);
  fit.body = std::move(model);
  return fit;
}

TrainerInfo level_mean() {
  return {.name = "level_mean",
          .summary = "the mean label of each level of one category",
          .tasks = {Task::kRegression},
          .params = {{"by", ParamType::kText, std::string(), "the category; by default the first"}},
          .native_missing = false,
          .fit = fit_level_mean};
}

// ---- its use ------------------------------------------------------------------------------------

/// Weights of 600 people, by town: 60 in north, 70 in south, 80 in west, plus something.
Table people() {
  const std::vector<std::string> towns = {"north", "south", "west"};
  std::vector<std::string> town;
  std::vector<double> age;
  std::vector<double> weight;
  for (int i = 0; i < 600; ++i) {
    town.push_back(towns[static_cast<size_t>(i % 3)]);
    age.push_back(20 + i % 7);
    weight.push_back(60 + 10 * (i % 3) + (i % 5 - 2));
  }
  const Schema schema{{{"town", Type::kText}, {"age", Type::kNumber}, {"weight", Type::kNumber}}};
  return {.schema = std::make_shared<const Schema>(schema),
          .columns = {text_column(town), number_column(age), number_column(weight)},
          .num_rows = town.size()};
}

Result<double> predict(const std::shared_ptr<const Model>& model, const std::string& town) {
  const auto schema = std::make_shared<const Schema>(model->input_schema());
  const Table row{
      .schema = schema, .columns = {text_column({town}), number_column({21})}, .num_rows = 1};
  Predictor predictor(model);
  std::vector<ColumnView> views;
  return SKYMILL_TRY(predictor.predict(row.view(views))).scores[0];
}

Result<void> run() {
  const Table table = people();
  const RowSchema rows{
      .features = {{"town", Type::kText, FeatureKind::kCategory, {"north", "south", "west"}},
                   {"age", Type::kNumber, FeatureKind::kNumber}},
      .label = "weight",
      .label_type = Type::kNumber,
      .task = Task::kRegression};
  auto source = make_local_source(
      [&]() -> Result<std::unique_ptr<TableStream>> {
        return std::make_unique<MemoryStream>(table.schema, std::vector<Table>{table});
      },
      rows);

  std::vector<PassInfo> passes(kernel_passes().begin(), kernel_passes().end());
  passes.push_back(level_sums_pass());
  ThreadPool pool;
  const Cancel cancel;
  RunContext context{
      .passes = passes, .transforms = kernel_transforms(), .pool = pool, .cancel = cancel};
  const TrainerInfo trainer = level_mean();
  const std::vector<std::string> settings = {"by=town"};
  const FitOptions options{.trainer = &trainer,
                           .params = SKYMILL_TRY(Params::parse(trainer.params, settings))};
  const FitOutcome outcome = SKYMILL_TRY(fit_model(*source, options, context));

  std::printf("judged by %s\n", outcome.judged_by.c_str());
  for (const MetricValue& metric : outcome.metrics->metrics) {
    std::printf("  %s %.4f\n", metric.name.c_str(), metric.value);
  }
  const std::vector<std::pair<std::string, double>> wanted = {
      {"north", 60}, {"south", 70}, {"west", 80}, {"a town never seen", 70}};
  for (const auto& [town, weight] : wanted) {
    const double predicted = SKYMILL_TRY(predict(outcome.model, town));
    std::printf("%s: %.4f\n", town.c_str(), predicted);
    if (!(std::abs(predicted - weight) < 1e-9)) {
      return Error{Code::kInternal, cat(town, ": ", weight, " was wanted, not ", predicted)};
    }
  }
  return {};
}

}  // namespace
}  // namespace skymill

int main() {
  const auto done = skymill::run();
  if (!done) std::fprintf(stderr, "error: %s\n", done.error().text().c_str());
  return done ? 0 : 1;
}
