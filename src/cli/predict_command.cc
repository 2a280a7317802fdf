// predict: scores the rows of a file; their order is kept.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/prediction_columns.h"
#include "cli/progress_bar.h"
#include "cli/registry_options.h"
#include "store/uri.h"

namespace skymill {
namespace {

struct PredictOptions {
  std::string model;
  std::string source;
  std::string out;
  std::string out_format;
  bool only = false;
  RegistryOptions registry;
  CommonOptions common;
  DataOptions data;
};

struct Scored {
  uint64_t rows = 0;
  uint64_t dropped = 0;
};

/// Scores several tables at once, one per thread.
Result<void> score_batch(std::vector<Table>& tables, std::vector<Predictor>& predictors,
                         const PredictionColumns& columns, ThreadPool& pool) {
  std::vector<Result<Table>> scored(tables.size(), Error{});
  pool.parallel_for(tables.size(), [&](size_t t, unsigned thread) {
    scored[t] = columns.append(predictors[thread], tables[t]);
  });
  for (size_t t = 0; t < tables.size(); ++t) tables[t] = SKYMILL_TRY(std::move(scored[t]));
  return {};
}

Result<Scored> score(TableStream& stream, TableWriter& writer, const PredictionColumns& columns,
                     const PredictOptions& options, Console& console) {
  ThreadPool pool(options.common.threads);
  std::vector<Predictor> predictors;
  for (unsigned t = 0; t < pool.threads(); ++t) predictors.emplace_back(columns.model());
  ProgressBar bar(console, "predicting", "rows");
  Scored scored;
  std::vector<ColumnView> views;
  while (true) {
    SKYMILL_TRY(interrupt().check());
    std::vector<Table> tables;
    while (tables.size() < 2 * pool.threads()) {
      std::optional<Table> table = SKYMILL_TRY(stream.next());
      if (!table) break;
      tables.push_back(std::move(*table));
    }
    if (tables.empty()) return scored;
    SKYMILL_TRY(score_batch(tables, predictors, columns, pool));
    for (const Table& table : tables) {
      SKYMILL_TRY(writer.write(table.view(views)));
      scored.rows += table.num_rows;
      scored.dropped += columns.dropped(table);
    }
    bar.update(scored.rows, 0);
  }
}

Result<void> predict(const PredictOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  if (options.common.json && (options.out.empty() || options.out == "-")) {
    return usage_error({Code::kInvalidArgument,
                        "--json needs --out: stdout cannot carry both",
                        "add --out FILE, or use --out-format json",
                        {.field = "out"}});
  }
  const auto model = SKYMILL_TRY(open_model(options.model, options.registry));
  auto stream = SKYMILL_TRY(open_model_rows(
      {.model = model, .uri = options.source, .keep_others = !options.only}, options.data));
  const PredictionColumns columns =
      SKYMILL_TRY(PredictionColumns::make(model, *stream->schema(), options.only));
  SKYMILL_TRY(check_distinct_files(
      {{"model", options.model}, {"source", options.source}, {"--out", options.out}}));
  auto writer = SKYMILL_TRY(open_writer(options.out, options.out_format, columns.schema()));
  const Scored scored = SKYMILL_TRY(
      score(*stream, *writer, columns, options, console).at_source(shown_uri(options.source)));
  SKYMILL_TRY(writer->finish());
  if (scored.dropped > 0) {
    console.note(cat(grouped(scored.dropped), " rows have no prediction: the plan drops them"));
  }
  if (console.json) {
    Json out = Json::object();
    out.set("model", shown_uri(options.model));
    out.set("out", options.out);
    out.set("rows", scored.rows);
    out.set("rows_without_prediction", scored.dropped);
    console.print_json(out);
  } else if (!options.out.empty() && options.out != "-") {
    console.note(cat("wrote ", grouped(scored.rows), " rows to ", options.out));
  }
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<PredictOptions>();
  app.add_option("model", options->model, "a model file, or NAME@ALIAS of the registry")
      ->required();
  app.add_option("source", options->source, "a file, or - for standard input")->required();
  app.add_option("--out", options->out,
                 "write there, in the format of its suffix (default: stdout)");
  app.add_option("--out-format", options->out_format, "csv, json or parquet");
  app.add_flag("--only", options->only, "write the predictions without the input's columns");
  options->data.add_to(app);
  options->registry.add_to(app);
  options->registry.add_trust_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return predict(*options, console); };
}

}  // namespace

CommandInfo predict_command() {
  return {"predict", "predictions for the rows of a file",
          "skymill predict gender.skymill new.csv --out scored.csv", define};
}

}  // namespace skymill
