// For tests of this module: a small linear and a small tree model, and rows for them.
#pragma once

#include <cmath>

#include "model/model_file.h"

namespace skymill {

/// Features x (number, missing values become 2) and kind (ash, oak; missing ones are a level).
inline std::vector<ColumnPlan> testing_plan() {
  ColumnPlan x{.input = {.name = "x"}, .missing = MissingMethod::kMean, .fill = 2};
  ColumnPlan kind{.input = {"kind", Type::kText, FeatureKind::kCategory, {"ash", "oak"}},
                  .missing = MissingMethod::kLevel};
  kind.fill_code = 2;
  kind.added_levels = {"(missing)"};
  return {x, kind};
}

inline std::shared_ptr<Model> testing_model(ModelBody body, Task task) {
  auto model = std::make_shared<Model>();
  model->plan = *FeaturePlan::make(testing_plan());
  for (const ColumnPlan& column : model->plan->columns()) {
    model->rows.features.push_back(column.input);
  }
  model->rows.label = "y";
  model->rows.task = task;
  if (task == Task::kClassification) model->rows.classes = {"no", "yes"};
  model->body = std::move(body);
  model->provenance.set("trainer", "by hand");
  return model;
}

/// y = 1 + 0.1 x + {0, 3, -1}[kind]; an unseen kind adds 0.5.
inline std::shared_ptr<Model> testing_linear_model() {
  return testing_model(LinearModel{.intercept = 1, .terms = {{{0.1}, 0}, {{0, 3, -1}, 0.5}}},
                       Task::kRegression);
}

/// x ≤ 1.5: 0.25; else oak: 0.75, any other kind: 0.5.
inline std::shared_ptr<Model> testing_tree_model() {
  TreeEnsemble trees{.outputs = 1, .classification = true, .roots = {0}};
  trees.feature = {0, TreeEnsemble::kLeaf, 1, TreeEnsemble::kLeaf, TreeEnsemble::kLeaf};
  trees.threshold = {1.5, 0, 0, 0, 0};
  trees.left = {1, 0, 3, 1, 2};
  trees.missing_left = {0, 0, 0, 0, 0};
  trees.set_start = {0, 0, 0, 0, 0};
  trees.set_words = {1, 0b10};
  trees.leaf_values = {0.25, 0.75, 0.5};
  return testing_model(std::move(trees), Task::kClassification);
}

inline Table testing_rows() {
  Table table{
      .schema = std::make_shared<Schema>(Schema{{{"x", Type::kNumber}, {"kind", Type::kText}}}),
      .columns = {number_column({1, 2, std::nan(""), -0.0})},
      .num_rows = 4};
  ColumnBuilder kinds(Type::kText);
  for (const char* kind : {"ash", "oak", "yew"}) kinds.append_text(kind);
  kinds.append_missing();
  table.columns.push_back(kinds.finish());
  return table;
}

inline std::string testing_file(const std::shared_ptr<const Model>& model) {
  return *write_model(model, *make_golden_rows(model, testing_rows()));
}

}  // namespace skymill
