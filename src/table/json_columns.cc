#include "table/json_columns.h"

#include "base/text.h"
#include "table/coercion.h"

namespace skymill {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

bool append_integer(ColumnBuilder& builder, const element& value) {
  int64_t integer = 0;
  if (value.get(integer) == simdjson::SUCCESS) {
    builder.append_integer(integer);
    return true;
  }
  double number = 0;
  if (value.get(number) != simdjson::SUCCESS) return false;
  const auto exact = exact_integer(number);
  if (exact) builder.append_integer(*exact);
  return exact.has_value();
}

bool append_text_form(ColumnBuilder& builder, const element& value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS && append_value(builder, text);
}

/// Appends a value that is not null; false when it does not fit the builder's type.
bool append_typed(ColumnBuilder& builder, const element& value) {
  switch (builder.type()) {
    case Type::kNumber: {
      double number = 0;
      if (value.get(number) != simdjson::SUCCESS) return false;
      builder.append_number(number);
      return true;
    }
    case Type::kFloat: {
      double number = 0;
      if (value.get(number) != simdjson::SUCCESS) return false;
      const auto rounded = round_to_float(number);
      if (rounded) builder.append_number(*rounded);
      return rounded.has_value();
    }
    case Type::kInteger:
      return append_integer(builder, value);
    case Type::kBoolean: {
      bool boolean = false;
      if (value.get(boolean) != simdjson::SUCCESS) return false;
      builder.append_boolean(boolean);
      return true;
    }
    case Type::kText: {
      std::string_view text;
      if (value.get(text) != simdjson::SUCCESS) return false;
      builder.append_text(text);
      return true;
    }
    case Type::kDate:
    case Type::kTimestamp:
      return append_text_form(builder, value);
  }
  return false;
}

/// Any value as text: texts as they are, the rest as JSON.
std::string loose_text(const element& value) {
  double number = 0;
  // is_double() would be true for integers too.
  if (value.type() == element_type::DOUBLE && value.get(number) == simdjson::SUCCESS) {
    return format_number(number);
  }
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(value);
}

std::string_view kind_of(const element& value) {
  switch (value.type()) {
    case element_type::ARRAY:
      return "an array";
    case element_type::OBJECT:
      return "an object";
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return "a number";
    case element_type::STRING:
      return "a text";
    case element_type::BOOL:
      return "true or false";
    case element_type::NULL_VALUE:
      return "null";
  }
  return "a value";
}

std::string_view wanted_form(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "send true or false";
    case Type::kInteger:
      return "send an integer of at most 64 bits";
    case Type::kNumber:
    case Type::kFloat:
      return "send a number";
    case Type::kText:
      return "send a text in quotes";
    case Type::kDate:
      return "send a text such as \"2026-11-24\"";
    case Type::kTimestamp:
      return "send a text such as \"2026-11-24T08:05:00Z\"";
  }
  return {};
}

Error refused(const Field& field, const element& value) {
  Error error{Code::kSchemaMismatch,
              cat("column '", field.name, "' is ", type_name(field.type), ", but ", kind_of(value),
                  " was given"),
              cat(wanted_form(field.type), "; null when it is missing"),
              {.field = field.name}};
  std::string_view text;
  const bool number = value.is_number();
  const bool dated = field.type == Type::kDate || field.type == Type::kTimestamp;
  if (dated && value.get(text) == simdjson::SUCCESS) {
    error.message = cat("column '", field.name, "': ", refused_value(field.type, text).message);
  } else if (number && (field.type == Type::kInteger || field.type == Type::kFloat)) {
    const std::string shown(simdjson::minify(value));
    error.message = cat("column '", field.name, "': ", refused_value(field.type, shown).message);
  }
  return error;
}

/// Where the text, be it JSON or not, goes deeper than allowed.
std::optional<size_t> too_deep(std::string_view text, int max_depth) {
  int depth = 0;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted) {
      if (c == '\\') ++at;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) return at;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return std::nullopt;
}

}  // namespace

JsonColumns::JsonColumns(std::shared_ptr<const Schema> schema, const JsonColumnsOptions& options)
    : schema_(std::move(schema)), options_(options), last_row_(schema_->size(), 0) {
  for (size_t c = 0; c < schema_->size(); ++c) {
    index_.emplace(schema_->fields[c].name, c);
    builders_.emplace_back(schema_->fields[c].type);
  }
}

void JsonColumns::clear() {
  for (ColumnBuilder& builder : builders_) builder.clear();
  num_rows_ = 0;
}

