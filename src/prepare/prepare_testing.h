// For tests of this module: rows in memory as a source, and a context to run passes in.
#pragma once

#include <cmath>
#include <optional>

#include "prepare/feature_plan.h"
#include "rows/local_source.h"

namespace skymill {

/// Number x (NaN = missing), text kind (nothing = missing), label y: 0, 0, … or classes.
struct PlanRows {
  std::vector<double> x = {};
  std::vector<std::optional<std::string>> kind = {};
  std::vector<std::string> label = {};  // empty: regression on zeros
  std::vector<std::string> classes = {};

  Table table() const {
    ColumnBuilder kinds(Type::kText);
    for (const auto& text : kind) text ? kinds.append_text(*text) : kinds.append_missing();
    Schema schema{{{"x", Type::kNumber}, {"kind", Type::kText}, {"y", Type::kNumber}}};
    if (!label.empty()) schema.fields[2].type = Type::kText;
    Table out{.schema = std::make_shared<Schema>(schema), .columns = {}, .num_rows = x.size()};
    out.columns = {
        number_column(x), kinds.finish(),
        label.empty() ? number_column(std::vector<double>(x.size())) : text_column(label)};
    return out;
  }

  std::unique_ptr<RowSource> source() const {
    RowSchema rows{.label = "y"};
    rows.features = {{.name = "x"}, {"kind", Type::kText, FeatureKind::kCategory, {"a", "b", "c"}}};
    if (!label.empty()) {
      rows.task = Task::kClassification;
      rows.label_type = Type::kText;
      rows.classes = classes;
    }
    return make_local_source(
        [table = table()]() -> Result<std::unique_ptr<TableStream>> {
          return std::make_unique<MemoryStream>(table.schema, std::vector<Table>{table});
        },
        rows);
  }
};

/// A pool of two threads, and no cancelling.
struct PrepareRun {
  ThreadPool pool{2};
  Cancel cancel;
  RunContext context{.passes = prepare_passes(), .transforms = {}, .pool = pool, .cancel = cancel};
};

}  // namespace skymill
