// query: SQL over data files; a table on a terminal, CSV when piped, any format with --out.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/bad_row_policy.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/query_output.h"

namespace skymill {
namespace {

/// Rows shown on a terminal; more go to a file or a pipe.
constexpr size_t kShownRows = 40;

struct QueryOptions {
  std::string sql;
  std::vector<std::string> tables;
  std::string out;
  CommonOptions common;
  DataOptions data;
};

Result<void> attach_tables(const QueryOptions& options, Engine& engine) {
  for (const std::string& table : options.tables) {
    const size_t equals = table.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == table.size()) {
      return usage_error({Code::kInvalidArgument,
                          cat("--table ", table, " is not name=URI"),
                          "write for example --table people=data.csv",
                          {.field = "table"}});
    }
    const std::string name = table.substr(0, equals);
    SKYMILL_TRY(
        engine.attach(name, SKYMILL_TRY(options.data.engine_source(table.substr(equals + 1)))));
  }
  return {};
}

Result<void> print_table(TableStream& stream, ProgressBar& bar, Console& console) {
  std::vector<Table> shown;
  size_t rows = 0;
  size_t kept = 0;
  while (true) {
    std::optional<Table> table = SKYMILL_TRY(stream.next());
    if (!table) break;
    rows += table->num_rows;
    const size_t wanted = std::min(kShownRows - kept, table->num_rows);
    if (wanted > 0) shown.push_back(table->slice(0, wanted));
    kept += wanted;
  }
  bar.clear();
  console.print(table_text(*stream.schema(), shown));
  if (rows > kept) {
    console.note(cat("… ", grouped(rows), " rows in all; --out FILE writes them"));
  }
  return {};
}

Result<void> write_rows(TableStream& stream, const std::string& out, const std::string& format,
                        ProgressBar& bar, Console& console) {
  auto writer = SKYMILL_TRY(open_writer(out, format, stream.schema()));
  std::vector<ColumnView> views;
  uint64_t rows = 0;
  while (true) {
    const std::optional<Table> table = SKYMILL_TRY(stream.next());
    if (!table) break;
    SKYMILL_TRY(writer->write(table->view(views)));
    rows += table->num_rows;
  }
  SKYMILL_TRY(writer->finish());
  bar.clear();
  if (out.empty() || out == "-") return {};
  console.note(cat("wrote ", grouped(rows), " rows to ", out));
  if (console.json) {
    Json document = Json::object();
    document.set("out", out);
    document.set("rows", rows);
    console.print_json(document);
  }
  return {};
}

Result<void> deliver(TableStream& stream, const QueryOptions& options, ProgressBar& bar,
                     Console& console) {
  if (!options.out.empty()) return write_rows(stream, options.out, "", bar, console);
  if (console.json) {
    const auto tables = SKYMILL_TRY(read_all(stream));
    console.print_json(rows_json(*stream.schema(), tables));
    return {};
  }
  if (console.stdout_is_terminal()) return print_table(stream, bar, console);
  return write_rows(stream, "", "csv", bar, console);
}

Result<void> query(const QueryOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const auto bad_rows = SKYMILL_TRY(usage(BadRowPolicy::parse(options.data.bad_rows)));
  SKYMILL_TRY(check_distinct_files({{"--out", options.out}, {"--bad-rows", bad_rows.file()}}));
  ProgressBar bar(console, "reading", "%");
  auto engine = SKYMILL_TRY(open_engine(options.common, &bar, bad_rows.engine_options()));
  SKYMILL_TRY(attach_tables(options, *engine));
  auto stream = SKYMILL_TRY(engine->query(options.sql));
  bar.clear();
  note_dialects(*engine, console);
  SKYMILL_TRY(deliver(*stream, options, bar, console));
  return bad_rows.report(*engine, console);
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<QueryOptions>();
  app.add_option("sql", options->sql, "one SELECT; files stand quoted in FROM")->required();
  app.add_option("--table", options->tables, "name=URI, to be used in FROM; may be repeated");
  app.add_option("--out", options->out, "write the rows there, in the format of its suffix");
  options->data.add_engine_options_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return query(*options, console); };
}

}  // namespace

CommandInfo query_command() {
  return {
      "query", "SQL over data files",
      "skymill query \"SELECT gender, avg(age) FROM 'data.csv' WHERE age > 14 GROUP BY gender\"",
      define};
}

}  // namespace skymill
