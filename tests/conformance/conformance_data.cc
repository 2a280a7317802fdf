#include "conformance_data.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "model/model_file.h"
#include "rows/loopback_source.h"

namespace skymill {
namespace {

constexpr std::array<const char*, 4> kKinds = {"ash", "beech", "cedar", "oak"};

/// Names the columns in the order in which append_row fills them.
RowSchema row_schema(Task task, const DataOptions& options) {
  RowSchema rows{.label = "y", .task = task};
  rows.features = {{.name = "height"},
                   {.name = "age", .type = Type::kInteger},
                   {"kind", Type::kText, FeatureKind::kCategory, {kKinds.begin(), kKinds.end()}},
                   {"member", Type::kBoolean, FeatureKind::kCategory, {"false", "true"}}};
  if (options.constant) {
    rows.features.push_back({.name = "same"});
    rows.features.push_back({"one", Type::kText, FeatureKind::kCategory, {"only"}});
  }
  if (options.all_missing) rows.features.push_back({.name = "nothing"});
  if (task == Task::kClassification) {
    rows.label_type = Type::kText;
    rows.classes = {"no", "yes"};
  }
  if (options.weight) rows.weight = "w";
  if (options.key) rows.key = "id";
  return rows;
}

void append_row(std::vector<ColumnBuilder>& columns, size_t row, Task task,
                const DataOptions& options) {
  RandomStream random(7, row);
  const double height = 10 * random.uniform();
  const auto age = static_cast<int64_t>(random.below(60));
  const size_t kind = random.below(kKinds.size());
  const bool member = random.below(2) == 1;
  const double noise = random.uniform() + random.uniform() - 1;
  const double y = 0.8 * (height - 5) + 0.05 * (static_cast<double>(age) - 30) +
                   1.5 * (kind == 2 ? 1 : 0) - (member ? 1 : 0) + 2 * noise;
  const auto absent = [&] { return options.missing && random.below(12) == 0; };
  size_t c = 0;
  const auto add = [&](auto append) {
    ColumnBuilder& column = columns[c++];
    if (absent()) {
      column.append_missing();
    } else {
      append(column);
    }
  };
  add([&](ColumnBuilder& column) { column.append_number(height); });
  add([&](ColumnBuilder& column) { column.append_integer(age); });
  add([&](ColumnBuilder& column) { column.append_text(kKinds[kind]); });
  add([&](ColumnBuilder& column) { column.append_boolean(member); });
  if (options.constant) {
    columns[c++].append_number(3.5);
    columns[c++].append_text("only");
  }
  if (options.all_missing) columns[c++].append_missing();
  if (task == Task::kRegression) {
    columns[c++].append_number(y);
  } else {
    columns[c++].append_text(y > 0 ? "yes" : "no");
  }
  if (options.weight) columns[c++].append_number(static_cast<double>(1 + random.below(4)) / 2);
  if (options.key) columns[c++].append_text(cat("row-", row));
}

Result<Params> few_trees(const TrainerInfo& trainer) {
  std::vector<std::string> assignments;
  for (const ParamSpec& spec : trainer.params) {
    if (spec.name == "trees") assignments.emplace_back("trees=6");
  }
  return Params::parse(trainer.params, assignments);
}

}  // namespace

std::vector<TrainerCase> trainer_cases() {
  std::vector<TrainerCase> cases;
  for (const TrainerInfo& trainer : trainers()) {
    for (const Task task : trainer.tasks) cases.push_back({&trainer, task});
  }
  return cases;
}

std::string case_name(const TrainerCase& trainer_case) {
  return cat(trainer_case.trainer->name, "_", task_name(trainer_case.task));
}

void PrintTo(const TrainerCase& trainer_case, std::ostream* out) {
  *out << case_name(trainer_case);
}

StreamFactory ConformanceData::factory() const {
  return [schema = schema, tables = tables]() -> Result<std::unique_ptr<TableStream>> {
    return std::make_unique<MemoryStream>(schema, tables);
  };
}

size_t ConformanceData::num_rows() const {
  size_t rows_in_all = 0;
  for (const Table& table : tables) rows_in_all += table.num_rows;
  return rows_in_all;
}

ConformanceData make_data(Task task, const DataOptions& options) {
  ConformanceData data{.rows = row_schema(task, options), .schema = nullptr, .tables = {}};
  data.schema = std::make_shared<Schema>(input_schema(data.rows, true));
  for (size_t start = 0; start < options.rows; start += options.rows_per_table) {
    std::vector<ColumnBuilder> columns;
    for (const Field& field : data.schema->fields) columns.emplace_back(field.type);
    const size_t end = std::min(options.rows, start + options.rows_per_table);
    for (size_t row = start; row < end; ++row) append_row(columns, row, task, options);
    Table table{.schema = data.schema, .columns = {}, .num_rows = end - start};
    for (ColumnBuilder& column : columns) table.columns.push_back(column.finish());
    data.tables.push_back(std::move(table));
  }
  return data;
}

Result<FitOutcome> fit_case(const TrainerCase& trainer_case, const ConformanceData& data,
                            const FitCase& fit) {
  std::unique_ptr<RowSource> source;
  if (fit.loopback) {
    source = SKYMILL_TRY(make_loopback_source(
        data.factory(), data.rows,
        {.kernel_path = SKYMILL_BINARY_DIR "/libskymill_kernel.so", .partitions = 3}));
  } else {
    source = make_local_source(data.factory(), data.rows, {.memory_bytes = fit.cache_bytes});
  }
  FitOptions options{
      .trainer = trainer_case.trainer, .seed = 11, .hold_out = fit.hold_out, .folds = fit.folds};
  options.params = SKYMILL_TRY(few_trees(*trainer_case.trainer));
  if (!trainer_case.trainer->native_missing) {
    options.missing = SKYMILL_TRY(MissingPolicy::parse("number=median,category=mode"));
  }
  ThreadPool pool(fit.threads);
  const Cancel never;
  RunContext context{.passes = kernel_passes(),
                     .transforms = kernel_transforms(),
                     .pool = pool,
                     .cancel = fit.cancel != nullptr ? *fit.cancel : never,
                     .progress = fit.progress};
  return fit_model(*source, options, context);
}

Table input_table(const Model& model, const Table& table) {
  const Schema schema = model.input_schema();
  Table out{.schema = std::make_shared<Schema>(schema), .columns = {}, .num_rows = table.num_rows};
  for (const Field& field : schema.fields) {
    out.columns.push_back(table.columns[*table.schema->find(field.name)]);
  }
  return out;
}

Result<std::string> model_bytes(const std::shared_ptr<const Model>& model,
                                const ConformanceData& data) {
  const Table table = input_table(*model, data.tables.front());
  return write_model(model, SKYMILL_TRY(make_golden_rows(model, table)));
}

Result<std::vector<double>> scores_of(const std::shared_ptr<const Model>& model,
                                      const Table& table) {
  Predictor predictor(model);
  std::vector<ColumnView> views;
  const Predictions predictions = SKYMILL_TRY(predictor.predict(table.view(views)));
  return std::vector<double>(predictions.scores.begin(), predictions.scores.end());
}

}  // namespace skymill
