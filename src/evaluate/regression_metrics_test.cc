#include "evaluate/regression_metrics.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace skymill {
namespace {

struct Row {
  double label;
  double prediction;
  double weight = 1;
};

RegressionSums sums_of(const std::vector<Row>& rows, double mean = 0) {
  RegressionSums sums(mean);
  for (const Row& row : rows) sums.add(row.label, row.prediction, row.weight);
  return sums;
}

MetricReport report_of(const std::vector<const RegressionSums*>& folds) {
  MetricReport report;
  report_regression(folds, report);
  return report;
}

MetricReport report_of(const RegressionSums& sums) {
  return report_of(std::vector<const RegressionSums*>{&sums});
}

Bytes bytes_of(const RegressionSums& sums) {
  Bytes bytes;
  ByteWriter writer(bytes);
  sums.write(writer);
  return bytes;
}

std::vector<Row> random_rows(size_t count, uint64_t seed) {
  RandomStream random(seed, 0);
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    const double x = random.uniform() * 10;
    rows.push_back({x + random.uniform(), x, static_cast<double>(1 + random.below(3))});
  }
  return rows;
}

TEST(RegressionMetrics, GiveTheValuesComputedByHand) {
  // Errors 1, -1, 2, 0; label mean 4, spread 9 + 1 + 4 + 4... = 20.
  const MetricReport report = report_of(sums_of({{1, 0}, {3, 4}, {5, 3}, {7, 7}}, 3));
  EXPECT_DOUBLE_EQ(report.metrics[0].value, std::sqrt(1.5));
  EXPECT_DOUBLE_EQ(report.metrics[1].value, 1);
  EXPECT_DOUBLE_EQ(report.metrics[2].value, 1 - 6.0 / 20);
  // The baseline says 3: errors -2, 0, 2, 4.
  EXPECT_DOUBLE_EQ(report.baseline[0].value, std::sqrt(6));
  EXPECT_DOUBLE_EQ(report.baseline[1].value, 2);
  EXPECT_DOUBLE_EQ(report.baseline[2].value, 1 - 24.0 / 20);
}

TEST(RegressionMetrics, IntervalsHoldTheValue) {
  const MetricReport report = report_of(sums_of(random_rows(50, 1), 5));
  for (const MetricValue& metric : report.metrics) {
    EXPECT_LT(metric.low, metric.value) << metric.name;
    EXPECT_GT(metric.high, metric.value) << metric.name;
  }
  EXPECT_LT(report.metrics[2].high, 1);
}

TEST(RegressionMetrics, AWeightCountsAsThatManyRows) {
  const MetricReport weighted = report_of(sums_of({{1, 0, 2}, {3, 4, 1}, {5, 3, 3}}, 2));
  const MetricReport repeated =
      report_of(sums_of({{1, 0}, {1, 0}, {3, 4}, {5, 3}, {5, 3}, {5, 3}}, 2));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(weighted.metrics[i].value, repeated.metrics[i].value);
    EXPECT_DOUBLE_EQ(weighted.baseline[i].value, repeated.baseline[i].value);
    // But three rows know less than six.
    EXPECT_GT(weighted.metrics[i].high, repeated.metrics[i].high);
  }
}

TEST(RegressionMetrics, ARowOfWeightZeroChangesNothing) {
  const RegressionSums with = sums_of({{1, 0}, {3, 4}, {1e9, 0, 0}});
  EXPECT_EQ(bytes_of(with), bytes_of(sums_of({{1, 0}, {3, 4}})));
}

TEST(RegressionMetrics, MergeInAnyOrderToTheSameBytes) {
  const std::vector<Row> rows = random_rows(1000, 2);
  const Bytes expected = bytes_of(sums_of(rows, 5));
  std::vector<RegressionSums> parts(3, RegressionSums(5));
  for (size_t i = rows.size(); i-- > 0;) {
    parts[i % 3].add(rows[i].label, rows[i].prediction, rows[i].weight);
  }
  RegressionSums forwards(5);
  RegressionSums backwards(5);
  for (size_t i = 0; i < 3; ++i) forwards.merge(parts[i]);
  for (size_t i = 3; i-- > 0;) backwards.merge(parts[i]);
  EXPECT_EQ(bytes_of(forwards), expected);
  EXPECT_EQ(bytes_of(backwards), expected);
}

