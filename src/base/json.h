// Json: an ordered JSON value for configuration, reports and the header of model files.
// Requests are parsed by table/json_rows.h, which is faster and knows the schema.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace skymill {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // keeps the order of insertion; keys are unique

  Json() = default;                                        // null
  Json(std::nullptr_t) {}                                  // NOLINT(google-explicit-constructor)
  Json(bool value) : value_(value) {}                      // NOLINT(google-explicit-constructor)
  Json(double value) : value_(value) {}                    // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}    // NOLINT(google-explicit-constructor)
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT
  Json(Array value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  template <std::integral T>
    requires(!std::is_same_v<T, bool>)
  Json(T value) : value_(static_cast<int64_t>(value)) {}  // NOLINT(google-explicit-constructor)

  static Json object() { return Json(Object{}); }
  static Json array() { return Json(Array{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<int64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// Preconditions: the kind was checked.
  bool as_bool() const { return std::get<bool>(value_); }
  int64_t as_integer() const { return std::get<int64_t>(value_); }
  double as_number() const {
    return is_integer() ? static_cast<double>(as_integer()) : std::get<double>(value_);
  }
  const std::string& as_string() const { return std::get<std::string>(value_); }
  const Array& items() const { return std::get<Array>(value_); }
  Array& items() { return std::get<Array>(value_); }
  const Object& members() const { return std::get<Object>(value_); }

  /// The member named `key`, or nullptr (also when this is no object).
  const Json* find(std::string_view key) const;
  /// Sets or adds a member; a null value becomes an object first.
  Json& set(std::string key, Json value);
  /// Adds a member in constant time. Preconditions: an object without such a member.
  void append(std::string key, Json value);
  /// Appends an item; a null value becomes an array first.
  Json& push(Json value);

  /// Typed access to an object's member: errors name the field.
  Result<std::string> string_at(std::string_view key) const;
  Result<double> number_at(std::string_view key) const;
  Result<int64_t> integer_at(std::string_view key) const;
  Result<bool> bool_at(std::string_view key) const;
  Result<const Array*> array_at(std::string_view key) const;
  Result<const Object*> object_at(std::string_view key) const;

  /// Compact text when `indent` < 0. Doubles print as the shortest text that reads back equal;
  /// NaN and infinities become null, as JSON has no name for them.
  std::string dump(int indent = -1) const;

  /// Strict RFC 8259; at most `max_depth` levels. Duplicate keys are an error.
  static Result<Json> parse(std::string_view text, int max_depth = 64);

  bool operator==(const Json&) const = default;

 private:
  explicit Json(Object value) : value_(std::move(value)) {}
  void write(std::string& out, int indent, int depth) const;

  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

/// Appends `text` as a quoted JSON string.
void append_json_string(std::string& out, std::string_view text);

}  // namespace skymill
