// The embedded engine: which tables are known, which databases are open, and how a SELECT becomes
// a run over them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/embedded/duck_types.h"
#include "engine/embedded/sql_stream.h"
#include "engine/embedded/statement.h"

namespace skymill {

/// What the engine, its streams and its row sources share; lives as long as any of them.
class EngineState : public std::enable_shared_from_this<EngineState> {
 public:
  static Result<std::shared_ptr<EngineState>> open(const EngineOptions& options);

  Result<Schema> attach(const std::string& name, const DataSource& source);
  std::vector<std::pair<std::string, std::string>> dialects() const;
  Result<Schema> describe(const std::string& sql);
  Result<bool> ordered(const std::string& sql);
  /// The columns of the result that are named, or all; feed() runs on one thread.
  Result<std::unique_ptr<TableStream>> query(const std::string& sql,
                                             const std::vector<std::string>& columns);
  Result<std::unique_ptr<TableStream>> feed(const std::string& sql,
                                            const std::vector<std::string>& columns);

  const EngineOptions& options() const { return options_; }
  const BadRowLog& bad_rows() const { return *log_; }

 private:
  using TablePtr = std::shared_ptr<const AttachedTable>;

  /// A SELECT that passed the gate and whose tables are attached.
  struct Planned {
    Statement statement;
    std::vector<TablePtr> tables;
  };
  Result<Planned> plan(const std::string& sql);
  Result<TablePtr> attach_table(const std::string& name, const DataSource& source);
  Result<TablePtr> table_of(const TableName& name, const std::string& sql);
  /// The locked database with all tables, for runs on so many threads; opened again when tables
  /// were added or its connections are used up.
  Result<std::shared_ptr<Database>> database(unsigned threads);
  Result<Run> prepare_run(const std::string& sql, unsigned threads,
                          const std::vector<std::string>& columns);
  Result<RunText> run_text(const Planned& planned, const ResultColumns& result,
                           const std::vector<size_t>& chosen);
  DatabaseOptions database_options(unsigned threads) const;

  EngineOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<Database> open_;  // parses, and looks at files
  DuckConnection parser_;
  std::unique_ptr<FetchedFiles> fetched_;
  std::map<std::string, TablePtr> tables_;
  std::map<unsigned, std::shared_ptr<Database>> locked_;  // by threads
  std::shared_ptr<BadRowLog> log_;
};

/// For the module's entry.
Result<std::unique_ptr<Engine>> open_embedded_engine(const EngineOptions& options);

}  // namespace skymill
