// Schema: the names and types of a table's columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace skymill {

/// Every engine's and format's types are mapped to these; what has no counterpart is read as text.
enum class Type : uint8_t {
  kBoolean,
  kInteger,    // 64-bit signed
  kNumber,     // double
  kFloat,      // double holding values a 32-bit float can hold: 0.1 means the float nearest to 0.1
  kText,       // UTF-8
  kDate,       // days since 1970-01-01
  kTimestamp,  // microseconds since 1970-01-01 00:00 UTC
};

/// "boolean", "integer", "number", "float", "text", "date", "timestamp".
std::string_view type_name(Type type);
std::optional<Type> type_named(std::string_view name);

struct Field {
  std::string name;
  Type type = Type::kText;

  bool operator==(const Field&) const = default;
};

struct Schema {
  std::vector<Field> fields;

  size_t size() const { return fields.size(); }
  /// Index of the column with exactly this name.
  std::optional<size_t> find(std::string_view name) const;
  /// The same, or an error naming the nearest column.
  Result<size_t> require(std::string_view name) const;
  std::vector<std::string> names() const;

  bool operator==(const Schema&) const = default;
};

/// [{"name": …, "type": …}, …]
Json schema_json(const Schema& schema);
Result<Schema> schema_from_json(const Json& json);

}  // namespace skymill
