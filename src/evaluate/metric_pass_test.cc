#include "evaluate/metric_pass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "model/model_file.h"
#include "rows/local_source.h"

namespace skymill {
namespace {

RowSchema schema_of(Task task) {
  RowSchema rows;
  rows.features = {{.name = "x"}, {.name = "z"}};
  rows.label = "y";
  rows.task = task;
  rows.weight = "w";
  if (task == Task::kClassification) {
    rows.label_type = Type::kText;
    rows.classes = {"no", "yes"};
  }
  return rows;
}

std::shared_ptr<const Model> model_of(Task task, MissingMethod missing = MissingMethod::kDrop,
                                      double slope = 1) {
  auto model = std::make_shared<Model>();
  model->rows = schema_of(task);
  std::vector<ColumnPlan> columns;
  for (const Feature& feature : model->rows.features) {
    columns.push_back({.input = feature, .missing = missing});
  }
  model->plan = FeaturePlan::make(std::move(columns)).value();
  LinearModel body;
  body.link = task == Task::kRegression ? Link::kIdentity : Link::kLogistic;
  body.terms = {{.weights = {slope}}, {.weights = {-0.5}}};
  model->body = body;
  return model;
}

Baseline baseline_of(Task task) {
  if (task == Task::kRegression) return {.mean = 0.25};
  return {.mean = 0, .class_shares = {0.4, 0.6}};
}

bool draw(double log_odds, RandomStream& random) {
  return random.uniform() < 1 / (1 + std::exp(-log_odds));
}

/// Rows with a little of everything: weights, rounded numbers (ties), missing values.
Table table_of(Task task, size_t rows, double missing_share = 0.05) {
  RandomStream random(11, 0);
  std::vector<double> x;
  std::vector<double> z;
  std::vector<double> y;
  std::vector<std::string> classes;
  std::vector<double> w;
  for (size_t i = 0; i < rows; ++i) {
    x.push_back(std::round(random.uniform() * 200 - 100) / 50);
    z.push_back(std::round(random.uniform() * 10) / 10);
    y.push_back(x.back() - z.back() / 2 + random.uniform() - 0.5);
    classes.push_back(draw(x.back() - z.back() / 2, random) ? "yes" : "no");
    w.push_back(random.below(3) == 0 ? 0.3 : 1);
    if (random.uniform() < missing_share) x.back() = std::nan("");
  }
  auto schema = std::make_shared<Schema>(input_schema(schema_of(task), true));
  Table table{.schema = schema, .columns = {}, .num_rows = rows};
  table.columns = {number_column(x), number_column(z),
                   task == Task::kRegression ? number_column(y) : text_column(classes),
                   number_column(w)};
  return table;
}

/// Scores a table in parts of so many rows, on so many threads.
class Evaluation {
 public:
  Evaluation(const Table& table, Task task, unsigned threads = 1)
      : pool_(threads), context_{evaluate_passes(), {}, pool_, cancel_} {
    source_ = make_local_source(
        [table]() -> Result<std::unique_ptr<TableStream>> {
          return std::make_unique<MemoryStream>(table.schema, std::vector<Table>{table});
        },
        schema_of(task));
  }

  Result<std::vector<std::unique_ptr<PassState>>> run(const std::vector<Job>& jobs) {
    return source_->run(jobs, context_);
  }
  Result<Baseline> baseline(const Selection& rows) {
    return fit_baseline(*source_, rows, context_);
  }

