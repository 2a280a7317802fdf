#include "table/schema.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace skymill {
namespace {

constexpr std::array<std::pair<Type, std::string_view>, 7> kTypeNames = {{
    {Type::kBoolean, "boolean"},
    {Type::kInteger, "integer"},
    {Type::kNumber, "number"},
    {Type::kFloat, "float"},
    {Type::kText, "text"},
    {Type::kDate, "date"},
    {Type::kTimestamp, "timestamp"},
}};

}  // namespace

std::string_view type_name(Type type) {
  for (const auto& [known, name] : kTypeNames) {
    if (known == type) return name;
  }
  return "text";
}

std::optional<Type> type_named(std::string_view name) {
  for (const auto& [type, known] : kTypeNames) {
    if (known == name) return type;
  }
  return std::nullopt;
}

std::optional<size_t> Schema::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  if (found == fields.end()) return std::nullopt;
  return static_cast<size_t>(found - fields.begin());
}

Result<size_t> Schema::require(std::string_view name) const {
  if (const auto index = find(name)) return *index;
  return Error{Code::kNotFound,
               cat("there is no column '", name, "'"),
               suggest(name, names()),
               {.field = std::string(name)}};
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> out;
  out.reserve(fields.size());
  for (const Field& field : fields) out.push_back(field.name);
  return out;
}

Json schema_json(const Schema& schema) {
  Json out = Json::array();
  for (const Field& field : schema.fields) {
    Json item = Json::object();
    item.set("name", field.name);
    item.set("type", type_name(field.type));
    out.push(std::move(item));
  }
  return out;
}

Result<Schema> schema_from_json(const Json& json) {
  if (!json.is_array()) return Error{Code::kCorruptData, "a schema is not an array of fields"};
  Schema schema;
  for (const Json& item : json.items()) {
    Field field{.name = SKYMILL_TRY(item.string_at("name"))};
    const std::string type = SKYMILL_TRY(item.string_at("type"));
    const auto known = type_named(type);
    if (!known) return Error{Code::kCorruptData, cat("unknown column type '", type, "'")};
    if (schema.find(field.name)) {
      return Error{Code::kCorruptData, cat("column '", field.name, "' occurs twice")};
    }
    field.type = *known;
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

}  // namespace skymill
