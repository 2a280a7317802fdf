#include "engine/embedded/embedded_engine.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "base/text.h"
#include "engine/embedded/duck_error.h"
#include "rows/local_source.h"

namespace skymill {
namespace {

uint64_t machine_memory() {
  struct sysinfo info = {};
  if (sysinfo(&info) != 0) return uint64_t{4} << 30;
  return uint64_t{info.totalram} * info.mem_unit;
}

EngineOptions with_defaults(EngineOptions options) {
  if (options.memory_bytes == 0) options.memory_bytes = machine_memory() / 5 * 4;
  if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
  return options;
}

/// Columns of a result as c0, c1, …: the names users gave may be equal or odd.
std::string numbered(size_t column) { return "c" + std::to_string(column); }

}  // namespace

Result<std::shared_ptr<EngineState>> EngineState::open(const EngineOptions& options) {
  auto state = std::make_shared<EngineState>();
  state->options_ = with_defaults(options);
  state->fetched_ = std::make_unique<FetchedFiles>(options.spill_directory);
  state->log_ = std::make_shared<BadRowLog>(options.described_bad_rows);
  state->open_ = SKYMILL_TRY(Database::open(state->database_options(state->options_.threads)));
  state->parser_ = SKYMILL_TRY(state->open_->connect());
  return state;
}

DatabaseOptions EngineState::database_options(unsigned threads) const {
  // The rest is for blocks, models and what DuckDB does not count.
  return {.memory_bytes = options_.memory_bytes / 10 * 6,
          .threads = threads,
          .spill_parent = options_.spill_directory};
}

Result<Schema> EngineState::attach(const std::string& name, const DataSource& source) {
  const std::lock_guard guard(mutex_);
  return SKYMILL_TRY(attach_table(name, source))->schema;
}

Result<EngineState::TablePtr> EngineState::attach_table(const std::string& name,
                                                        const DataSource& source) {
  for (const auto& [other, table] : tables_) {
    if (lower(other) != lower(name)) continue;
    return Error{Code::kInvalidArgument,
                 other == name ? cat("the table '", name, "' is attached already")
                               : cat("the tables '", other, "' and '", name,
                                     "' differ only in case, which SQL does not tell apart"),
                 "give it another name (--table name=file)"};
  }
  const DataFiles files =
      SKYMILL_TRY(find_data_files(source.uri, source.format, *fetched_, options_.cancel));
  const AttachContext context{.database = *open_, .options = options_};
  const auto attach_files = files.format == FileFormat::kCsv    ? attach_csv
                            : files.format == FileFormat::kJson ? attach_json
                                                                : attach_parquet;
  auto table = std::make_shared<AttachedTable>(SKYMILL_TRY(attach_files(context, files, source)));
  SKYMILL_TRY(check_unchanged(table->files));
  table->name = name;
  locked_.clear();
  tables_[name] = table;
  return TablePtr(table);
}

std::vector<std::pair<std::string, std::string>> EngineState::dialects() const {
  const std::lock_guard guard(mutex_);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, table] : tables_) {
    if (!table->dialect.empty()) out.emplace_back(name, table->dialect);
  }
  return out;
}

Result<EngineState::TablePtr> EngineState::table_of(const TableName& name, const std::string& sql) {
  const auto found = tables_.find(name.name);
  if (found != tables_.end()) return found->second;
  if (names_a_file(name.name)) {
    auto table = attach_table(name.name, {.uri = name.name});
    if (!table && table.error().place.source.empty()) {
      table.error().place = sql_place(sql, name.position);
    }
    return table;
  }
  std::vector<std::string> known;
  known.reserve(tables_.size());
  for (const auto& [each, table] : tables_) known.push_back(each);
  return Error{Code::kNotFound, cat("there is no table '", name.name, "'"),
               known.empty() ? "name a file in quotes: FROM 'data.csv'" : suggest(name.name, known),
               sql_place(sql, name.position)};
}

Result<EngineState::Planned> EngineState::plan(const std::string& sql) {
  Planned planned{.statement = SKYMILL_TRY(parse_select(parser_.get(), sql))};
  for (const TableName& name : planned.statement.tables) {
    planned.tables.push_back(SKYMILL_TRY(table_of(name, sql)));
  }
  return planned;
}

Result<std::shared_ptr<Database>> EngineState::database(unsigned threads) {
  auto& database = locked_[threads];
  if (database != nullptr && !database->exhausted()) return database;
  LockedContent content;
  for (const auto& [name, table] : tables_) {
    const auto paths = paths_of(table->files);
    content.files.insert(content.files.end(), paths.begin(), paths.end());
    content.statements.push_back(cat("CREATE VIEW ", sql_identifier(name), " AS ", table->select));
  }
  database = SKYMILL_TRY(Database::open_locked(database_options(threads), content));
  return database;
}

