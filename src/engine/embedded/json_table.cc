// JSON files as a table: one object a line, or one array of objects. Names and types are settled
// over all objects of all files; then every value is read once to prove them.
#include <algorithm>
#include <cctype>
#include <fstream>

#include "base/text.h"
#include "engine/embedded/attached_table.h"
#include "engine/embedded/duck_types.h"

namespace skymill {
namespace {

/// "array" when the first character that is no blank is '['; compressed files are taken for lines.
Result<std::string> layout_of(const DataFile& file) {
  if (file.compressed) return std::string("newline_delimited");
  std::ifstream in(file.path, std::ios::binary);
  char first = 0;
  while (in.get(first)) {
    const bool byte_order_mark = first == '\xEF' || first == '\xBB' || first == '\xBF';
    if (byte_order_mark || std::isspace(static_cast<unsigned char>(first)) != 0) continue;
    if (first == '[') return std::string("array");
    if (first == '{') return std::string("newline_delimited");
    break;
  }
  return Error{Code::kCorruptData,
               cat(file.shown, " holds no JSON objects"),
               "write one object a line, or one array of objects",
               {.source = file.shown, .line = 1}};
}

Result<std::string> common_layout(const std::vector<DataFile>& files) {
  const std::string layout = SKYMILL_TRY(layout_of(files.front()));
  for (const DataFile& file : files) {
    if (SKYMILL_TRY(layout_of(file)) == layout) continue;
    return Error{Code::kSchemaMismatch,
                 cat(file.shown, " and ", files.front().shown,
                     " differ: one is an array, one has an object a line"),
                 "give them one form",
                 {.source = file.shown}};
  }
  return layout;
}

/// `text` between two marks, or empty.
std::string between(const std::string& text, std::string_view open, std::string_view close) {
  const size_t start = text.find(open);
  if (start == std::string::npos) return {};
  const size_t from = start + open.size();
  const size_t end = text.find(close, from);
  return end == std::string::npos ? std::string() : text.substr(from, end - from);
}

/// DuckDB says: 'Malformed JSON in file "x", at byte 9 in line 3: unexpected character. …'.
Error located(Error error, const std::vector<DataFile>& files) {
  error.place.column = 0;
  const std::string path = between(error.message, "in file \"", "\"");
  for (const DataFile& file : files) {
    if (file.path == path) error.place.source = file.shown;
  }
  if (path.empty()) return error;
  const std::string place = between(error.message, path + "\"", ": ");
  const size_t line = place.find("line ");
  if (line != std::string::npos) {
    error.place.line =
        static_cast<uint64_t>(parse_integer(std::string_view(place).substr(line + 5)).value_or(0));
  }
  const bool malformed = error.message.starts_with("Malformed");
  const size_t colon = error.message.find(": ");
  if (colon != std::string::npos) error.message.erase(0, colon + 2);
  if (malformed) error.message = "malformed JSON: " + error.message;
  error.hint = "repair the line";
  return error;
}

struct JsonColumn {
  std::string name;
  Type type;
};

Type json_type(const std::string& duck_type) {
  if (duck_type == "BOOLEAN") return Type::kBoolean;
  if (duck_type == "BIGINT") return Type::kInteger;
  if (duck_type == "DOUBLE" || duck_type == "UBIGINT" || duck_type == "HUGEINT") {
    return Type::kNumber;
  }
  if (duck_type == "DATE") return Type::kDate;
  if (duck_type.starts_with("TIMESTAMP")) return Type::kTimestamp;
  return Type::kText;  // objects and lists keep their JSON text
}

std::string sql_type(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "BOOLEAN";
    case Type::kInteger:
      return "BIGINT";
    case Type::kNumber:
      return "DOUBLE";
    case Type::kFloat:
      return "FLOAT";
    case Type::kText:
      return "VARCHAR";
    case Type::kDate:
      return "DATE";
    case Type::kTimestamp:
      return "TIMESTAMP";
  }
  return "VARCHAR";
}

/// Whether the name may be one that DuckDB made up: it calls the second of `a` and `A` A_1, and
/// then finds no such key in the file.
bool may_be_made_up(const std::string& name, const std::vector<std::string>& names) {
  const size_t digits = name.find_last_not_of("0123456789");
  if (digits == std::string::npos || digits + 1 == name.size() || name[digits] != '_') return false;
  const std::string base = lower(name.substr(0, digits));
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return lower(other) == base; });
}

