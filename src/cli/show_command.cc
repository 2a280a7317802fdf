// show: schema and first rows of a data file.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/bad_row_policy.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/query_output.h"

namespace skymill {
namespace {

struct ShowOptions {
  std::string source;
  uint32_t rows = 10;
  CommonOptions common;
  DataOptions data;
};

Result<void> show(const ShowOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const auto bad_rows = SKYMILL_TRY(usage(BadRowPolicy::parse(options.data.bad_rows)));
  SKYMILL_TRY(check_distinct_files({{"source", options.source}, {"--bad-rows", bad_rows.file()}}));
  ProgressBar bar(console, "reading", "%");
  auto engine = SKYMILL_TRY(open_engine(options.common, &bar, bad_rows.engine_options()));
  SKYMILL_TRY(engine->attach("data", SKYMILL_TRY(options.data.engine_source(options.source))));
  bar.clear();
  note_dialects(*engine, console);
  auto stream = SKYMILL_TRY(engine->query(cat("SELECT * FROM data LIMIT ", options.rows)));
  const auto tables = SKYMILL_TRY(read_all(*stream));
  bar.clear();
  if (console.json) {
    console.print_json(rows_json(*stream->schema(), tables));
  } else {
    console.print(table_text(*stream->schema(), tables));
  }
  return bad_rows.report(*engine, console);
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>();
  app.add_option("source", options->source, "a file, directory or glob, or - for standard input")
      ->required();
  app.add_option("--rows", options->rows, "how many rows")->capture_default_str();
  options->data.add_engine_options_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return show(*options, console); };
}

}  // namespace

CommandInfo show_command() {
  return {"show", "schema and first rows of a data file", "skymill show data.csv --rows 5", define};
}

}  // namespace skymill
