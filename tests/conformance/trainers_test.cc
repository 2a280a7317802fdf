// What every trainer must do, for each of its tasks. A new line in trainers.cc is tested here
// without a change to this file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>

#include "conformance_data.h"
#include "model/body_arrays.h"
#include "model/model_file.h"

namespace skymill {
namespace {

/// Rows enough for three runs of four blocks, so that states of runs are merged.
constexpr size_t kManyRows = 150'000;

#define ASSERT_OK(result) ASSERT_TRUE((result).has_value()) << (result).error().text()

class Trainers : public testing::TestWithParam<TrainerCase> {
 protected:
  ConformanceData data(const DataOptions& options = {}) const {
    return make_data(GetParam().task, options);
  }
  /// The model file of a fit, or why there is none.
  std::string bytes(const ConformanceData& rows, const FitCase& fit) const {
    const auto outcome = fit_case(GetParam(), rows, fit);
    if (!outcome) return "no model: " + outcome.error().text();
    const auto file = model_bytes(outcome->model, rows);
    return file ? *file : "no file: " + file.error().text();
  }
};

std::vector<uint64_t> bits(const std::vector<double>& values) {
  std::vector<uint64_t> out;
  for (const double value : values) out.push_back(std::bit_cast<uint64_t>(value));
  return out;
}

/// One-column changes to a table, for rows that training did not see.
Table with_column(const Table& table, std::string_view name, Column column) {
  Table out = table;
  out.columns[*table.schema->find(name)] = std::move(column);
  return out;
}

void expect_scores_are_sound(const std::vector<double>& scores, Task task) {
  for (size_t i = 0; i < scores.size(); ++i) ASSERT_TRUE(std::isfinite(scores[i])) << i;
  if (task == Task::kRegression) return;
  for (size_t i = 0; i + 1 < scores.size(); i += 2) {
    ASSERT_GE(scores[i], 0);
    ASSERT_NEAR(scores[i] + scores[i + 1], 1, 1e-12);
  }
}

/// One row has no spread: its metrics may have no interval; others then say why.
void expect_sound(const MetricValue& metric, uint64_t rows) {
  if (std::isnan(metric.value)) return;
  const bool explained = rows < 2 || metric.how.find("no interval") != std::string::npos;
  if (explained && std::isnan(metric.low) && std::isnan(metric.high)) return;
  EXPECT_LE(metric.low, metric.value) << metric.name;
  EXPECT_LE(metric.value, metric.high) << metric.name;
}

void expect_sound(const MetricReport& report) {
  for (const MetricValue& metric : report.metrics) expect_sound(metric, report.rows);
  for (const MetricValue& metric : report.baseline) expect_sound(metric, report.rows);
  for (const ClassMetrics& one : report.per_class) {
    expect_sound(one.precision, one.rows);
    expect_sound(one.recall, one.rows);
  }
}

TEST_P(Trainers, SavedAndLoadedModelPredictsTheSameAndIsWrittenAsTheSameBytes) {
  const ConformanceData rows = data();
  const auto outcome = fit_case(GetParam(), rows);
  ASSERT_OK(outcome);
  const auto file = model_bytes(outcome->model, rows);
  ASSERT_OK(file);
  const auto loaded = read_model(*file);
  ASSERT_OK(loaded);
  const auto again = model_bytes(*loaded, rows);
  ASSERT_OK(again);
  EXPECT_TRUE(*again == *file);
  const Table table = input_table(*outcome->model, rows.tables[1]);
  const auto before = scores_of(outcome->model, table);
  const auto after = scores_of(*loaded, table);
  ASSERT_OK(before);
  ASSERT_OK(after);
  EXPECT_EQ(bits(*before), bits(*after));
}

TEST_P(Trainers, BatchPredictionEqualsRowByRow) {
  const ConformanceData rows = data();
  const auto outcome = fit_case(GetParam(), rows);
  ASSERT_OK(outcome);
  const Table table = input_table(*outcome->model, rows.tables[1]);
  const auto batch = scores_of(outcome->model, table);
  ASSERT_OK(batch);
  std::vector<double> single;
  for (size_t row = 0; row < table.num_rows; ++row) {
    const auto scores = scores_of(outcome->model, table.slice(row, 1));
    ASSERT_OK(scores);
    single.insert(single.end(), scores->begin(), scores->end());
  }
  EXPECT_EQ(bits(*batch), bits(single));
}

TEST_P(Trainers, SameModelAtAnyThreadCount) {
  const ConformanceData rows = data({.rows = kManyRows, .rows_per_table = 10'007});
  const std::string one = bytes(rows, {.threads = 1, .hold_out = 0});
  ASSERT_TRUE(one.starts_with("SKYMILL")) << one;
  EXPECT_TRUE(bytes(rows, {.threads = 2, .hold_out = 0}) == one);
  EXPECT_TRUE(bytes(rows, {.threads = 8, .hold_out = 0}) == one);
}

TEST_P(Trainers, SameModelCachedAndStreamed) {
  const ConformanceData rows = data({.rows = kManyRows, .rows_per_table = 10'007});
  const std::string cached = bytes(rows, {.hold_out = 0});
  ASSERT_TRUE(cached.starts_with("SKYMILL")) << cached;
  EXPECT_TRUE(bytes(rows, {.cache_bytes = 0, .hold_out = 0}) == cached);
}

TEST_P(Trainers, SameModelOfWeightedRowsWithKeysCachedAndStreamed) {
  const ConformanceData rows = data({.weight = true, .key = true});
  const std::string cached = bytes(rows, {});
  ASSERT_TRUE(cached.starts_with("SKYMILL")) << cached;
  EXPECT_TRUE(bytes(rows, {.threads = 8, .cache_bytes = 0}) == cached);
}

/// Trees equal bit for bit; coefficients within 1e-9.
void expect_same_body(const ModelBody& local, const ModelBody& remote) {
  ASSERT_EQ(local.index(), remote.index());
  if (std::holds_alternative<TreeEnsemble>(local)) {
    const BodyArrays a = to_arrays(local);
    const BodyArrays b = to_arrays(remote);
    EXPECT_EQ(a.facts, b.facts);
    ASSERT_EQ(a.arrays.size(), b.arrays.size());
    for (size_t i = 0; i < a.arrays.size(); ++i) {
      EXPECT_TRUE(a.arrays[i].bytes == b.arrays[i].bytes) << a.arrays[i].name;
    }
    return;
  }
  const auto coefficients = [](const ModelBody& body) {
    const auto& linear = std::get<LinearModel>(body);
    std::vector<double> all = {linear.intercept};
    for (const LinearModel::Term& term : linear.terms) {
      all.insert(all.end(), term.weights.begin(), term.weights.end());
      all.push_back(term.unseen);
    }
    return all;
  };
  const std::vector<double> a = coefficients(local);
  const std::vector<double> b = coefficients(remote);
  ASSERT_EQ(a.size(), b.size());
  double largest = 0;
  for (const double value : a) largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-9 * std::fabs(a[i]) + 1e-12 * largest) << i;
  }
}

TEST_P(Trainers, SameModelFromTheLoopbackSource) {
  for (const DataOptions& options :
       {DataOptions{}, DataOptions{.weight = true, .key = true},
        DataOptions{.rows = 20'000, .rows_per_table = 10'007, .missing = false}}) {
    const ConformanceData rows = data(options);
    const auto local = fit_case(GetParam(), rows);
    ASSERT_OK(local);
    const auto remote = fit_case(GetParam(), rows, {.loopback = true});
    ASSERT_OK(remote);
    EXPECT_EQ(local->counts.used(), remote->counts.used());
    ASSERT_NO_FATAL_FAILURE(expect_same_body(local->model->body, remote->model->body));
  }
}

TEST_P(Trainers, CancelledBeforeItBeginsGivesNoModel) {
  Cancel cancel;
  cancel.request();
  for (const bool loopback : {false, true}) {
    const auto outcome = fit_case(GetParam(), data(), {.loopback = loopback, .cancel = &cancel});
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, Code::kCancelled);
  }
}

TEST_P(Trainers, CancelledInAnyScanStops) {
  const ConformanceData rows = data({.rows = 400});
  for (const uint64_t cache : {uint64_t{0}, uint64_t{1} << 30}) {
    std::atomic<size_t> scans = 0;
    const auto whole = fit_case(GetParam(), rows,
                                {.cache_bytes = cache, .progress = [&](auto, auto) { ++scans; }});
    ASSERT_OK(whole);
    for (size_t stop = 1; stop < scans; ++stop) {
      Cancel cancel;
      std::atomic<size_t> seen = 0;
      const auto outcome = fit_case(GetParam(), rows,
                                    {.cache_bytes = cache,
                                     .progress =
                                         [&](auto, auto) {
                                           if (++seen == stop) cancel.request();
                                         },
                                     .cancel = &cancel});
      ASSERT_FALSE(outcome.has_value()) << "scan " << stop << " of " << scans;
      EXPECT_EQ(outcome.error().code, Code::kCancelled);
    }
  }
}

TEST_P(Trainers, ConstantColumnsDoNotDisturb) {
  const ConformanceData rows = data({.constant = true});
  for (const bool loopback : {false, true}) {
    const auto outcome = fit_case(GetParam(), rows, {.loopback = loopback});
    ASSERT_OK(outcome);
    const auto scores = scores_of(outcome->model, input_table(*outcome->model, rows.tables[0]));
    ASSERT_OK(scores);
    expect_scores_are_sound(*scores, GetParam().task);
  }
}

TEST_P(Trainers, ColumnThatIsNeverThereGivesAModelOrNamesTheColumn) {
  const ConformanceData rows = data({.all_missing = true});
  for (const bool loopback : {false, true}) {
    const auto outcome = fit_case(GetParam(), rows, {.loopback = loopback});
    if (!outcome) {
      EXPECT_THAT(outcome.error().text(), testing::HasSubstr("nothing"));
      EXPECT_NE(outcome.error().code, Code::kInternal);
      continue;
    }
    const auto scores = scores_of(outcome->model, input_table(*outcome->model, rows.tables[0]));
    ASSERT_OK(scores);
    expect_scores_are_sound(*scores, GetParam().task);
  }
}

TEST_P(Trainers, UnseenLevelIsPredicted) {
  const ConformanceData rows = data();
  const auto outcome = fit_case(GetParam(), rows);
  ASSERT_OK(outcome);
  const Table table = input_table(*outcome->model, rows.tables[0]);
  const std::vector<std::string> strange(table.num_rows, "yew");
  const auto scores = scores_of(outcome->model, with_column(table, "kind", text_column(strange)));
  ASSERT_OK(scores);
  expect_scores_are_sound(*scores, GetParam().task);
}

TEST_P(Trainers, FewRowsGiveAModelOrAClearError) {
  for (const size_t count : {0, 1, 2, 5}) {
    const ConformanceData rows = data({.rows = count, .missing = false});
    for (const FitCase& fit : {FitCase{.hold_out = 0}, FitCase{.hold_out = 0.2},
                               FitCase{.folds = 2}, FitCase{.loopback = true, .hold_out = 0}}) {
      const auto outcome = fit_case(GetParam(), rows, fit);
      if (outcome) {
        ASSERT_GT(count, 0U);
        const Table table = input_table(*outcome->model, rows.tables[0]);
        const auto scores = scores_of(outcome->model, table);
        ASSERT_OK(scores);
        expect_scores_are_sound(*scores, GetParam().task);
        if (outcome->metrics) expect_sound(*outcome->metrics);
      } else {
        EXPECT_FALSE(outcome.error().message.empty());
        EXPECT_NE(outcome.error().code, Code::kInternal) << outcome.error().text();
      }
    }
  }
}

TEST_P(Trainers, BeatsTheBaselineOnRowsItHasNotSeen) {
  for (const FitCase& fit : {FitCase{.hold_out = 0.2}, FitCase{.folds = 3}}) {
    const auto outcome = fit_case(GetParam(), data(), fit);
    ASSERT_OK(outcome);
    ASSERT_TRUE(outcome->metrics.has_value());
    const MetricReport& report = *outcome->metrics;
    size_t compared = 0;
    for (const MetricInfo& info : metrics()) {
      if (info.task != GetParam().task) continue;
      for (size_t m = 0; m < report.metrics.size(); ++m) {
        const double value = report.metrics[m].value;
        const double baseline = report.baseline[m].value;
        if (report.metrics[m].name != info.name || std::isnan(baseline)) continue;
        // A single tree's pure leaves say 0 and 1, and log loss makes one such error count for
        // many.
        if (GetParam().trainer->name == "decision_tree" && info.name == "log_loss") continue;
        EXPECT_GT(info.higher_is_better ? value : -value,
                  info.higher_is_better ? baseline : -baseline)
            << info.name;
        ++compared;
      }
    }
    EXPECT_GE(compared, 2U);
  }
}

TEST_P(Trainers, EveryMetricLiesInItsInterval) {
  for (const size_t count : {30, 300, 3000}) {
    for (const FitCase& fit : {FitCase{.hold_out = 0.2}, FitCase{.folds = 3}}) {
      const auto outcome = fit_case(GetParam(), data({.rows = count}), fit);
      ASSERT_OK(outcome);
      ASSERT_TRUE(outcome->metrics.has_value());
      expect_sound(*outcome->metrics);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Trainers, testing::ValuesIn(trainer_cases()),
                         [](const auto& info) { return case_name(info.param); });

}  // namespace
}  // namespace skymill
