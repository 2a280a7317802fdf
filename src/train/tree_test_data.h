// For tests of trees: small tables as row sources, a source that keeps its rows to itself, and one
// call to fit.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "prepare/feature_plan.h"
#include "rows/local_source.h"
#include "train/fit_trees.h"

namespace skymill {

TrainerInfo decision_tree();
TrainerInfo random_forest();
PassInfo bin_count_pass();
PassInfo tree_histogram_pass();

/// Columns in memory; "" is a missing text, NaN a missing number. The key of a row is its number.
struct TreeRows {
  std::vector<std::pair<std::string, std::vector<double>>> numbers = {};
  std::vector<std::pair<std::string, std::vector<std::string>>> categories = {};
  std::vector<double> label = {};
  size_t classes = 0;  // 0: regression
  std::vector<double> weight = {};
  std::vector<int64_t> key = {};    // empty: the row's ordinal
  std::vector<Levels> levels = {};  // per category; empty: those that occur
  size_t batch = 10'000'000;        // rows of a table of the stream

  static Levels occurring(const std::vector<std::string>& values) {
    Levels levels;
    for (const std::string& value : values) {
      if (!value.empty()) levels.push_back(value);
    }
    std::ranges::sort(levels);
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    return levels;
  }

  RowSchema schema() const {
    RowSchema rows{.label = "y"};
    for (const auto& [name, values] : numbers) rows.features.push_back({.name = name});
    for (size_t c = 0; c < categories.size(); ++c) {
      const auto& [name, values] = categories[c];
      rows.features.push_back({name, Type::kText, FeatureKind::kCategory,
                               levels.empty() ? occurring(values) : levels[c]});
    }
    if (classes > 0) rows.task = Task::kClassification;
    for (size_t c = 0; c < classes; ++c) rows.classes.push_back(std::to_string(c));
    if (!weight.empty()) rows.weight = "w";
    if (!key.empty()) rows.key = "k";
    return rows;
  }

  std::unique_ptr<RowSource> source(uint64_t memory_bytes = uint64_t{1} << 30) const {
    const RowSchema rows = schema();
    auto fields = std::make_shared<Schema>(input_schema(rows, true));
    Table table{.schema = fields, .num_rows = label.size()};
    for (const auto& [name, values] : numbers) table.columns.push_back(number_column(values));
    for (const auto& [name, values] : categories) {
      ColumnBuilder builder(Type::kText);
      for (const std::string& value : values) {
        if (value.empty()) {
          builder.append_missing();
        } else {
          builder.append_text(value);
        }
      }
      table.columns.push_back(builder.finish());
    }
    table.columns.push_back(number_column(label));
    if (!weight.empty()) table.columns.push_back(number_column(weight));
    if (!key.empty()) table.columns.push_back(integer_column(key));
    std::vector<Table> tables;
    for (size_t at = 0; at < label.size(); at += batch) {
      tables.push_back(table.slice(at, std::min(batch, label.size() - at)));
    }
    return make_local_source(
        [fields, tables]() -> Result<std::unique_ptr<TableStream>> {
          return std::unique_ptr<TableStream>(std::make_unique<MemoryStream>(fields, tables));
        },
        rows, {.memory_bytes = memory_bytes});
  }

  /// The rows listed, in that order, with their numbers as keys and the levels of all rows.
  TreeRows rows(const std::vector<size_t>& list) const {
    TreeRows out{.classes = classes};
    const auto pick = [&](const auto& from) {
      auto to = from;
      to.clear();
      for (const size_t row : list) to.push_back(from[row]);
      return to;
    };
    for (const auto& [name, values] : numbers) out.numbers.emplace_back(name, pick(values));
    for (const auto& [name, values] : categories) {
      out.categories.emplace_back(name, pick(values));
      out.levels.push_back(occurring(values));
    }
    out.label = pick(label);
    if (!weight.empty()) out.weight = pick(weight);
    for (const size_t row : list) out.key.push_back(static_cast<int64_t>(row));
    return out;
  }
};

/// Rows that stay where they are: forces the pass grower. States and parameters go through bytes.
class RemoteRows final : public RowSource {
 public:
  explicit RemoteRows(std::unique_ptr<RowSource> rows) : rows_(std::move(rows)) {}

  const RowSchema& schema() const override { return rows_->schema(); }
  RowCounts counts() const override { return rows_->counts(); }
  Result<std::vector<std::unique_ptr<PassState>>> run(std::span<const Job> jobs,
                                                      RunContext& context) override {
    auto states = SKYMILL_TRY(rows_->run(jobs, context));
    for (size_t j = 0; j < states.size(); ++j) {
      Bytes bytes;
      states[j]->write(bytes);
      const PassInfo* pass = SKYMILL_TRY(context.pass(jobs[j].pass));
      states[j] = SKYMILL_TRY(pass->read(jobs[j].parameters, bytes));
    }
    return states;
  }
  Result<void> keep(Transforms transforms) override { return rows_->keep(std::move(transforms)); }
  Result<std::optional<BinnedTable>> resident(const Transforms&, uint64_t, RunContext&) override {
    return std::optional<BinnedTable>();
  }

