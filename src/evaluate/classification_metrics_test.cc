#include "evaluate/classification_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "evaluate/intervals.h"

namespace skymill {
namespace {

struct Row {
  uint32_t of_class;
  std::vector<double> probabilities;
  double weight = 1;
};

void add(const Row& row, uint64_t key, ClassificationSums& to) {
  const auto best = std::ranges::max_element(row.probabilities);
  to.add({key, row.of_class, row.weight, row.probabilities},
         static_cast<size_t>(best - row.probabilities.begin()));
}

ClassificationSums sums_of(const std::vector<Row>& rows) {
  ClassificationSums sums(rows.front().probabilities.size());
  for (size_t i = 0; i < rows.size(); ++i) add(rows[i], i, sums);
  return sums;
}

MetricReport report_of(const ClassificationSums& sums, const std::vector<double>& shares) {
  MetricReport report;
  report.task = Task::kClassification;
  for (size_t c = 0; c < shares.size(); ++c) report.classes.push_back(std::string(1, 'a' + c));
  const ClassificationFold fold{&sums, shares};
  report_classification({&fold, 1}, report);
  return report;
}

Bytes bytes_of(const ClassificationSums& sums) {
  Bytes bytes;
  ByteWriter writer(bytes);
  sums.write(writer);
  return bytes;
}

std::vector<Row> random_rows(size_t count, uint64_t seed) {
  RandomStream random(seed, 0);
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    const double p = random.uniform() / 2;
    const double q = random.uniform() / 2;
    rows.push_back({static_cast<uint32_t>(random.below(3)),
                    {p, q, 1 - p - q},
                    static_cast<double>(random.below(4)) / 3});
  }
  return rows;
}

const std::vector<Row>& four_rows() {
  static const std::vector<Row> kRows = {
      {0, {0.9, 0.1}}, {0, {0.4, 0.6}}, {1, {0.2, 0.8}}, {1, {0.3, 0.7}}};
  return kRows;
}

TEST(ClassificationMetrics, GiveTheValuesComputedByHand) {
  const MetricReport report = report_of(sums_of(four_rows()), {0.25, 0.75});
  EXPECT_EQ(report.metrics[0].value, 0.75);
  EXPECT_EQ(report.metrics[0].low, wilson_interval(0.75, 4).low);
  EXPECT_DOUBLE_EQ(report.metrics[1].value,
                   -(std::log(0.9) + std::log(0.4) + std::log(0.8) + std::log(0.7)) / 4);
  EXPECT_EQ(report.metrics[2].value, 1);
  EXPECT_EQ(report.confusion, (std::vector<std::vector<uint64_t>>{{1, 1}, {0, 2}}));
  EXPECT_EQ(report.per_class[0].rows, 2U);
  EXPECT_EQ(report.per_class[0].precision.value, 1);
  EXPECT_EQ(report.per_class[0].recall.value, 0.5);
  EXPECT_EQ(report.per_class[1].precision.value, 2.0 / 3);
  EXPECT_EQ(report.per_class[1].recall.value, 1);
}

TEST(ClassificationMetrics, TheBaselinePredictsTheTrainingShares) {
  const MetricReport report = report_of(sums_of(four_rows()), {0.25, 0.75});
  EXPECT_EQ(report.baseline[0].value, 0.5);  // always b
  EXPECT_DOUBLE_EQ(report.baseline[1].value, -(std::log(0.25) + std::log(0.75)) / 2);
  EXPECT_EQ(report.baseline[2].value, 0.5);
}

TEST(ClassificationMetrics, AWeightCountsAsThatManyRows) {
  const MetricReport weighted =
      report_of(sums_of({{0, {0.9, 0.1}, 2}, {0, {0.4, 0.6}, 1}, {1, {0.2, 0.8}, 3}}), {0.5, 0.5});
  const MetricReport repeated = report_of(sums_of({{0, {0.9, 0.1}},
                                                   {0, {0.9, 0.1}},
                                                   {0, {0.4, 0.6}},
                                                   {1, {0.2, 0.8}},
                                                   {1, {0.2, 0.8}},
                                                   {1, {0.2, 0.8}}}),
                                          {0.5, 0.5});
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(weighted.metrics[i].value, repeated.metrics[i].value);
    EXPECT_DOUBLE_EQ(weighted.baseline[i].value, repeated.baseline[i].value);
  }
  EXPECT_DOUBLE_EQ(weighted.per_class[1].precision.value, 0.75);
  EXPECT_LT(weighted.metrics[0].low, repeated.metrics[0].low);
}

TEST(ClassificationMetrics, AConfidentMistakeCostsAFiniteLoss) {
  const MetricReport report =
      report_of(sums_of({{0, {0, 1}}, {1, {0, 1}}, {0, {1, 0}}, {1, {0.5, 0.5}}}), {0.5, 0.5});
  EXPECT_NEAR(report.metrics[1].value, (52 * std::log(2) + std::log(2)) / 4, 1e-14);
}

TEST(ClassificationMetrics, AClassNeverPredictedHasNoPrecision) {
  const MetricReport report = report_of(sums_of({{0, {0.9, 0.1}}, {1, {0.8, 0.2}}}), {0.5, 0.5});
  EXPECT_TRUE(std::isnan(report.per_class[1].precision.value));
  EXPECT_EQ(report.per_class[1].recall.value, 0);
}

TEST(ClassificationMetrics, OneClassInTheRowsHasNoAuc) {
  const MetricReport report = report_of(sums_of({{1, {0.4, 0.6}}, {1, {0.3, 0.7}}}), {0.5, 0.5});
  EXPECT_EQ(report.metrics[0].value, 1);
  EXPECT_TRUE(std::isnan(report.metrics[2].value));
  EXPECT_TRUE(std::isnan(report.baseline[2].value));
  EXPECT_EQ(report.baseline[2].how, report.metrics[2].how);
  EXPECT_TRUE(std::isnan(report.per_class[0].recall.value));
}

TEST(ClassificationMetrics, NoRowsHaveNoMetrics) {
  const MetricReport report = report_of(ClassificationSums(3), {0.2, 0.3, 0.5});
  for (const MetricValue& metric : report.metrics) EXPECT_TRUE(std::isnan(metric.value));
  for (const MetricValue& metric : report.baseline) EXPECT_TRUE(std::isnan(metric.value));
}

TEST(ClassificationMetrics, MergeInAnyOrderToTheSameBytes) {
  const std::vector<Row> rows = random_rows(500, 1);
  const Bytes expected = bytes_of(sums_of(rows));
  std::vector<ClassificationSums> parts(3, ClassificationSums(3));
  for (size_t i = rows.size(); i-- > 0;) add(rows[i], i, parts[i % 3]);
  ClassificationSums merged(3);
  for (const size_t part : {1, 2, 0}) merged.merge(std::move(parts[part]));
  EXPECT_EQ(bytes_of(merged), expected);
}

TEST(ClassificationMetrics, SurviveBytes) {
  const Bytes bytes = bytes_of(sums_of(random_rows(50, 2)));
  ByteReader reader(bytes);
  const auto read = ClassificationSums::read(reader, 3);
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(reader.finish().has_value());
  EXPECT_EQ(bytes_of(*read), bytes);
}

TEST(ClassificationMetrics, EveryCutOfTheBytesIsRefused) {
  const Bytes bytes = bytes_of(sums_of(four_rows()));
  for (size_t size = 0; size < bytes.size(); size += 7) {
    ByteReader reader(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(ClassificationSums::read(reader, 2).has_value());
  }
}

}  // namespace
}  // namespace skymill
