#include "rows/row_schema.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace skymill {

std::string_view task_name(Task task) {
  return task == Task::kRegression ? "regression" : "classification";
}

std::string class_text(double value) { return format_number(value == 0 ? 0.0 : value); }

std::optional<FeatureKind> natural_kind(Type type) {
  switch (type) {
    case Type::kInteger:
    case Type::kNumber:
    case Type::kFloat:
      return FeatureKind::kNumber;
    case Type::kText:
    case Type::kBoolean:
      return FeatureKind::kCategory;
    case Type::kDate:
    case Type::kTimestamp:
      return std::nullopt;
  }
  return std::nullopt;
}

Schema input_schema(const RowSchema& rows, bool with_label) {
  Schema schema;
  const auto add = [&](const std::string& name, Type type) {
    if (!name.empty() && !schema.find(name)) schema.fields.push_back({name, type});
  };
  for (const Feature& feature : rows.features) add(feature.name, feature.type);
  if (with_label) {
    add(rows.label, rows.label_type);
    add(rows.weight, Type::kNumber);
    add(rows.key, Type::kText);
  }
  return schema;
}

namespace {

constexpr std::array<std::string_view, 3> kKindNames = {"number", "category", "bin"};

Json texts_json(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push(text);
  return out;
}

Result<std::vector<std::string>> texts_at(const Json& json, std::string_view key) {
  std::vector<std::string> texts;
  for (const Json& item : *SKYMILL_TRY(json.array_at(key))) {
    if (!item.is_string()) return Error{Code::kCorruptData, cat("'", key, "' holds a non-text")};
    texts.push_back(item.as_string());
  }
  return texts;
}

Result<Type> type_at(const Json& json, std::string_view key) {
  const std::string name = SKYMILL_TRY(json.string_at(key));
  const auto type = type_named(name);
  if (!type) return Error{Code::kCorruptData, cat("unknown column type '", name, "'")};
  return *type;
}

bool distinct(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return std::ranges::adjacent_find(texts) == texts.end();
}

}  // namespace

Json features_json(const std::vector<Feature>& features) {
  Json out = Json::array();
  for (const Feature& feature : features) {
    Json item = Json::object();
    item.set("name", feature.name);
    item.set("type", type_name(feature.type));
    item.set("kind", kKindNames[static_cast<size_t>(feature.kind)]);
    if (feature.kind == FeatureKind::kCategory) item.set("levels", texts_json(feature.levels));
    out.push(std::move(item));
  }
  return out;
}

Result<std::vector<Feature>> features_from_json(const Json& json) {
  if (!json.is_array()) return Error{Code::kCorruptData, "features are not an array"};
  std::vector<Feature> features;
  for (const Json& item : json.items()) {
    Feature feature;
    feature.name = SKYMILL_TRY(item.string_at("name"));
    feature.type = SKYMILL_TRY(type_at(item, "type"));
    const std::string kind = SKYMILL_TRY(item.string_at("kind"));
    const auto known = std::ranges::find(kKindNames, kind);
    if (known == kKindNames.end()) {
      return Error{Code::kCorruptData, cat("unknown feature kind '", kind, "'")};
    }
    feature.kind = static_cast<FeatureKind>(known - kKindNames.begin());
    if (feature.kind == FeatureKind::kCategory) {
      feature.levels = SKYMILL_TRY(texts_at(item, "levels"));
      if (feature.levels.size() >= kUnseenCode || !distinct(feature.levels)) {
        return Error{Code::kCorruptData, cat("the levels of '", feature.name, "' repeat")};
      }
    }
    features.push_back(std::move(feature));
  }
  return features;
}

Json row_schema_json(const RowSchema& rows) {
  Json out = Json::object();
  out.set("features", features_json(rows.features));
  out.set("label", rows.label);
  out.set("label_type", type_name(rows.label_type));
  out.set("task", task_name(rows.task));
  out.set("classes", texts_json(rows.classes));
  out.set("weight", rows.weight);
  out.set("key", rows.key);
  return out;
}

Result<RowSchema> row_schema_from_json(const Json& json) {
  const Json* features = json.find("features");
  if (features == nullptr) return Error{Code::kCorruptData, "'features' is missing"};
  RowSchema rows;
  rows.features = SKYMILL_TRY(features_from_json(*features));
  rows.label = SKYMILL_TRY(json.string_at("label"));
  rows.label_type = SKYMILL_TRY(type_at(json, "label_type"));
  const std::string task = SKYMILL_TRY(json.string_at("task"));
  if (task != task_name(Task::kRegression) && task != task_name(Task::kClassification)) {
    return Error{Code::kCorruptData, cat("unknown task '", task, "'")};
  }
  rows.task = task == task_name(Task::kRegression) ? Task::kRegression : Task::kClassification;
  rows.classes = SKYMILL_TRY(texts_at(json, "classes"));
  rows.weight = SKYMILL_TRY(json.string_at("weight"));
  rows.key = SKYMILL_TRY(json.string_at("key"));
  for (const Feature& feature : rows.features) {
    if (natural_kind(feature.type) == feature.kind) continue;
    return Error{Code::kCorruptData,
                 cat("the type of feature '", feature.name, "' is not its kind's")};
  }
  if (!distinct(rows.classes)) return Error{Code::kCorruptData, "the classes repeat"};
  return rows;
}

}  // namespace skymill
