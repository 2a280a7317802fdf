#include "engine/embedded/statement.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "engine/embedded/duck_error.h"

namespace skymill {
namespace {

constexpr std::array<std::string_view, 4> kTableFunctions = {"range", "generate_series", "unnest",
                                                             "json_each"};
/// Scalar functions with an effect outside the query.
constexpr std::array<std::string_view, 2> kDeniedFunctions = {"write_log", "setseed"};
/// The only things FROM may hold; SHOW_REF, COLUMN_DATA and whatever comes later stay out.
constexpr std::array<std::string_view, 7> kFromKinds = {
    "BASE_TABLE", "JOIN", "SUBQUERY", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT"};
/// DuckDB's parser stops at an expression depth of 1,000; each level is a few of JSON.
constexpr int kTreeDepth = 5000;

template <size_t N>
bool among(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string_view text_member(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value != nullptr && value->is_string() ? std::string_view(value->as_string())
                                                : std::string_view();
}

bool empty_member(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  if (value == nullptr || value->is_null()) return true;
  return value->is_array() && value->items().empty();
}

/// Walks a parse tree once and judges every node.
class TreeWalk {
 public:
  explicit TreeWalk(const std::string& sql) : sql_(sql) {}

  Result<void> visit(const Json& node) {
    if (node.is_array()) {
      for (const Json& item : node.items()) SKYMILL_TRY(visit(item));
    } else if (node.is_object()) {
      SKYMILL_TRY(judge(node));
      for (const auto& [key, value] : node.members()) {
        if (key == "cte_map") SKYMILL_TRY(note_ctes(value));
      }
      for (const auto& [key, value] : node.members()) SKYMILL_TRY(visit(value));
    }
    return {};
  }

  /// Names that are neither common table expressions nor seen before.
  std::vector<TableName> tables() const {
    std::vector<TableName> out;
    for (const TableName& table : tables_) {
      const bool known = ctes_.contains(lower(table.name)) ||
                         std::any_of(out.begin(), out.end(), [&](const TableName& other) {
                           return other.name == table.name;
                         });
      if (!known) out.push_back(table);
    }
    return out;
  }
  std::vector<std::string> functions() const { return {functions_.begin(), functions_.end()}; }

 private:
  Result<void> judge(const Json& node) {
    const std::string_view type = text_member(node, "type");
    // Only references in FROM have a sample; expressions have a class instead.
    const bool from = node.find("sample") != nullptr && node.find("select_list") == nullptr &&
                      node.find("class") == nullptr;
    if (from && !among(type, kFromKinds)) {
      return denied(node, "DESCRIBE, SHOW and SUMMARIZE are not allowed",
                    "`skymill show` prints names and types");
    }
    if (const Json* function = node.find("function")) SKYMILL_TRY(judge_table_function(*function));
    if (type == "BASE_TABLE") SKYMILL_TRY(note_table(node));
    const std::string_view name = text_member(node, "function_name");
    if (name.empty()) return {};
    if (among(lower(name), kDeniedFunctions)) {
      return denied(node, cat("the function ", name, " is not allowed"), "");
    }
    functions_.insert(lower(name));
    return {};
  }

  Result<void> judge_table_function(const Json& function) {
    const std::string_view name = text_member(function, "function_name");
    if (name.empty() || among(lower(name), kTableFunctions)) return {};
    return denied(function, cat("the table function ", name, " is not allowed"),
                  "name a file in quotes (FROM 'data.csv') or with --table name=file");
  }

  Result<void> note_table(const Json& node) {
    const std::string name(text_member(node, "table_name"));
    const std::string_view schema = text_member(node, "schema_name");
    if (!schema.empty() || !text_member(node, "catalog_name").empty()) {
      return denied(node, cat("there is no schema to name: ", schema, ".", name),
                    cat("quote a file name: FROM '", schema, ".", name, "'"));
    }
    tables_.push_back({.name = name, .position = position(node).value_or(0)});
    return {};
  }

  Result<void> note_ctes(const Json& map) {
    const Json* entries = map.find("map");
    if (entries == nullptr || !entries->is_array()) return {};
    for (const Json& entry : entries->items()) ctes_.insert(lower(text_member(entry, "key")));
    return {};
  }

  Error denied(const Json& node, const std::string& what, const std::string& hint) const {
    Error error{Code::kPermissionDenied, what, hint};
    if (const auto at = position(node)) error.place = sql_place(sql_, *at);
    return error;
  }

  std::optional<size_t> position(const Json& node) const {
    const Json* location = node.find("query_location");
    if (location == nullptr || !location->is_integer()) return std::nullopt;
    const int64_t value = location->as_integer();
    if (value < 0 || static_cast<size_t>(value) > sql_.size()) return std::nullopt;
    return static_cast<size_t>(value);
  }

  const std::string& sql_;
  std::vector<TableName> tables_;
  std::set<std::string> ctes_;  // in lower case
  std::set<std::string> functions_;
};

/// Common table expressions live in one flat list here, so one that is named like a table of
/// DuckDB's own, or like a file, could hide that name elsewhere in the statement.
Result<void> check_shadowing(const Json& node) {
  if (node.is_array()) {
    for (const Json& item : node.items()) SKYMILL_TRY(check_shadowing(item));
  }
  if (!node.is_object()) return {};
  for (const auto& [key, value] : node.members()) {
    if (key == "cte_map" && value.find("map") != nullptr && value.find("map")->is_array()) {
      for (const Json& entry : value.find("map")->items()) {
        const std::string name = lower(text_member(entry, "key"));
        const bool internal = name.starts_with("duckdb_") || name.starts_with("pg_") ||
                              name.starts_with("sqlite_") || name.starts_with("pragma_") ||
                              name.starts_with("reject_");
        if (internal || name.find_first_of("./*") != std::string::npos) {
          return Error{Code::kPermissionDenied,
                       cat("a common table expression may not be named '", name, "'"),
                       "give it another name"};
        }
      }
    }
    SKYMILL_TRY(check_shadowing(value));
  }
  return {};
}

bool has_expression_class(const Json& node, const std::array<std::string_view, 3>& classes) {
  if (node.is_array()) {
    return std::any_of(node.items().begin(), node.items().end(),
                       [&](const Json& item) { return has_expression_class(item, classes); });
  }
  if (!node.is_object()) return false;
  if (among(text_member(node, "class"), classes)) return true;
  return std::any_of(node.members().begin(), node.members().end(), [&](const Json::Member& member) {
    return has_expression_class(member.second, classes);
  });
}

/// SELECT expressions FROM one table or such a SELECT, WHERE; nothing that groups, sorts, samples.
bool is_plain_scan(const Json& node) {
  if (text_member(node, "type") != "SELECT_NODE") return false;
  for (const char* part :
       {"modifiers", "group_expressions", "group_sets", "having", "sample", "qualify"}) {
    if (!empty_member(node, part)) return false;
  }
  if (text_member(node, "aggregate_handling") != "STANDARD_HANDLING") return false;
  const Json* ctes = node.find("cte_map");
  if (ctes != nullptr && ctes->is_object() && !empty_member(*ctes, "map")) return false;
  for (const char* part : {"select_list", "where_clause"}) {
    const Json* expressions = node.find(part);
    if (expressions != nullptr &&
        has_expression_class(*expressions, {"WINDOW", "SUBQUERY", "LAMBDA"})) {
      return false;
    }
  }
  const Json* from = node.find("from_table");
  if (from == nullptr || !empty_member(*from, "sample")) return false;
  if (text_member(*from, "type") == "BASE_TABLE") return true;
  const Json* inner = from->find("subquery");
  const Json* inner_node = inner == nullptr ? nullptr : inner->find("node");
  return text_member(*from, "type") == "SUBQUERY" && inner_node != nullptr &&
         is_plain_scan(*inner_node);
}

Error syntax_error(const Json& tree, const std::string& sql) {
  std::string message(text_member(tree, "error_message"));
  if (message.starts_with("Only SELECT")) {
    return {Code::kPermissionDenied, "only SELECT is allowed",
            "`skymill query --out` writes a result to a file"};
  }
  Error error{Code::kInvalidArgument, cat("SQL: ", message)};
  if (message.starts_with("Max expression depth") || message.starts_with("memory exhausted")) {
    error.message = "SQL: expressions are nested too deeply";
    error.hint = "at most 1,000 levels";
  } else if (const auto position = parse_integer(text_member(tree, "position"))) {
    error.place = sql_place(sql, static_cast<size_t>(std::max<int64_t>(*position, 0)));
  }
  return error;
}

/// Where a quoted run, a comment or a single character that begins at `at` ends.
size_t token_end(std::string_view sql, size_t at) {
  const auto find_end = [&](std::string_view mark, size_t from) {
    const size_t end = sql.find(mark, from);
    return end == std::string_view::npos ? sql.size() : end + mark.size();
  };
  const char c = sql[at];
  if (c == '\'' || c == '"') return find_end(std::string_view(&sql[at], 1), at + 1);
  if (sql.substr(at, 2) == "--") return find_end("\n", at + 2);
  if (sql.substr(at, 2) == "/*") return find_end("*/", at + 2);
  if (c != '$') return at + 1;
  const size_t second = sql.find('$', at + 1);
  if (second == std::string_view::npos) return at + 1;
  const std::string_view tag = sql.substr(at, second - at + 1);
  const bool is_tag = std::all_of(tag.begin() + 1, tag.end() - 1, [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '_';
  });
  return is_tag ? find_end(tag, second + 1) : at + 1;
}

/// The statement without its final ';'. A rare misjudgement gives a syntax error later, never
/// another meaning: what is made of the body goes through the gate again.
std::string statement_body(const std::string& sql) {
  size_t at = 0;
  while (at < sql.size() && sql[at] != ';') at = token_end(sql, at);
  return sql.substr(0, at);
}

}  // namespace

Result<Statement> parse_select(duckdb_connection parser, const std::string& sql) {
  if (sql.find('\0') != std::string::npos) {
    return Error{Code::kInvalidArgument, "SQL: the text holds a NUL character"};
  }
  const DuckRows rows =
      SKYMILL_TRY(duck_rows_of(parser, "SELECT json_serialize_sql($1::VARCHAR)", sql));
  const Json tree = SKYMILL_TRY(Json::parse(rows.at(0).at(0).value_or("{}"), kTreeDepth)
                                    .context("reading DuckDB's parse tree"));
  const Json* failed = tree.find("error");
  if (failed == nullptr || !failed->is_bool() || failed->as_bool()) return syntax_error(tree, sql);
  const auto* statements = SKYMILL_TRY(tree.array_at("statements"));
  if (statements->size() != 1) {
    return Error{Code::kInvalidArgument,
                 cat("exactly one SELECT is wanted, not ", statements->size(), " statements"),
                 "run them one after the other"};
  }
  const Json& statement = statements->front();
  TreeWalk walk(sql);
  SKYMILL_TRY(walk.visit(statement));
  SKYMILL_TRY(check_shadowing(statement));
  const Json* node = statement.find("node");
  return Statement{.sql = sql,
                   .body = statement_body(sql),
                   .tables = walk.tables(),
                   .functions = walk.functions(),
                   .plain_scan = node != nullptr && is_plain_scan(*node)};
}

Result<bool> repeatable(duckdb_connection parser, const std::vector<std::string>& functions) {
  if (functions.empty()) return true;
  // A name counts only when all its overloads are scalar and pure: macros and aggregates do not.
  const std::string sql =
      cat("SELECT count(*) FROM (SELECT function_name FROM duckdb_functions() WHERE "
          "list_contains(",
          duck_list(functions),
          ", function_name) GROUP BY 1 HAVING "
          "bool_and(function_type='scalar' AND stability='CONSISTENT'))");
  const DuckRows rows = SKYMILL_TRY(duck_rows(parser, sql));
  return duck_count(rows.at(0).at(0)) == functions.size();
}

}  // namespace skymill
