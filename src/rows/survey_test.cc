#include "rows/survey.h"

#include <gtest/gtest.h>

#include <cmath>

namespace skymill {
namespace {

Result<Survey> survey(const std::vector<Field>& fields, const std::vector<Column>& columns,
                      const std::string& label = {}) {
  const Table table{.schema = std::make_shared<Schema>(Schema{fields}),
                    .columns = columns,
                    .num_rows = columns[0].view.size};
  MemoryStream stream(table.schema, {table.slice(0, 2), table.slice(2, table.num_rows - 2)});
  return survey_rows(stream, label, Cancel());
}

TEST(Survey, CollectsLevelsInByteOrderOverTables) {
  const auto seen = survey({{"k", Type::kText}}, {text_column({"oak", "Ash", "ash", "oak"})});
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->rows, 4U);
  EXPECT_EQ(seen->columns[0].levels, (Levels{"Ash", "ash", "oak"}));
  EXPECT_FALSE(seen->columns[0].constant);
  EXPECT_FALSE(seen->columns[0].all_distinct);
}

TEST(Survey, KnowsConstantsIdentifiersAndMissingValues) {
  const double missing = std::nan("");
  const auto seen = survey(
      {{"c", Type::kNumber}, {"id", Type::kInteger}, {"none", Type::kNumber}, {"t", Type::kText}},
      {number_column({2, missing, 2, 2}), integer_column({4, 3, 2, 1}),
       number_column({missing, missing, missing, missing}), text_column({"a", "b", "c", "d"})});
  ASSERT_TRUE(seen.has_value());
  EXPECT_TRUE(seen->find("c")->constant);
  EXPECT_EQ(seen->find("c")->missing, 1U);
  EXPECT_TRUE(seen->find("id")->all_distinct);
  EXPECT_FALSE(seen->find("id")->constant);
  EXPECT_EQ(seen->find("none")->missing, 4U);
  EXPECT_TRUE(seen->find("none")->constant);
  EXPECT_TRUE(seen->find("t")->all_distinct);
  EXPECT_EQ(seen->find("absent"), nullptr);
}

TEST(Survey, CountsTheValuesOfTheLabelUpToALimit) {
  const auto few = survey({{"y", Type::kNumber}}, {number_column({3, 1, 3, 2})}, "y");
  EXPECT_EQ(few->columns[0].values, (std::vector<double>{1, 2, 3}));
  std::vector<double> many(kMaxClasses + 1);
  for (size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  const auto seen = survey({{"y", Type::kNumber}}, {number_column(many)}, "y");
  EXPECT_TRUE(seen->columns[0].too_many_values);
  EXPECT_TRUE(seen->columns[0].values.empty());
}

TEST(Survey, GivesUpLevelsOfATextWithTooManyValues) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < kMaxLevels + 10; ++i) texts.push_back(std::to_string(i));
  const auto seen = survey({{"t", Type::kText}}, {text_column(texts)});
  EXPECT_TRUE(seen->columns[0].too_many_levels);
  EXPECT_FALSE(seen->columns[0].constant);
}

TEST(Survey, StopsWhenCancelled) {
  Cancel cancel;
  cancel.request();
  MemoryStream stream(std::make_shared<Schema>(), {});
  EXPECT_EQ(survey_rows(stream, "", cancel).error().code, Code::kCancelled);
}

}  // namespace
}  // namespace skymill