/// Refuses keys that differ only in case, whose values DuckDB would lose. Reads the files only when
/// a name makes it likely.
Result<void> check_keys(const AttachContext& context, const std::vector<DataFile>& files,
                        const std::string& layout, const std::vector<std::string>& names) {
  const bool likely = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return may_be_made_up(name, names);
  });
  if (!likely) return {};
  const auto connection = SKYMILL_TRY(context.database.connect());
  auto rows = watched_rows(
      context, connection,
      cat("SELECT DISTINCT unnest(json_keys(json)) AS name FROM read_json_objects(",
          duck_list(paths_of(files)), ", format=", sql_literal(layout), ") ORDER BY name"));
  if (!rows) return located(std::move(rows).error(), files);
  std::vector<std::string> keys;
  for (const DuckRow& row : *rows) keys.push_back(row[0].value_or(""));
  return check_names(keys, files.front().shown);
}

Result<Schema> infer(const AttachContext& context, const std::vector<DataFile>& files,
                     const std::string& layout) {
  const auto connection = SKYMILL_TRY(context.database.connect());
  auto rows = watched_rows(
      context, connection,
      cat("DESCRIBE FROM read_json(", duck_list(paths_of(files)), ", format=", sql_literal(layout),
          ", records=true, sample_size=-1, maximum_sample_files=1000000000)"));
  if (!rows) return located(std::move(rows).error(), files);
  Schema schema;
  std::vector<std::string> names;
  for (const DuckRow& row : *rows) {
    names.push_back(row[0].value_or(""));
    schema.fields.push_back({names.back(), json_type(row[1].value_or(""))});
  }
  SKYMILL_TRY(check_names(names, files.front().shown));
  SKYMILL_TRY(check_keys(context, files, layout, names));
  return schema;
}

/// A given schema's types must be ones the values have, or hold all of them.
Result<void> check_given(const Schema& given, const Schema& found, const DataFile& first) {
  SKYMILL_TRY(check_given_schema(given, found.names(), first.shown));
  for (const Field& field : given.fields) {
    const Type type = found.fields[*found.find(field.name)].type;
    const bool number = field.type == Type::kNumber || field.type == Type::kFloat;
    if (type == field.type || field.type == Type::kText) continue;
    if (number && (type == Type::kInteger || type == Type::kNumber)) continue;
    if (field.type == Type::kTimestamp && type == Type::kDate) continue;
    return Error{Code::kSchemaMismatch,
                 cat("column '", field.name, "' holds values of type ", type_name(type), ", not ",
                     type_name(field.type)),
                 "correct the file or the schema",
                 {.source = first.shown, .field = field.name}};
  }
  return {};
}

/// Reads everything once: malformed lines and numbers too large for a double show here.
Result<void> prove(const AttachContext& context, const AttachedTable& table) {
  std::vector<std::string> parts = {"count(*)"};
  std::vector<std::string> numbers;
  for (const Field& field : table.schema.fields) {
    const std::string name = sql_identifier(field.name);
    const bool number = field.type == Type::kNumber || field.type == Type::kFloat;
    if (number) numbers.push_back(field.name);
    if (number) parts.push_back(cat("count_if(NOT isfinite(", name, "))"));
    if (!number) parts.push_back(cat("count(", name, ")"));
  }
  const auto connection = SKYMILL_TRY(context.database.connect());
  auto rows = watched_rows(context, connection,
                           cat("SELECT ", join(parts, ", "), " FROM (", table.select, ")"));
  if (!rows) return located(std::move(rows).error(), table.files);
  size_t cell = 0;
  for (const Field& field : table.schema.fields) {
    ++cell;
    const bool number = std::find(numbers.begin(), numbers.end(), field.name) != numbers.end();
    const uint64_t infinite = number ? duck_count(rows->at(0).at(cell)) : 0;
    if (infinite == 0) continue;
    return Error{Code::kCorruptData,
                 cat("column '", field.name, "' holds ", infinite,
                     infinite == 1 ? " number" : " numbers", " too large for a double"),
                 "correct them",
                 {.source = table.files.front().shown, .field = field.name}};
  }
  return {};
}

}  // namespace

Result<AttachedTable> attach_json(const AttachContext& context, const DataFiles& files,
                                  const DataSource& source) {
  AttachedTable table{.files = files.files};
  const std::string layout = SKYMILL_TRY(common_layout(files.files));
  const Schema found = SKYMILL_TRY(infer(context, files.files, layout));
  if (source.schema) SKYMILL_TRY(check_given(*source.schema, found, files.files.front()));
  table.schema = source.schema.value_or(found);
  std::vector<std::string> columns;
  std::vector<std::string> names;
  for (const Field& field : table.schema.fields) {
    names.push_back(sql_identifier(field.name));
    columns.push_back(cat(sql_literal(field.name), ":", sql_literal(sql_type(field.type))));
  }
  table.select =
      cat("SELECT ", join(names, ", "), " FROM read_json(", duck_list(paths_of(files.files)),
          ", auto_detect=false, format=", sql_literal(layout), ", records=true, columns={",
          join(columns, ","), "})");
  table.dialect = layout == "array" ? "one array of objects" : "one object a line";
  SKYMILL_TRY(prove(context, table));
  return table;
}

}  // namespace skymill
