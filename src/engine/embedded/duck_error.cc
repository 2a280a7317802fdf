#include "engine/embedded/duck_error.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/json.h"
#include "base/text.h"

namespace skymill {
namespace {

/// An error as DuckDB describes it.
struct Described {
  std::string type;
  std::string message;
  std::string name;
  std::string candidates;
  std::optional<int64_t> position;
};

std::string member(const Json& json, std::string_view key) {
  const Json* value = json.find(key);
  return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

/// Without errors_as_json (or from code that ignores it): "Binder Error: text".
Described describe_plain(const std::string& text) {
  constexpr std::string_view kMark = " Error: ";
  const size_t mark = text.find(kMark);
  if (mark == std::string::npos || mark > 40) return {.message = text};
  return {.type = text.substr(0, mark), .message = text.substr(mark + kMark.size())};
}

Described describe(const std::string& text) {
  const size_t brace = text.find('{');
  if (brace == std::string::npos || brace > 40) return describe_plain(text);
  const auto json = Json::parse(std::string_view(text).substr(brace));
  if (!json || json->find("exception_type") == nullptr) return describe_plain(text);
  return {.type = member(*json, "exception_type"),
          .message = member(*json, "exception_message"),
          .name = member(*json, "name"),
          .candidates = member(*json, "candidates"),
          .position = parse_integer(member(*json, "position"))};
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The first line: what follows lists candidates or repeats the SQL.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Error binder_error(const Described& described) {
  const std::string message = first_line(described.message);
  if (!described.name.empty() && has(message, "Referenced column")) {
    const auto known = split(described.candidates, ',');
    return {Code::kNotFound,
            cat("there is no column '", described.name, "'"),
            described.candidates.empty() ? "" : suggest(described.name, known),
            {.field = described.name}};
  }
  if (has(message, "does not have a column named") || has(message, "Referenced table")) {
    return {Code::kNotFound, message};
  }
  if (has(message, "No function matches") || has(message, "Could not choose")) {
    return {Code::kInvalidArgument, message, "convert the arguments with CAST(... AS type)"};
  }
  return {Code::kInvalidArgument, message};
}

Error catalog_error(const Described& described) {
  Error error{Code::kNotFound, first_line(described.message)};
  if (!described.candidates.empty()) error.hint = cat("did you mean '", described.candidates, "'?");
  return error;
}

Error conversion_error(const Described& described) {
  Error error{Code::kSchemaMismatch, first_line(described.message)};
  if (has(error.message, "destination type INT64")) {
    error.hint = "the value does not fit 64 bits: convert the column with CAST(... AS DOUBLE)";
  } else {
    error.hint = "TRY_CAST gives a missing value instead";
  }
  return error;
}

Error io_error(const Described& described) {
  const std::string message = first_line(described.message);
  if (has(message, "No space left") || has(message, "disk space")) {
    return {Code::kResourceExhausted, message, "free some disk, or name another spill directory"};
  }
  if (has(message, "No such file") || has(message, "No files found")) {
    return {Code::kNotFound, message};
  }
  return {Code::kCorruptData, message};
}

struct TypeCode {
  std::string_view type;
  Code code;
  std::string_view hint;
};

constexpr std::array<TypeCode, 10> kTypes = {{
    {"Parser", Code::kInvalidArgument, ""},
    {"Syntax", Code::kInvalidArgument, ""},
    {"Out of Memory", Code::kResourceExhausted,
     "allow more memory (--memory), or read fewer columns or rows"},
    {"Permission", Code::kPermissionDenied, "only the files that were named may be read"},
    {"INTERRUPT", Code::kCancelled, ""},
    {"Interrupt", Code::kCancelled, ""},
    {"Invalid Input", Code::kCorruptData, ""},
    {"Not implemented", Code::kUnsupported, ""},
    {"Mismatch Type", Code::kSchemaMismatch, ""},
    {"Divide by Zero", Code::kSchemaMismatch, ""},
}};

Error typed_error(const Described& described) {
  if (described.type == "Binder") return binder_error(described);
  if (described.type == "Catalog") return catalog_error(described);
  if (described.type == "Conversion" || described.type == "Out of Range") {
    return conversion_error(described);
  }
  if (described.type == "IO") return io_error(described);
  for (const TypeCode& row : kTypes) {
    if (row.type == described.type) {
      return {row.code, first_line(described.message), std::string(row.hint)};
    }
  }
  return {Code::kInternal, described.message.empty() ? "DuckDB gave no reason" : described.message};
}

}  // namespace

Error duck_error(const std::string& text) {
  const Described described = describe(text);
  Error error = typed_error(described);
  if (described.position && *described.position >= 0) {
    error.place.column = static_cast<uint64_t>(*described.position) + 1;
  }
  return error;
}

Place sql_place(const std::string& sql, size_t position) {
  const std::string_view before = std::string_view(sql).substr(0, std::min(position, sql.size()));
  const size_t line_start = before.rfind('\n');
  return {.source = "SQL",
          .line = static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = before.size() - (line_start == std::string::npos ? 0 : line_start + 1) + 1};
}

Error in_user_text(Error error, const std::string& user_sql, size_t offset) {
  if (error.place.column == 0 || error.place.line != 0) return error;
  const size_t position = static_cast<size_t>(error.place.column) - 1;
  const std::string field = error.place.field;
  error.place = {};
  if (position >= offset && position - offset <= user_sql.size()) {
    error.place = sql_place(user_sql, position - offset);
  }
  error.place.field = field;
  return error;
}

bool lost_its_text(const Error& error) {
  return error.code == Code::kCancelled || has(error.message, "closed pending query result") ||
         has(error.message, "unsuccessful or closed");
}

}  // namespace skymill
