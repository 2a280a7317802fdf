// Parquet files as a table. Names and types are the files' own; all must have the same.
#include "base/text.h"
#include "engine/embedded/attached_table.h"
#include "engine/embedded/duck_types.h"

namespace skymill {
namespace {

std::string read_parquet_sql(const std::vector<std::string>& paths) {
  return cat("read_parquet(", duck_list(paths), ", hive_partitioning=false)");
}

Result<ResultColumns> columns_of(duckdb_connection connection, const DataFile& file) {
  auto statement = DuckStatement::prepare(connection, "FROM " + read_parquet_sql({file.path}));
  if (!statement) {
    Error error = std::move(statement).error();
    error.code = error.code == Code::kInternal ? Code::kCorruptData : error.code;
    error.place = {.source = file.shown};
    if (error.hint.empty()) error.hint = "it may be damaged, or of another format (--format)";
    return error;
  }
  return result_columns(statement->get());
}

Result<void> check_same(const Schema& schema, const Schema& first, const DataFile& file,
                        const DataFile& first_file) {
  if (schema == first) return {};
  return Error{Code::kSchemaMismatch,
               cat("the columns of ", file.shown, " are not those of ", first_file.shown),
               "files read as one table need the same names and types",
               {.source = file.shown}};
}

Result<void> check_given(const Schema& given, const Schema& found, const DataFile& file) {
  SKYMILL_TRY(check_given_schema(given, found.names(), file.shown));
  for (const Field& field : given.fields) {
    const Type type = found.fields[*found.find(field.name)].type;
    if (type == field.type) continue;
    return Error{Code::kSchemaMismatch,
                 cat("column '", field.name, "' is of type ", type_name(type), ", not ",
                     type_name(field.type)),
                 "correct the schema",
                 {.source = file.shown, .field = field.name}};
  }
  return {};
}

}  // namespace

Result<AttachedTable> attach_parquet(const AttachContext& context, const DataFiles& files,
                                     const DataSource& source) {
  AttachedTable table{.files = files.files};
  const DataFile& first = files.files.front();
  const auto connection = SKYMILL_TRY(context.database.connect());
  const ResultColumns columns = SKYMILL_TRY(columns_of(connection.get(), first));
  for (const DataFile& file : files.files) {
    const ResultColumns own = SKYMILL_TRY(columns_of(connection.get(), file));
    SKYMILL_TRY(check_same(own.schema, columns.schema, file, first));
  }
  SKYMILL_TRY(check_names(columns.schema.names(), first.shown));
  if (source.schema) SKYMILL_TRY(check_given(*source.schema, columns.schema, first));
  table.schema = source.schema.value_or(columns.schema);
  std::vector<std::string> names;
  names.reserve(table.schema.size());
  for (const Field& field : table.schema.fields) names.push_back(sql_identifier(field.name));
  table.select =
      cat("SELECT ", join(names, ", "), " FROM ", read_parquet_sql(paths_of(files.files)));
  return table;
}

}  // namespace skymill
