#include "table/json_rows.h"

#include <cstring>

#include "base/text.h"
#include "table/json_columns.h"

namespace skymill {
namespace {

using simdjson::dom::element;

using RowArray = std::optional<simdjson::dom::array>;

/// The array of `{"rows": […]}`; nothing for a row object.
Result<RowArray> rows_member(const simdjson::dom::object& object, const Schema& schema) {
  const auto first = object.begin();
  if (first == object.end() || first.key() != "rows") return RowArray();
  simdjson::dom::array rows;
  if (first.value().get(rows) == simdjson::SUCCESS) return RowArray(rows);
  if (schema.find("rows")) return RowArray();
  return Error{Code::kSchemaMismatch,
               "'rows' must be an array of objects",
               "send {\"rows\": [{\"column\": value, …}, …]}",
               {.field = "rows"}};
}

Error not_an_object(const char* hint) {
  return {Code::kSchemaMismatch, "the JSON is not an object", hint};
}

}  // namespace

struct JsonRowsReader::State {
  State(std::shared_ptr<const Schema> schema_in, const JsonRowsOptions& options_in)
      : schema(std::move(schema_in)),
        options(options_in),
        columns(schema, {.refuse_unknown = options.refuse_unknown,
                         .refuse_absent = options.refuse_absent}) {}

  Result<simdjson::dom::object> parse(std::string_view text);
  Result<void> append_rows(const simdjson::dom::object& root, const simdjson::dom::array& rows);
  void shrink();

  std::shared_ptr<const Schema> schema;
  JsonRowsOptions options;
  JsonColumns columns;
  simdjson::dom::parser parser;
  std::vector<char> padded;  // the text, and the bytes behind it that the parser may read
};

/// Gives back the memory of an unusually large request.
void JsonRowsReader::State::shrink() {
  parser = simdjson::dom::parser();
  padded = {};
  columns = JsonColumns(
      schema, {.refuse_unknown = options.refuse_unknown, .refuse_absent = options.refuse_absent});
}

Result<simdjson::dom::object> JsonRowsReader::State::parse(std::string_view text) {
  if (text.size() > options.max_bytes) {
    return Error{Code::kResourceExhausted,
                 cat("the JSON is larger than ", format_bytes(options.max_bytes)),
                 "send fewer rows at a time"};
  }
  constexpr size_t kLarge = 1 << 20;
  if (padded.size() > kLarge && text.size() < padded.size() / 8) shrink();
  if (padded.size() < text.size() + simdjson::SIMDJSON_PADDING) {
    padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
  }
  if (!text.empty()) std::memcpy(padded.data(), text.data(), text.size());
  if (parser.capacity() < text.size() || parser.capacity() == 0) {
    const auto depth = static_cast<size_t>(options.max_depth) + 1;  // simdjson stays below it
    if (const auto code = parser.allocate(std::max<size_t>(text.size(), 1024), depth)) {
      return json_text_error(code, {}, options.max_depth);
    }
  }
  element root;
  if (const auto code = parser.parse(padded.data(), text.size(), false).get(root)) {
    return json_text_error(code, text, options.max_depth);
  }
  simdjson::dom::object object;
  if (root.get(object)) {
    return not_an_object("send one row as {\"column\": value, …}, or {\"rows\": [{…}, …]}");
  }
  return object;
}

Result<void> JsonRowsReader::State::append_rows(const simdjson::dom::object& root,
                                                const simdjson::dom::array& rows) {
  if (root.size() != 1 && options.refuse_unknown) {
    auto other = root.begin();
    ++other;
    const std::string name(other.key().substr(0, 100));
    return Error{Code::kSchemaMismatch,
                 cat("field '", name, "' beside 'rows' is unknown"),
                 "send {\"rows\": […]} alone",
                 {.field = name}};
  }
  if (rows.size() > options.max_rows) {
    return Error{Code::kResourceExhausted, cat("there are more than ", options.max_rows, " rows"),
                 "send fewer rows at a time"};
  }
  uint64_t line = 0;
  for (const element row : rows) {
    ++line;
    simdjson::dom::object object;
    auto done = row.get(object) ? not_an_object("each row is {\"column\": value, …}")
                                : columns.append(object);
    if (!done) {
      done.error().place.line = line;
      return done;
    }
  }
  return {};
}

JsonRowsReader::JsonRowsReader(std::shared_ptr<const Schema> schema, JsonRowsOptions options)
    : state_(std::make_unique<State>(std::move(schema), options)) {}

JsonRowsReader::~JsonRowsReader() = default;

Result<JsonRowsReader::Rows> JsonRowsReader::read(std::string_view text) {
  state_->columns.clear();
  const simdjson::dom::object root = SKYMILL_TRY(state_->parse(text));
  const auto rows = SKYMILL_TRY(rows_member(root, *state_->schema));
  if (rows) {
    SKYMILL_TRY(state_->append_rows(root, *rows));
  } else {
    SKYMILL_TRY(state_->columns.append(root));
  }
  return Rows{.table = state_->columns.view(), .single = !rows.has_value()};
}

}  // namespace skymill