 private:
  std::unique_ptr<RowSource> rows_;
};

struct TreeFitOptions {
  std::vector<std::string> params = {};
  unsigned threads = 1;
  uint64_t seed = 1;
  Selection rows = {};
  const Cancel* cancel = nullptr;
  bool remote = false;
  uint64_t memory_bytes = uint64_t{1} << 30;
  std::function<void(uint64_t, uint64_t)> progress = nullptr;
};

inline Result<Fit> fit_tree_source(const TrainerInfo& trainer, RowSource& source,
                                   const TreeFitOptions& options) {
  std::vector<PassInfo> passes = {bin_count_pass(), tree_histogram_pass()};
  for (const PassInfo& pass : prepare_passes()) passes.push_back(pass);
  const Params params = SKYMILL_TRY(Params::parse(trainer.params, options.params));
  ThreadPool pool(options.threads);
  const Cancel never;
  RunContext run{.passes = passes,
                 .transforms = {},
                 .pool = pool,
                 .cancel = options.cancel == nullptr ? never : *options.cancel,
                 .progress = options.progress};
  FitContext context{.run = run,
                     .seed = options.seed,
                     .features = source.schema().features,
                     .rows = options.rows,
                     .memory_bytes = options.memory_bytes};
  return trainer.fit(source, params, context);
}

inline Result<Fit> fit_tree_rows(const TrainerInfo& trainer, const TreeRows& rows,
                                 const TreeFitOptions& options = {}) {
  std::unique_ptr<RowSource> source = rows.source();
  if (options.remote) source = std::make_unique<RemoteRows>(std::move(source));
  return fit_tree_source(trainer, *source, options);
}

inline const TreeEnsemble& trees_of(const Result<Fit>& fit) {
  return std::get<TreeEnsemble>(fit.value().body);
}

/// What a model predicts for rows given as columns: one value per row and output.
inline std::vector<double> predict_rows(const TreeEnsemble& trees, const TreeRows& rows) {
  const RowSchema schema = rows.schema();
  std::vector<std::vector<uint32_t>> codes;
  for (size_t c = 0; c < rows.categories.size(); ++c) {
    const Levels& levels = schema.features[rows.numbers.size() + c].levels;
    codes.emplace_back();
    for (const std::string& value : rows.categories[c].second) {
      const auto at = std::ranges::find(levels, value);
      codes.back().push_back(value.empty() ? kMissingCode
                                           : static_cast<uint32_t>(at - levels.begin()));
    }
  }
  std::vector<FeatureColumn> columns;
  for (const auto& [name, values] : rows.numbers) columns.push_back({.number = values.data()});
  for (const auto& code : codes) columns.push_back({.code = code.data()});
  const Block block{.num_rows = rows.label.size(), .features = columns};
  std::vector<double> scores(block.num_rows * trees.outputs);
  mean_leaf_values(trees, block, scores);
  return scores;
}

/// Rows with numbers (one with few values, one with many, one often missing) and categories (few
/// levels, 300 levels, one often missing), on which the label depends.
inline TreeRows mixed_rows(size_t count, size_t classes, uint64_t seed = 7) {
  RandomStream random(seed, 1);
  TreeRows rows{.numbers = {{"few", {}}, {"many", {}}, {"holes", {}}},
                .categories = {{"color", {}}, {"town", {}}, {"gaps", {}}},
                .classes = classes};
  const double nan = std::nan("");
  for (size_t i = 0; i < count; ++i) {
    const double few = static_cast<double>(random.below(12));
    const double many = random.uniform() * 100 - 50;
    const double holes = random.below(4) == 0 ? nan : random.uniform();
    const uint64_t color = random.below(5);
    const uint64_t town = random.below(300);
    const uint64_t gap = random.below(6);
    rows.numbers[0].second.push_back(few);
    rows.numbers[1].second.push_back(many);
    rows.numbers[2].second.push_back(holes);
    rows.categories[0].second.push_back(std::string(1, static_cast<char>('a' + color)));
    rows.categories[1].second.push_back("t" + std::to_string(town));
    rows.categories[2].second.push_back(gap == 0 ? "" : "g" + std::to_string(gap));
    const double score = few / 4 + std::abs(many) / 20 + (std::isnan(holes) ? 2 : holes) +
                         static_cast<double>((color * 7 + town * 5) % 11) / 4 +
                         (gap == 0 ? 1.5 : 0) + random.uniform() * 3;
    rows.label.push_back(
        classes == 0 ? score : std::fmod(std::floor(score / 2), static_cast<double>(classes)));
  }
  return rows;
}

}  // namespace skymill