Result<RunText> EngineState::run_text(const Planned& planned, const ResultColumns& result,
                                      const std::vector<size_t>& chosen) {
  std::vector<std::string> outputs;
  std::vector<std::string> names;
  for (const size_t column : chosen) {
    const std::string& cast = result.casts[column];
    outputs.push_back(cast.empty() ? numbered(column)
                                   : cat("CAST(", numbered(column), " AS ", cast, ")"));
  }
  for (size_t i = 0; i < result.casts.size(); ++i) names.push_back(numbered(i));
  const std::string before = cat("SELECT ", join(outputs, ", "), " FROM (");
  RunText text{.sql = cat(before, planned.statement.body, "\n) AS t(", join(names, ", "), ")"),
               .user_sql = planned.statement.sql,
               .user_offset = before.size()};
  // What is run is what was judged: the gate sees the wrapped text too.
  SKYMILL_TRY(parse_select(parser_.get(), text.sql));
  return text;
}

Result<Run> EngineState::prepare_run(const std::string& sql, unsigned threads,
                                     const std::vector<std::string>& columns) {
  const std::lock_guard guard(mutex_);
  Planned planned = SKYMILL_TRY(plan(sql));
  Run run{.tables = std::move(planned.tables), .options = options_, .log = log_};
  run.database = SKYMILL_TRY(database(threads));
  run.connection = SKYMILL_TRY(run.database->connect());
  auto statement = DuckStatement::prepare(run.connection.get(), sql);
  if (!statement) return in_user_text(std::move(statement).error(), sql, 0);
  const ResultColumns result = result_columns(statement->get());
  std::vector<size_t> chosen(result.schema.size());
  std::iota(chosen.begin(), chosen.end(), size_t{0});
  if (!columns.empty()) chosen.clear();
  for (const std::string& name : columns) {
    chosen.push_back(SKYMILL_TRY(result.schema.require(name)));
  }
  Schema schema;
  for (const size_t column : chosen) schema.fields.push_back(result.schema.fields[column]);
  run.schema = std::make_shared<const Schema>(std::move(schema));
  run.text = {.sql = sql, .user_sql = sql};
  if (!columns.empty() || result.any_cast()) {
    run.text = SKYMILL_TRY(run_text(planned, result, chosen));
  }
  return run;
}

Result<Schema> EngineState::describe(const std::string& sql) {
  const std::lock_guard guard(mutex_);
  SKYMILL_TRY(plan(sql));
  const auto locked = SKYMILL_TRY(database(options_.threads));
  auto connection = SKYMILL_TRY(locked->connect());
  Schema schema;
  {
    auto statement = DuckStatement::prepare(connection.get(), sql);
    if (!statement) return in_user_text(std::move(statement).error(), sql, 0);
    schema = result_columns(statement->get()).schema;
  }
  locked->give_back(std::move(connection));
  return schema;
}

Result<bool> EngineState::ordered(const std::string& sql) {
  const std::lock_guard guard(mutex_);
  const Planned planned = SKYMILL_TRY(plan(sql));
  if (!planned.statement.plain_scan || planned.tables.size() != 1) return false;
  return repeatable(parser_.get(), planned.statement.functions);
}

Result<std::unique_ptr<TableStream>> EngineState::query(const std::string& sql,
                                                        const std::vector<std::string>& columns) {
  return start_run(SKYMILL_TRY(prepare_run(sql, options_.threads, columns)));
}

Result<std::unique_ptr<TableStream>> EngineState::feed(const std::string& sql,
                                                       const std::vector<std::string>& columns) {
  return start_run(SKYMILL_TRY(prepare_run(sql, 1, columns)));
}

namespace {

class EmbeddedEngine final : public Engine {
 public:
  explicit EmbeddedEngine(std::shared_ptr<EngineState> state) : state_(std::move(state)) {}

  Result<Schema> attach(const std::string& name, const DataSource& source) override {
    return state_->attach(name, source);
  }
  std::vector<std::pair<std::string, std::string>> dialects() const override {
    return state_->dialects();
  }
  Result<std::unique_ptr<TableStream>> query(const std::string& sql,
                                             const std::vector<std::string>& columns) override {
    return state_->query(sql, columns);
  }
  Result<Schema> describe(const std::string& sql) override { return state_->describe(sql); }
  Result<bool> ordered(const std::string& sql) override { return state_->ordered(sql); }

  Result<std::unique_ptr<RowSource>> rows(const std::string& sql, const RowSchema& rows) override {
    const Schema result = SKYMILL_TRY(state_->describe(sql));
    const auto columns = input_schema(rows, !rows.label.empty()).names();
    for (const std::string& name : columns) SKYMILL_TRY(result.require(name));
    auto factory = [state = state_, sql, columns] { return state->feed(sql, columns); };
    return make_local_source(std::move(factory), rows,
                             {.memory_bytes = state_->options().memory_bytes / 10 * 3});
  }

  std::vector<BadRow> bad_rows() const override { return state_->bad_rows().rows(); }
  uint64_t bad_row_count() const override { return state_->bad_rows().count(); }

 private:
  std::shared_ptr<EngineState> state_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_embedded_engine(const EngineOptions& options) {
  return std::make_unique<EmbeddedEngine>(SKYMILL_TRY(EngineState::open(options)));
}

}  // namespace skymill