 private:
  ThreadPool pool_;
  Cancel cancel_;
  RunContext context_;
  std::unique_ptr<RowSource> source_;
};

Job job_of(const std::shared_ptr<const Model>& model, const Selection& rows = {}) {
  return metric_job(model, baseline_of(model->rows.task), rows).value();
}

Bytes bytes_of(const PassState& state) {
  Bytes bytes;
  state.write(bytes);
  return bytes;
}

/// The state after one scan of the table.
std::unique_ptr<PassState> state_of(const std::shared_ptr<const Model>& model, const Table& table,
                                    unsigned threads = 1) {
  Evaluation evaluation(table, model->rows.task, threads);
  return std::move(evaluation.run({job_of(model)}).value().front());
}

std::string report_of(std::unique_ptr<PassState> state) {
  std::vector<std::unique_ptr<PassState>> states;
  states.push_back(std::move(state));
  return collect_metrics(std::move(states)).value().to_json().dump();
}

constexpr std::array<Task, 2> kTasks = {Task::kRegression, Task::kClassification};

TEST(MetricPass, ScoresRowsAsThePredictorDoes) {
  const auto model = model_of(Task::kRegression);
  const Table table = table_of(Task::kRegression, 500);
  std::vector<ColumnView> views;
  Predictor predictor(model);
  const Predictions predictions = predictor.predict(table.view(views)).value();
  double squares = 0;
  double weights = 0;
  uint64_t dropped = 0;
  for (size_t i = 0; i < 500; ++i) {
    dropped += predictions.dropped[i];
    if (predictions.dropped[i] != 0) continue;
    const double error = views[2].numbers[i] - predictions.scores[i];
    squares += views[3].numbers[i] * error * error;
    weights += views[3].numbers[i];
  }
  std::vector<std::unique_ptr<PassState>> states;
  states.push_back(state_of(model, table));
  const MetricReport report = collect_metrics(std::move(states)).value();
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(report.rows_dropped, dropped);
  EXPECT_EQ(report.rows, 500 - dropped);
  EXPECT_NEAR(report.metrics[0].value, std::sqrt(squares / weights), 1e-14);
}

TEST(MetricPass, AGoodModelBeatsTheBaseline) {
  std::vector<std::unique_ptr<PassState>> states;
  states.push_back(
      state_of(model_of(Task::kClassification), table_of(Task::kClassification, 4000)));
  const MetricReport report = collect_metrics(std::move(states)).value();
  EXPECT_GT(report.metrics[0].low, report.baseline[0].high);
  EXPECT_LT(report.metrics[1].high, report.baseline[1].low);
  EXPECT_GT(report.metrics[2].low, 0.5);
}

TEST(MetricPass, ThreadsChangeNothing) {
  for (const Task task : kTasks) {
    const Table table = table_of(task, 9 * kBlockRows + 77);
    auto one = state_of(model_of(task), table, 1);
    auto four = state_of(model_of(task), table, 4);
    EXPECT_EQ(bytes_of(*one), bytes_of(*four));
    EXPECT_EQ(report_of(std::move(one)), report_of(std::move(four)));
  }
}

TEST(MetricPass, PartitionsMergedInAnyOrderChangeNothing) {
  const PassInfo pass = metric_pass();
  for (const Task task : kTasks) {
    const Table table = table_of(task, 3000);
    const Job job = job_of(model_of(task));
    const Roles roles(schema_of(task), true);
    const Bytes expected = bytes_of(*state_of(model_of(task), table));
    for (const std::array<size_t, 3> order : {std::array<size_t, 3>{0, 1, 2}, {2, 0, 1}}) {
      auto merged = pass.make(job.parameters).value();
      for (const size_t part : order) {
        // Through bytes, as from an executor. Keys are those of the whole table.
        auto state = pass.make(job.parameters).value();
        std::vector<ColumnView> views;
        BlockBuffer buffer;
        const Table slice = table.slice(part * 1000, 1000);
        to_block(slice.view(views), roles, buffer).value();
        for (uint64_t& key : buffer.key) key += part * 1000;
        state->add(buffer.block(part, 0, buffer.label.size()));
        const Bytes bytes = bytes_of(*state);
        auto read = pass.read(job.parameters, bytes).value();
        EXPECT_EQ(bytes_of(*read), bytes);
        ASSERT_TRUE(merged->merge(std::move(*read)).has_value());
      }
      EXPECT_EQ(bytes_of(*merged), expected);
    }
  }
}

TEST(MetricPass, FoldsOfSeveralModelsGiveOneReport) {
  for (const Task task : kTasks) {
    const Table table = table_of(task, 2000);
    const std::vector<CutPoints> cuts = {{uint64_t{1} << 62, uint64_t{1} << 63}};
    std::vector<Job> jobs;
    for (unsigned fold = 0; fold < 3; ++fold) {
      const auto model = model_of(task, MissingMethod::kDrop, 1 + 0.1 * fold);
      jobs.push_back(job_of(model, {.seed = 5, .cuts = cuts, .mask = uint64_t{1} << fold}));
    }
    Evaluation evaluation(table, task);
    auto states = evaluation.run(jobs);
    ASSERT_TRUE(states.has_value());
    const MetricReport report = collect_metrics(std::move(*states)).value();
    EXPECT_EQ(report.rows + report.rows_dropped, 2000U);
    for (const MetricValue& metric : report.metrics) {
      EXPECT_LT(metric.low, metric.value);
      EXPECT_GT(metric.high, metric.value);
    }
  }
}

TEST(MetricPass, TheBaselineComesFromTheSelectedRows) {
  Evaluation evaluation(table_of(Task::kClassification, 500), Task::kClassification);
  const auto baseline = evaluation.baseline({});
  ASSERT_TRUE(baseline.has_value());
  EXPECT_NEAR(baseline->class_shares[0] + baseline->class_shares[1], 1, 1e-15);
  EXPECT_FALSE(evaluation.baseline({.seed = 1, .cuts = {{0}}, .mask = 1}).has_value());
}

TEST(MetricPass, NoRowsGiveNulls) {
  for (const Task task : kTasks) {
    const std::string report = report_of(state_of(model_of(task), table_of(task, 0)));
    EXPECT_NE(report.find(R"("value":null,"low":null)"), std::string::npos) << report;
  }
}

TEST(MetricPass, AValueThatThePlanRefusesIsTheReportsError) {
  const auto model = model_of(Task::kRegression, MissingMethod::kFail);
  auto state = state_of(model, table_of(Task::kRegression, 500));
  const Bytes bytes = bytes_of(*state);
  const PassInfo pass = metric_pass();
  std::vector<std::unique_ptr<PassState>> states;
  states.push_back(pass.read(job_of(model).parameters, bytes).value());
  const auto report = collect_metrics(std::move(states));
  ASSERT_FALSE(report.has_value());
  EXPECT_NE(report.error().message.find("'x' is missing"), std::string::npos);
}

TEST(MetricPass, ALabelThatIsNoClassOfTheModelIsTheReportsError) {
  auto state = metric_pass().make(job_of(model_of(Task::kClassification)).parameters).value();
  const std::array<double, 1> value = {0.5};
  const std::array<double, 1> label = {2};
  const std::array<uint64_t, 1> key = {0};
  const std::array<FeatureColumn, 2> features = {
      {{.number = value.data()}, {.number = value.data()}}};
  state->add({.num_rows = 1, .features = features, .label = label, .key = key});
  std::vector<std::unique_ptr<PassState>> states;
  states.push_back(std::move(state));
  EXPECT_FALSE(collect_metrics(std::move(states)).has_value());
}

TEST(MetricPass, ABaselineMustFitTheModel) {
  const auto model = model_of(Task::kClassification);
  EXPECT_FALSE(metric_job(model, {.mean = 1, .class_shares = {}}, {}).has_value());
  EXPECT_FALSE(metric_job(model, {.mean = 0, .class_shares = {0.5, 0.6}}, {}).has_value());
  EXPECT_FALSE(metric_job(model, {.mean = 0, .class_shares = {1.5, -0.5}}, {}).has_value());
  EXPECT_FALSE(metric_job(model_of(Task::kRegression), {.mean = std::nan("")}, {}).has_value());
}

TEST(MetricPass, DamagedBytesGiveAnErrorOrAState) {
  const PassInfo pass = metric_pass();
  for (const Task task : kTasks) {
    const Job job = job_of(model_of(task));
    const Bytes bytes = bytes_of(*state_of(model_of(task), table_of(task, 40)));
    RandomStream random(3, 0);
    for (int i = 0; i < 3000; ++i) {
      Bytes damaged = bytes;
      if (i % 3 == 0) damaged.resize(random.below(damaged.size()));
      if (!damaged.empty()) {
        damaged[random.below(damaged.size())] ^= static_cast<char>(1U << random.below(8));
      }
      auto state = pass.read(job.parameters, damaged);
      if (!state) continue;
      // What still reads as a state must also be usable.
      std::vector<std::unique_ptr<PassState>> states;
      states.push_back(std::move(*state));
      auto report = collect_metrics(std::move(states));
      if (report) report->to_json().dump();
    }
    for (size_t size = 0; size < job.parameters.size(); size += 5) {
      EXPECT_FALSE(pass.make(std::string_view(job.parameters).substr(0, size)).has_value());
    }
  }
}

TEST(MetricReport, JsonHasTheShapeOfTheContract) {
  std::vector<std::unique_ptr<PassState>> states;
  states.push_back(state_of(model_of(Task::kClassification), table_of(Task::kClassification, 300)));
  const Json json = collect_metrics(std::move(states)).value().to_json();
  for (const char* part : {"metrics", "baseline"}) {
    for (const MetricInfo& metric : metrics()) {
      const Json* value = json.find(part)->find(metric.name);
      ASSERT_EQ(value != nullptr, metric.task == Task::kClassification) << metric.name;
      if (value == nullptr) continue;
      for (const char* key : {"value", "low", "high"}) EXPECT_TRUE(value->find(key)->is_number());
      EXPECT_TRUE(value->find("how")->is_string());
    }
  }
  EXPECT_EQ(json.find("confusion")->find("rows")->items().size(), 2U);
  EXPECT_NE(json.find("per_class")->find("yes")->find("recall"), nullptr);
}

}  // namespace
}  // namespace skymill
