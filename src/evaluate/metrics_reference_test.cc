// The metrics beside scikit-learn's and numpy's: tests/reference/metrics_reference.py wrote the
// fixtures.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/base_testing.h"
#include "evaluate/classification_metrics.h"
#include "evaluate/intervals.h"
#include "evaluate/regression_metrics.h"

namespace skymill {
namespace {

const Json& fixtures() {
  static const Json kFixtures =
      read_reference(SKYMILL_SOURCE_DIR "/tests/reference/metrics_reference.json");
  return kFixtures;
}

std::vector<double> numbers(const Json& json, const char* name) {
  return numbers_of(*json.find(name));
}

double number(const Json& json, const char* part, const char* name) {
  return json.find(part)->find(name)->as_number();
}

void expect_close(double value, double reference, const std::string& what) {
  EXPECT_NEAR(value, reference, 1e-12 * std::max(1.0, std::abs(reference))) << what;
}

/// Effective rows of a fixture's weights.
double rows_of(const Json& fixture) {
  double sum = 0;
  double squares = 0;
  for (const double weight : numbers(fixture, "weight")) {
    sum += weight;
    squares += weight * weight;
  }
  return sum * sum / squares;
}

/// Ends of an interval that loses digits in a variance of its own.
void expect_interval(const MetricValue& value, const Interval& reference, const std::string& what) {
  EXPECT_NEAR(value.low, reference.low, 1e-9 * std::abs(reference.low)) << what;
  EXPECT_NEAR(value.high, reference.high, 1e-9 * std::abs(reference.high)) << what;
}

void compare_regression(const Json& fixture, const char* part,
                        const std::vector<MetricValue>& values) {
  const std::string what = fixture.find("name")->as_string() + ", " + part;
  const double rmse = number(fixture, part, "rmse");
  const double r2 = number(fixture, part, "r2");
  expect_close(values[0].value, rmse, what);
  expect_close(values[1].value, number(fixture, part, "mae"), what);
  expect_close(values[2].value, r2, what);
  const Interval square =
      log_interval({rmse * rmse, number(fixture, part, "mse_variance"), rows_of(fixture)});
  expect_interval(values[0], {std::sqrt(square.low), std::sqrt(square.high)}, what);
  expect_interval(
      values[1],
      log_interval({values[1].value, number(fixture, part, "mae_variance"), rows_of(fixture)}),
      what);
  const Interval ratio =
      log_interval({1 - r2, number(fixture, part, "r2_variance"), rows_of(fixture)});
  EXPECT_NEAR(values[2].low, 1 - ratio.high, 1e-9) << what;
  EXPECT_NEAR(values[2].high, 1 - ratio.low, 1e-9) << what;
}

TEST(MetricsReference, RegressionAgrees) {
  for (const Json& fixture : fixtures().find("regression")->items()) {
    const auto label = numbers(fixture, "label");
    const auto prediction = numbers(fixture, "prediction");
    const auto weight = numbers(fixture, "weight");
    RegressionSums sums(fixture.find("baseline_mean")->as_number());
    for (size_t i = 0; i < label.size(); ++i) sums.add(label[i], prediction[i], weight[i]);
    MetricReport report;
    const RegressionSums* fold = &sums;
    report_regression({&fold, 1}, report);
    compare_regression(fixture, "metrics", report.metrics);
    compare_regression(fixture, "baseline", report.baseline);
  }
}

ClassificationSums sums_of(const Json& fixture) {
  const auto classes = static_cast<size_t>(fixture.find("classes")->as_integer());
  const auto label = numbers(fixture, "label");
  const auto probabilities = numbers(fixture, "probabilities");
  const auto weight = numbers(fixture, "weight");
  ClassificationSums sums(classes);
  for (size_t i = 0; i < label.size(); ++i) {
    const std::span row = std::span(probabilities).subspan(i * classes, classes);
    sums.add({i, static_cast<uint32_t>(label[i]), weight[i], row},
             static_cast<size_t>(std::ranges::max_element(row) - row.begin()));
  }
  return sums;
}

void compare_classes(const Json& fixture, const MetricReport& report) {
  const auto precision = numbers(fixture, "precision");
  const auto recall = numbers(fixture, "recall");
  for (size_t c = 0; c < report.classes.size(); ++c) {
    const std::string what = fixture.find("name")->as_string() + ", class " + report.classes[c];
    expect_close(report.per_class[c].precision.value, precision[c], what);
    expect_close(report.per_class[c].recall.value, recall[c], what);
    const Json& counts = fixture.find("confusion")->items()[c];
    for (size_t p = 0; p < report.classes.size(); ++p) {
      EXPECT_EQ(report.confusion[c][p], static_cast<uint64_t>(counts.items()[p].as_integer()))
          << what;
    }
  }
}

TEST(MetricsReference, ClassificationAgrees) {
  for (const Json& fixture : fixtures().find("classification")->items()) {
    const std::string what = fixture.find("name")->as_string();
    const ClassificationSums sums = sums_of(fixture);
    const std::vector<double> shares = numbers(fixture, "baseline_shares");
    MetricReport report;
    report.task = Task::kClassification;
    for (size_t c = 0; c < shares.size(); ++c) report.classes.push_back(std::to_string(c));
    const ClassificationFold fold{&sums, shares};
    report_classification({&fold, 1}, report);
    const double accuracy = number(fixture, "metrics", "accuracy");
    const double loss = number(fixture, "metrics", "log_loss");
    const double auc = number(fixture, "metrics", "auc");
    expect_close(report.metrics[0].value, accuracy, what);
    expect_close(report.metrics[1].value, loss, what);
    expect_close(report.metrics[2].value, auc, what);
    expect_interval(report.metrics[0],
                    wilson_interval(accuracy, number(fixture, "metrics", "effective_rows")), what);
    expect_interval(
        report.metrics[1],
        log_interval({loss, number(fixture, "metrics", "log_loss_variance"), rows_of(fixture)}),
        what);
    expect_interval(report.metrics[2],
                    logit_normal_interval(auc, number(fixture, "metrics", "auc_variance")), what);
    expect_close(report.baseline[0].value, number(fixture, "baseline", "accuracy"), what);
    expect_close(report.baseline[1].value, number(fixture, "baseline", "log_loss"), what);
    compare_classes(fixture, report);
  }
}

}  // namespace
}  // namespace skymill
