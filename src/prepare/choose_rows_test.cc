#include "prepare/choose_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace skymill {
namespace {

/// id (distinct integers), x, same, empty, kind, grade (0, 1, 2), w over 60 rows.
Survey some_survey() {
  std::vector<int64_t> id;
  std::vector<int64_t> grade;
  std::vector<double> x;
  std::vector<std::string> kind;
  for (int i = 0; i < 60; ++i) {
    id.push_back(i);
    grade.push_back(i % 3);
    x.push_back(0.5 * (i % 50));
    kind.emplace_back(i % 2 == 0 ? "oak" : "ash");
  }
  const Schema schema{{{"id", Type::kInteger},
                       {"x", Type::kNumber},
                       {"same", Type::kNumber},
                       {"empty", Type::kNumber},
                       {"kind", Type::kText},
                       {"grade", Type::kInteger},
                       {"w", Type::kNumber}}};
  Table table{.schema = std::make_shared<Schema>(schema), .columns = {}, .num_rows = 60};
  table.columns = {integer_column(id),
                   number_column(x),
                   number_column(std::vector<double>(60, 4)),
                   number_column(std::vector<double>(60, std::nan(""))),
                   text_column(kind),
                   integer_column(grade),
                   number_column(x)};
  MemoryStream stream(table.schema, {table});
  return *survey_rows(stream, "grade", Cancel());
}

RowRequest request(const std::string& label) {
  return {.label = label, .classifier = true, .trainer = "tree"};
}

std::vector<std::string> names(const ChosenRows& chosen) {
  std::vector<std::string> out;
  for (const Feature& feature : chosen.rows.features) out.push_back(feature.name);
  return out;
}

TEST(ChooseRows, TakesWhatCanBeUsedAndSaysWhyTheRestIsLeftOut) {
  const auto chosen = choose_rows(some_survey(), request("grade"));
  ASSERT_TRUE(chosen.has_value()) << chosen.error().text();
  EXPECT_THAT(names(*chosen), testing::ElementsAre("x", "kind", "w"));
  ASSERT_EQ(chosen->left_out.size(), 3U);
  EXPECT_EQ(chosen->left_out[0].column, "id");
  EXPECT_EQ(chosen->left_out[1].reason, "every value is the same");
  EXPECT_EQ(chosen->left_out[2].reason, "every value is missing");
}

TEST(ChooseRows, FewIntegersAreClassesUnlessTheTaskSaysOtherwise) {
  RowRequest wanted = request("grade");
  const auto classes = choose_rows(some_survey(), wanted);
  EXPECT_EQ(classes->rows.task, Task::kClassification);
  EXPECT_THAT(classes->rows.classes, testing::ElementsAre("0", "1", "2"));
  wanted.task = Task::kRegression;
  EXPECT_EQ(choose_rows(some_survey(), wanted)->rows.task, Task::kRegression);
}

TEST(ChooseRows, WeightAndKeyAreNoFeatures) {
  RowRequest wanted = request("grade");
  wanted.weight = "w";
  wanted.key = "id";
  const auto chosen = choose_rows(some_survey(), wanted);
  ASSERT_TRUE(chosen.has_value());
  EXPECT_THAT(names(*chosen), testing::ElementsAre("x", "kind"));
  EXPECT_EQ(chosen->rows.weight, "w");
  EXPECT_EQ(chosen->rows.key, "id");
}

TEST(ChooseRows, RefusesLabelsThatTeachNothing) {
  for (const char* label : {"same", "empty", "nothing_like_it"}) {
    const auto chosen = choose_rows(some_survey(), request(label));
    ASSERT_FALSE(chosen.has_value()) << label;
    EXPECT_EQ(chosen.error().place.field, label);
    EXPECT_FALSE(chosen.error().hint.empty());
  }
}

TEST(ChooseRows, RefusesFeaturesThatAreUnknownRepeatedOrTheLabel) {
  for (const std::vector<std::string>& features :
       std::vector<std::vector<std::string>>{{"knd"}, {"x", "x"}, {"x", "grade"}, {"same"}}) {
    RowRequest wanted = request("grade");
    wanted.features = features;
    EXPECT_FALSE(choose_rows(some_survey(), wanted).has_value()) << features.back();
  }
  RowRequest typo = request("grade");
  typo.features = {"knd"};
  EXPECT_EQ(choose_rows(some_survey(), typo).error().hint, "did you mean 'kind'?");
}

TEST(ChooseRows, TextLabelForATrainerOfNumbersNamesOneThatClassifies) {
  RowRequest wanted = request("kind");
  wanted.classifier = false;
  const auto chosen = choose_rows(some_survey(), wanted);
  ASSERT_FALSE(chosen.has_value());
  EXPECT_THAT(chosen.error().hint, testing::HasSubstr("logistic_regression"));
}

TEST(ChooseRows, RefusesAnEmptyTable) {
  EXPECT_FALSE(choose_rows(Survey{}, request("y")).has_value());
}

}  // namespace
}  // namespace skymill