TEST(RegressionMetrics, FoldsWithTheirOwnBaselineGiveThePooledMetrics) {
  const std::vector<Row> rows = random_rows(600, 3);
  RegressionSums left(4.75);
  RegressionSums right(5.25);
  for (size_t i = 0; i < rows.size(); ++i) {
    (i % 3 == 0 ? left : right).add(rows[i].label, rows[i].prediction, rows[i].weight);
  }
  const MetricReport folds = report_of({&left, &right});
  const MetricReport whole = report_of(sums_of(rows, 5));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(folds.metrics[i].value, whole.metrics[i].value, 1e-13);
    EXPECT_NEAR(folds.metrics[i].low, whole.metrics[i].low, 1e-12);
    EXPECT_NEAR(folds.metrics[i].high, whole.metrics[i].high, 1e-12);
  }
  // The folds' baseline is what predicts 4.75 in one and 5.25 in the other.
  double squares = 0;
  double weights = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const double error = rows[i].label - (i % 3 == 0 ? 4.75 : 5.25);
    squares += rows[i].weight * error * error;
    weights += rows[i].weight;
  }
  EXPECT_NEAR(folds.baseline[0].value, std::sqrt(squares / weights), 1e-13);
}

TEST(RegressionMetrics, KeepTheDigitsOfALabelFarFromZero) {
  std::vector<Row> near = random_rows(200, 4);
  for (Row& row : near) row.label = std::round(row.label * 1024) / 1024;
  for (Row& row : near) row.prediction = std::round(row.prediction * 1024) / 1024;
  std::vector<Row> far = near;
  for (Row& row : far) row = {row.label + 0x1p30, row.prediction + 0x1p30, row.weight};
  const MetricReport expected = report_of(sums_of(near, 5));
  const MetricReport report = report_of(sums_of(far, 5 + 0x1p30));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(report.metrics[i].value, expected.metrics[i].value);
    EXPECT_EQ(report.metrics[i].low, expected.metrics[i].low);
  }
}

TEST(RegressionMetrics, AConstantLabelHasNoR2) {
  const MetricReport report = report_of(sums_of({{0.1, 0}, {0.1, 1}, {0.1, 2}}, 0.1));
  EXPECT_TRUE(std::isnan(report.metrics[2].value));
  EXPECT_EQ(report.metrics[2].how, "undefined: the label is constant");
  EXPECT_FALSE(std::isnan(report.metrics[0].value));
}

TEST(RegressionMetrics, NoRowsHaveNoMetrics) {
  const MetricReport report = report_of(RegressionSums(0));
  for (const MetricValue& metric : report.metrics) EXPECT_TRUE(std::isnan(metric.value));
}

TEST(RegressionMetrics, OneRowHasValuesWithoutIntervals) {
  const MetricReport report = report_of(sums_of({{1, 0}}));
  EXPECT_EQ(report.metrics[0].value, 1);
  EXPECT_TRUE(std::isnan(report.metrics[0].low));
  EXPECT_TRUE(std::isnan(report.metrics[2].value));
}

TEST(RegressionMetrics, PerfectPredictionsHaveNoError) {
  const MetricReport report = report_of(sums_of({{1, 1}, {2, 2}, {4, 4}}));
  EXPECT_EQ(report.metrics[0].high, 0);
  EXPECT_EQ(report.metrics[2].low, 1);
}

TEST(RegressionMetrics, AnErrorTooLargeToSquareIsSaid) {
  const MetricReport report = report_of(sums_of({{1e200, 0}, {1, 1}, {2, 2}}));
  EXPECT_TRUE(std::isnan(report.metrics[0].value));
  EXPECT_TRUE(report.metrics[0].how.starts_with("undefined"));
  EXPECT_FALSE(std::isnan(report.metrics[1].value));
  const MetricReport missing = report_of(sums_of({{1, std::nan("")}, {1, 1}, {2, 2}}));
  EXPECT_TRUE(std::isnan(missing.metrics[1].value));
}

TEST(RegressionMetrics, SurviveBytes) {
  const RegressionSums sums = sums_of(random_rows(100, 5), 5);
  const Bytes bytes = bytes_of(sums);
  ByteReader reader(bytes);
  const auto read = RegressionSums::read(reader, 5);
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(reader.finish().has_value());
  EXPECT_EQ(bytes_of(*read), bytes);
}

}  // namespace
}  // namespace skymill
