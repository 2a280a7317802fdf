#include "evaluate/auc.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "evaluate/score_order.h"

namespace skymill {
namespace {

struct Row {
  double score;  // of class 1
  uint32_t of_class;
  double weight = 1;
};

void add(const Row& row, uint64_t key, AucRows& to) {
  const std::array<double, 2> probabilities = {1 - row.score, row.score};
  to.add({key, row.of_class, row.weight, probabilities});
}

AucRows rows_of(const std::vector<Row>& rows) {
  AucRows out(2);
  for (size_t i = 0; i < rows.size(); ++i) add(rows[i], i, out);
  return out;
}

MetricValue auc_of(const AucRows& rows) { return auc_metric(std::vector<const AucRows*>{&rows}); }

MetricValue auc_of(const std::vector<Row>& rows) { return auc_of(rows_of(rows)); }

Bytes bytes_of(const AucRows& rows) {
  Bytes bytes;
  ByteWriter writer(bytes);
  rows.write(writer);
  return bytes;
}

std::vector<Row> random_rows(size_t count, uint64_t seed, bool weighted) {
  RandomStream random(seed, 0);
  std::vector<Row> rows;
  for (size_t i = 0; i < count; ++i) {
    const auto of_class = static_cast<uint32_t>(random.below(2));
    const double score = std::round((random.uniform() + 0.3 * of_class) * 40) / 60;  // ties
    rows.push_back({score, of_class, weighted ? 0.1 + random.uniform() : 1});
  }
  return rows;
}

TEST(Auc, CountsOrderedPairsAndHalfTheTies) {
  // Pairs (positive, negative): 0.8 beats both; 0.4 ties with 0.4 and beats 0.2.
  const std::vector<Row> rows = {{0.2, 0}, {0.4, 0}, {0.4, 1}, {0.8, 1}};
  EXPECT_EQ(auc_of(rows).value, 3.5 / 4);
}

TEST(Auc, ReversedScoresGiveTheComplement) {
  std::vector<Row> rows = random_rows(200, 1, true);
  const MetricValue auc = auc_of(rows);
  for (Row& row : rows) row.score = -row.score;
  EXPECT_NEAR(auc_of(rows).value, 1 - auc.value, 1e-14);
}

TEST(Auc, AConstantScoreIsAHalfExactly) {
  const MetricValue auc = auc_of({{0.3, 0}, {0.3, 0}, {0.3, 1}, {0.3, 1}});
  EXPECT_EQ(auc.value, 0.5);
  EXPECT_EQ(auc.low, 0.5);
  EXPECT_EQ(auc.high, 0.5);
}

TEST(Auc, PerfectOrderStillHasAnInterval) {
  const MetricValue auc = auc_of({{0.1, 0}, {0.2, 0}, {0.3, 0}, {0.8, 1}, {0.9, 1}});
  EXPECT_EQ(auc.value, 1);
  EXPECT_EQ(auc.high, 1);
  EXPECT_LT(auc.low, 0.5);  // two rows prove little
  EXPECT_EQ(auc.how, "wilson for the rarer side");
}

TEST(Auc, AWeightCountsAsThatManyRows) {
  const MetricValue weighted = auc_of({{0.2, 0, 2}, {0.6, 0}, {0.4, 1, 3}, {0.8, 1}});
  const MetricValue repeated =
      auc_of({{0.2, 0}, {0.2, 0}, {0.6, 0}, {0.4, 1}, {0.4, 1}, {0.4, 1}, {0.8, 1}});
  EXPECT_DOUBLE_EQ(weighted.value, repeated.value);
}

TEST(Auc, OneClassOrNoRowsHaveNone) {
  EXPECT_TRUE(std::isnan(auc_of({{0.2, 1}, {0.4, 1}}).value));
  EXPECT_TRUE(std::isnan(auc_of(AucRows(2)).value));
  EXPECT_TRUE(std::isnan(auc_of({{0.2, 1}, {0.4, 0, 0}}).value));
}

TEST(Auc, OneRowOnASideHasNoInterval) {
  const MetricValue auc = auc_of({{0.5, 1}, {0.4, 0}, {0.6, 0}});
  EXPECT_EQ(auc.value, 0.5);
  EXPECT_TRUE(std::isnan(auc.low));
}

TEST(Auc, ANanScoreMakesItUndefined) {
  EXPECT_TRUE(std::isnan(auc_of({{0.2, 0}, {std::nan(""), 1}, {0.5, 1}}).value));
}

TEST(Auc, ZerosOfBothSignsTie) {
  EXPECT_EQ(auc_of({{-0.0, 0}, {0.0, 1}, {-0.0, 1}, {0.0, 0}}).value, 0.5);
}

TEST(Auc, DoesNotDependOnOrderOrParts) {
  for (const bool weighted : {false, true}) {
    const std::vector<Row> rows = random_rows(3000, 2, weighted);
    const AucRows whole = rows_of(rows);
    std::vector<AucRows> parts(4, AucRows(2));
    for (size_t i = rows.size(); i-- > 0;) add(rows[i], i, parts[i % 4]);
    AucRows merged(2);
    for (const size_t part : {2, 0, 3, 1}) merged.merge(std::move(parts[part]));
    EXPECT_EQ(bytes_of(merged), bytes_of(whole));
    const MetricValue a = auc_of(whole);
    const MetricValue b = auc_of(merged);
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.low, b.low);
    EXPECT_EQ(a.high, b.high);
  }
}

TEST(Auc, FoldsCompareWithinThemselvesOnly) {
  // Each fold is in perfect order; across folds, 0.6 of class 0 would beat 0.4 of class 1.
  const AucRows low = rows_of({{0.1, 0}, {0.2, 0}, {0.3, 1}, {0.4, 1}});
  const AucRows high = rows_of({{0.5, 0}, {0.6, 0}, {0.7, 1}, {0.8, 1}});
  const MetricValue folds = auc_metric(std::vector<const AucRows*>{&low, &high});
  EXPECT_EQ(folds.value, 1);
  EXPECT_EQ(folds.how, "wilson for the rarer side, within 2 folds");
  // A fold of one class has no pairs and no say.
  const AucRows single = rows_of({{0.9, 0}, {0.9, 0}});
  EXPECT_EQ(auc_metric(std::vector<const AucRows*>{&low, &single}).value, 1);
}

TEST(Auc, IndependentFoldsHaveTheVarianceOfTheirMean) {
  const std::vector<Row> rows = random_rows(400, 3, false);
  const AucRows one = rows_of(rows);
  const AucRows same = rows_of(rows);
  const MetricValue single = auc_of(one);
  const MetricValue twice = auc_metric(std::vector<const AucRows*>{&one, &same});
  EXPECT_NEAR(twice.value, single.value, 1e-15);
  const auto width = [](const MetricValue& m) {
    return std::log(m.high / (1 - m.high)) - std::log(m.low / (1 - m.low));
  };
  EXPECT_NEAR(width(twice), width(single) / std::sqrt(2), 1e-12);
}

TEST(Auc, WithMoreClassesIsTheMeanOfOneAgainstTheRest) {
  AucRows rows(3);
  const std::vector<std::array<double, 3>> probabilities = {
      {0.5, 0.3, 0.2}, {0.2, 0.6, 0.2}, {0.6, 0.1, 0.3}, {0.1, 0.4, 0.5}};
  const std::vector<uint32_t> classes = {0, 1, 2, 2};
  for (size_t i = 0; i < 4; ++i) rows.add({i, classes[i], 1, probabilities[i]});
  // Class 0: 0.5 beats 2 of 3. Class 1: 0.6 beats 3 of 3. Class 2: 0.3 and 0.5 beat 0.2 and 0.2.
  const MetricValue auc = auc_of(rows);
  EXPECT_DOUBLE_EQ(auc.value, (2.0 / 3 + 1 + 1) / 3);
  EXPECT_TRUE(auc.how.starts_with("mean one-vs-rest, delong")) << auc.how;
}

TEST(Auc, AnAbsentClassIsLeftOutAndNamed) {
  AucRows rows(3);
  const std::array<double, 3> a = {0.7, 0.2, 0.1};
  const std::array<double, 3> b = {0.2, 0.6, 0.2};
  for (uint64_t i = 0; i < 6; ++i) {
    rows.add({i, static_cast<uint32_t>(i % 2), 1, i % 3 == 0 ? a : b});
  }
  EXPECT_NE(auc_of(rows).how.find("2 of 3 classes"), std::string::npos);
}

TEST(Auc, BeyondItsRoomKeepsASampleThatDependsOnKeysAlone) {
  const std::vector<Row> rows = random_rows(20'000, 4, true);
  AucRows forwards(2, 1000);
  for (size_t i = 0; i < rows.size(); ++i) add(rows[i], i, forwards);
  std::vector<AucRows> parts(3, AucRows(2, 1000));
  for (size_t i = rows.size(); i-- > 0;) add(rows[i], i, parts[i < 15'000 ? i % 2 : 2]);
  AucRows merged(2, 1000);
  for (AucRows& part : parts) merged.merge(std::move(part));
  EXPECT_LE(forwards.size(), 1000U);
  EXPECT_GE(forwards.size(), 400U);
  EXPECT_EQ(bytes_of(forwards), bytes_of(merged));
  const MetricValue sampled = auc_of(merged);
  const MetricValue whole = auc_of(rows);
  EXPECT_LT(sampled.low, whole.value);
  EXPECT_GT(sampled.high, whole.value);
  EXPECT_NE(sampled.how.find("of 20000 rows"), std::string::npos) << sampled.how;
}

TEST(Auc, RowsOfOneKeyStayWithinTheRoom) {
  AucRows rows(2, 10);
  for (uint32_t i = 0; i < 1000; ++i) add({0.5, i % 2}, 7, rows);
  EXPECT_LE(rows.size(), 10U);
  EXPECT_TRUE(std::isnan(auc_of(rows).value));
}

TEST(Auc, SurvivesBytes) {
  for (const bool weighted : {false, true}) {
    const AucRows rows = rows_of(random_rows(100, 5, weighted));
    const Bytes bytes = bytes_of(rows);
    ByteReader reader(bytes);
    const auto read = AucRows::read(reader, 2);
    ASSERT_TRUE(read.has_value());
    EXPECT_TRUE(reader.finish().has_value());
    EXPECT_EQ(bytes_of(*read), bytes);
    EXPECT_EQ(auc_of(*read).low, auc_of(rows).low);
  }
}

TEST(ScoreOrder, SortsNegativeAndTinyScores) {
  const std::vector<double> sorted = {-1e300, -2, -1e-310, 0, 5e-324, 1e-9, 0.5, 1, 7e200};
  AucRows rows(2);
  for (size_t i = sorted.size(); i-- > 0;) add({sorted[i], 1}, i, rows);
  const std::vector<ScoredRow> order = score_order(rows, 1);
  ASSERT_EQ(order.size(), sorted.size());
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(rows.score(order[i].row, 1), sorted[i]);
}

}  // namespace
}  // namespace skymill
