// SqlStream: one running SELECT as a TableStream. It holds its own connection, ends early when
// cancelled, and at its end tells the rows that could not be read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/embedded/bad_rows.h"
#include "engine/embedded/watch.h"

namespace skymill {

/// A SELECT as it is run, and the user's text in it.
struct RunText {
  std::string sql;
  std::string user_sql;
  size_t user_offset = 0;  // of user_sql in sql
};

struct Run {
  RunText text;
  std::shared_ptr<const Schema> schema;  // of the result
  std::vector<std::shared_ptr<const AttachedTable>> tables;
  std::shared_ptr<Database> database;
  DuckConnection connection;
  EngineOptions options;
  std::shared_ptr<BadRowLog> log;
};

/// Starts the run; returns when the first rows are there or the work before them is done.
Result<std::unique_ptr<TableStream>> start_run(Run run);

}  // namespace skymill
