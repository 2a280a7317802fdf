// AttachedTable: files that were looked at once, and the SELECT that reads them from then on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/embedded/data_files.h"
#include "engine/embedded/database.h"
#include "engine/engine.h"

namespace skymill {

struct AttachedTable {
  std::string name;
  Schema schema;
  std::vector<DataFile> files;
  std::string select;   // over the files; one column for each field of the schema
  std::string dialect;  // for people; may be empty
  /// Reading it fills DuckDB's reject tables.
  bool has_rejects = false;
  /// Rows that `select` leaves out by itself.
  std::vector<BadRow> left_out = {};
  uint64_t left_out_count = 0;
  /// What `select` raises as a text when a column with unusable values is read.
  std::vector<std::pair<std::string, Error>> raised = {};
};

/// What looking at files needs. `database` is the open one.
struct AttachContext {
  Database& database;
  const EngineOptions& options;
};

/// Each settles names and types over whole files and checks them against a given schema. Errors
/// name file and line.
Result<AttachedTable> attach_csv(const AttachContext& context, const DataFiles& files,
                                 const DataSource& source);
Result<AttachedTable> attach_json(const AttachContext& context, const DataFiles& files,
                                  const DataSource& source);
Result<AttachedTable> attach_parquet(const AttachContext& context, const DataFiles& files,
                                     const DataSource& source);

/// Column names that SQL can tell apart; the error names the file.
Result<void> check_names(const std::vector<std::string>& names, const std::string& file);
/// That these are the columns of a given schema, in any order.
Result<void> check_given_schema(const Schema& given, const std::vector<std::string>& names,
                                const std::string& file);

/// Runs one of our scans over the files, watched for cancelling and progress.
Result<DuckRows> watched_rows(const AttachContext& context, const DuckConnection& connection,
                              const std::string& sql);

}  // namespace skymill