size_t JsonColumns::bytes() const {
  size_t total = 0;
  for (const ColumnBuilder& builder : builders_) total += builder.bytes();
  return total;
}

Result<void> JsonColumns::append(const simdjson::dom::object& row) {
  ++row_;
  const std::vector<Field>& fields = schema_->fields;
  size_t given = 0;
  size_t next = 0;
  for (const auto& [name, value] : row) {
    size_t column = next;
    if (column >= fields.size() || fields[column].name != name) {
      const auto found = index_.find(name);
      if (found == index_.end()) {
        if (options_.refuse_unknown) return unknown(name);
        continue;
      }
      column = found->second;
    }
    next = column + 1;
    if (last_row_[column] == row_) {
      return Error{Code::kCorruptData,
                   cat("field '", fields[column].name, "' occurs twice"),
                   "send each field once",
                   {.field = fields[column].name}};
    }
    last_row_[column] = row_;
    ++given;
    if (value.is_null()) {
      builders_[column].append_missing();
    } else if (loose(column)) {
      builders_[column].append_text(loose_text(value));
    } else if (!append_typed(builders_[column], value)) [[unlikely]] {
      return refused(fields[column], value);
    }
  }
  if (given != fields.size()) SKYMILL_TRY(append_absent());
  ++num_rows_;
  return {};
}

Result<void> JsonColumns::append_absent() {
  for (size_t c = 0; c < builders_.size(); ++c) {
    if (last_row_[c] == row_) continue;
    if (options_.refuse_absent && !loose(c)) {
      const std::string& name = schema_->fields[c].name;
      return Error{Code::kSchemaMismatch,
                   cat("field '", name, "' is absent"),
                   "send it, as null when it is missing",
                   {.field = name}};
    }
    builders_[c].append_missing();
  }
  return {};
}

Error JsonColumns::unknown(std::string_view name) const {
  return {Code::kSchemaMismatch,
          cat("there is no column ", quote_text(name)),
          suggest(name, schema_->names()),
          {.field = std::string(name.substr(0, 100))}};
}

TableView JsonColumns::view() {
  views_.clear();
  for (const ColumnBuilder& builder : builders_) views_.push_back(builder.view());
  return {.schema = schema_.get(), .columns = views_, .num_rows = num_rows_};
}

Table JsonColumns::take() {
  Table out{.schema = schema_, .columns = {}, .num_rows = num_rows_};
  for (ColumnBuilder& builder : builders_) out.columns.push_back(builder.finish());
  num_rows_ = 0;
  return out;
}

Error json_text_error(simdjson::error_code code, std::string_view text, int max_depth) {
  Error error{Code::kCorruptData, {}, "send valid JSON (RFC 8259) in UTF-8"};
  switch (code) {
    case simdjson::EMPTY:
      error.message = "not JSON: the text is empty";
      return error;
    case simdjson::DEPTH_ERROR:
    case simdjson::TAPE_ERROR: {  // also for deep text that lacks its end
      const auto at = too_deep(text, max_depth);
      if (at || code == simdjson::DEPTH_ERROR) {
        error.message = cat("the JSON is more than ", max_depth, " levels deep");
        error.hint = "send flat objects";
        error.place.column = at ? *at + 1 : 0;
        return error;
      }
      error.message = "not JSON: a comma, a brace or a value is missing or too much";
      break;
    }
    case simdjson::MEMALLOC:
      return {Code::kResourceExhausted, "there is not enough memory to read the JSON", "send less"};
    case simdjson::NUMBER_ERROR:
      error.message = "not JSON: a number is malformed or too large";
      error.hint = "numbers reach 1.8e308; integers of over 64 bits need an exponent, as 1.5e30";
      break;
    case simdjson::UTF8_ERROR:
      error.message = "not JSON: the text is not valid UTF-8";
      break;
    default:
      error.message = cat("not JSON: ", simdjson::error_message(code));
      break;
  }
  if (const auto at = invalid_utf8(text)) {
    error.place.column = *at + 1;
    return error;
  }
  // simdjson does not say where. The configuration parser does, but is slower.
  constexpr size_t kSmall = 64 << 10;
  if (text.size() > kSmall) return error;
  const auto parsed = Json::parse(text, max_depth);
  if (parsed || parsed.error().place.line == 0) return error;
  size_t offset = 0;
  for (uint64_t line = 1; line < parsed.error().place.line; ++line) {
    offset = text.find('\n', offset) + 1;
  }
  error.place.column = offset + parsed.error().place.column;
  error.place.field = parsed.error().place.field;
  error.message = parsed.error().message;
  return error;
}

}  // namespace skymill
