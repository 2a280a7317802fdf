// For tests of the linear trainers: small tables as row sources, and one call to fit.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rows/local_source.h"
#include "train/gram.h"
#include "train/logistic.h"
#include "train/trainer.h"

namespace skymill {

TrainerInfo linear_regression();
TrainerInfo logistic_regression();

/// Columns in memory. A label column of texts makes the task classification.
struct LinearData {
  std::vector<std::pair<std::string, std::vector<double>>> numbers = {};
  std::vector<std::pair<std::string, std::vector<std::string>>> categories = {};
  std::vector<double> label = {};
  std::vector<std::string> classes = {};  // not empty: labels are indexes into it
  std::vector<double> weight = {};

  RowSchema schema() const {
    RowSchema rows{.label = "y"};
    for (const auto& [name, values] : numbers) rows.features.push_back({.name = name});
    for (const auto& [name, values] : categories) {
      Levels levels = values;
      std::ranges::sort(levels);
      levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
      rows.features.push_back({name, Type::kText, FeatureKind::kCategory, std::move(levels)});
    }
    if (!classes.empty()) {
      rows.task = Task::kClassification;
      rows.label_type = Type::kText;
      rows.classes = classes;
    }
    if (!weight.empty()) rows.weight = "w";
    return rows;
  }

  std::unique_ptr<RowSource> source() const {
    const RowSchema rows = schema();
    auto fields = std::make_shared<Schema>(input_schema(rows, true));
    Table table{.schema = fields, .columns = {}, .num_rows = label.size()};
    for (const auto& [name, values] : numbers) table.columns.push_back(number_column(values));
    for (const auto& [name, values] : categories) table.columns.push_back(text_column(values));
    if (classes.empty()) {
      table.columns.push_back(number_column(label));
    } else {
      std::vector<std::string> texts;
      for (const double index : label) texts.push_back(classes[static_cast<size_t>(index)]);
      table.columns.push_back(text_column(texts));
    }
    if (!weight.empty()) table.columns.push_back(number_column(weight));
    return make_local_source(
        [fields, table]() -> Result<std::unique_ptr<TableStream>> {
          return std::unique_ptr<TableStream>(
              std::make_unique<MemoryStream>(fields, std::vector<Table>{table}));
        },
        rows);
  }
};

/// A plan: the first feature, a number, doubled; rows where it is negative are dropped.
class DoubledFirst final : public Transform {
 public:
  explicit DoubledFirst(const Feature& first) : output_{first} {}

  std::string_view name() const override { return "doubled_first"; }
  const std::vector<Feature>& output() const override { return output_; }
  Result<Block> apply(const Block& block, BlockBuffer& out) const override {
    std::vector<uint32_t> kept;
    for (uint32_t i = 0; i < block.num_rows; ++i) {
      if (block.features[0].number[i] >= 0) kept.push_back(i);
    }
    Block first = block;
    first.features = block.features.first(1);
    const Block result = gather(first, kept, output_, out);
    for (double& value : out.numbers(0)) value *= 2;
    return result;
  }
  void write(Bytes& /*out*/) const override {}

 private:
  std::vector<Feature> output_;
};

/// What DoubledFirst makes of the data, which has numbers only.
inline LinearData doubled_first(const LinearData& data) {
  const auto& [name, values] = data.numbers[0];
  LinearData kept{.numbers = {{name, {}}}, .classes = data.classes};
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0) continue;
    kept.numbers[0].second.push_back(2 * values[i]);
    kept.label.push_back(data.label[i]);
  }
  return kept;
}

struct FitOptions {
  std::vector<std::string> params = {};
  unsigned threads = 1;
  Selection rows = {};
  const Cancel* cancel = nullptr;
  Transforms plan = {};
};

inline Result<Fit> fit_source(const TrainerInfo& trainer, RowSource& source,
                              const FitOptions& options = {}) {
  static const std::array<PassInfo, 2> kPasses = {gram_pass(), logistic_pass()};
  const Params params = SKYMILL_TRY(Params::parse(trainer.params, options.params));
  ThreadPool pool(options.threads);
  const Cancel never;
  RunContext run{.passes = kPasses,
                 .transforms = {},
                 .pool = pool,
                 .cancel = options.cancel != nullptr ? *options.cancel : never};
  FitContext context{.run = run, .plan = options.plan, .rows = options.rows};
  context.features =
      options.plan.empty() ? source.schema().features : options.plan.back()->output();
  return trainer.fit(source, params, context);
}

inline Result<Fit> fit_linear_data(const LinearData& data, const FitOptions& options = {}) {
  const auto source = data.source();
  return fit_source(data.classes.empty() ? linear_regression() : logistic_regression(), *source,
                    options);
}

/// The coefficient table by term.
inline std::map<std::string, Coefficient> by_term(const Fit& fit) {
  std::map<std::string, Coefficient> table;
  for (const Coefficient& line : fit.report.coefficients) table[line.term] = line;
  return table;
}

}  // namespace skymill
