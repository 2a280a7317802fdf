#include "model/model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/model_testing.h"

namespace skymill {
namespace {

std::vector<double> scores(const std::shared_ptr<const Model>& model, const Table& table) {
  Predictor predictor(model);
  std::vector<ColumnView> views;
  const auto predictions = predictor.predict(table.view(views));
  EXPECT_TRUE(predictions.has_value()) << predictions.error().text();
  return {predictions->scores.begin(), predictions->scores.end()};
}

TEST(Predictor, AddsUpALinearModelAfterItsPlan) {
  const std::vector<double> expected = {1 + 0.1, 1 + 0.1 * 2 + 3, 1 + 0.1 * 2 + 0.5, 1 + 0.0 - 1};
  EXPECT_EQ(scores(testing_linear_model(), testing_rows()), expected);
}

TEST(Predictor, WalksATreeAndGivesBothClasses) {
  const std::vector<double> expected = {0.75, 0.25, 0.25, 0.75, 0.5, 0.5, 0.75, 0.25};
  EXPECT_EQ(scores(testing_tree_model(), testing_rows()), expected);
}

TEST(Predictor, LeavesDroppedRowsEmptyAndTheOthersInPlace) {
  auto model = testing_linear_model();
  std::vector<ColumnPlan> plan = testing_plan();
  plan[0].missing = MissingMethod::kDrop;
  model->plan = *FeaturePlan::make(plan);
  Predictor predictor(model);
  std::vector<ColumnView> views;
  const auto predictions = predictor.predict(testing_rows().view(views));
  ASSERT_TRUE(predictions.has_value());
  EXPECT_EQ(std::vector<uint8_t>(predictions->dropped.begin(), predictions->dropped.end()),
            (std::vector<uint8_t>{0, 0, 1, 0}));
  EXPECT_TRUE(std::isnan(predictions->scores[2]));
  EXPECT_EQ(predictions->scores[1], 1 + 0.1 * 2 + 3);
  EXPECT_EQ(predictions->scores[3], 0.0);
}

TEST(Predictor, RefusesAMissingColumnATypeThatDoesNotFitAndInfinity) {
  Predictor predictor(testing_linear_model());
  std::vector<ColumnView> views;
  Table table = testing_rows();
  table.schema = std::make_shared<Schema>(Schema{{{"X", Type::kNumber}, {"kind", Type::kText}}});
  EXPECT_EQ(predictor.predict(table.view(views)).error().code, Code::kNotFound);
  table = testing_rows();
  std::swap(table.columns[0], table.columns[1]);
  table.schema = std::make_shared<Schema>(Schema{{{"x", Type::kText}, {"kind", Type::kNumber}}});
  EXPECT_EQ(predictor.predict(table.view(views)).error().code, Code::kSchemaMismatch);
  table = testing_rows();
  table.columns[0] = number_column({1, 2, HUGE_VAL, 4});
  EXPECT_EQ(predictor.predict(table.view(views)).error().place.field, "x");
}

TEST(Model, ValidateRefusesPartsThatDoNotFit) {
  auto linear = testing_linear_model();
  EXPECT_TRUE(linear->validate().has_value());
  std::get<LinearModel>(linear->body).terms.pop_back();
  EXPECT_FALSE(linear->validate().has_value());
  linear = testing_linear_model();
  std::get<LinearModel>(linear->body).terms[1].weights.pop_back();
  EXPECT_FALSE(linear->validate().has_value());
  linear = testing_linear_model();
  linear->rows.features.pop_back();
  EXPECT_FALSE(linear->validate().has_value());
  linear = testing_linear_model();
  linear->rows.task = Task::kClassification;
  EXPECT_FALSE(linear->validate().has_value());
}

TEST(Model, ValidateRefusesTreesThatLeaveTheirArraysOrLoop) {
  const auto refuses = [](auto change) {
    auto model = testing_tree_model();
    change(std::get<TreeEnsemble>(model->body));
    return !model->validate().has_value();
  };
  EXPECT_FALSE(refuses([](TreeEnsemble&) {}));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.left[0] = 0; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.left[2] = 4; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.left[1] = 3; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.roots[0] = 5; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.feature[0] = 2; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.feature[0] = -2; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.set_start[2] = 2; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.set_words[0] = 2; }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.leaf_values.pop_back(); }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.threshold.pop_back(); }));
  EXPECT_TRUE(refuses([](TreeEnsemble& t) { t.roots.clear(); }));
}

}  // namespace
}  // namespace skymill
