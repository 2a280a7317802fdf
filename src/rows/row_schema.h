// RowSchema: what the columns of the rows mean to a model: features with their levels, the label
// with its classes, the weight and the key.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "table/schema.h"

namespace skymill {

enum class Task : uint8_t { kRegression, kClassification };

/// "regression", "classification".
std::string_view task_name(Task task);

/// How a block carries a feature.
enum class FeatureKind : uint8_t {
  kNumber,    // f64, NaN = missing
  kCategory,  // u32 code into the levels
  kBin,       // u8
};

/// Distinct texts in byte order.
using Levels = std::vector<std::string>;

inline constexpr uint32_t kMissingCode = 0xFFFFFFFF;
/// A level that was not there when the levels were collected.
inline constexpr uint32_t kUnseenCode = 0xFFFFFFFE;

struct Feature {
  std::string name;
  Type type = Type::kNumber;  // of the column it is read from
  FeatureKind kind = FeatureKind::kNumber;
  Levels levels = {};  // of a category

  bool operator==(const Feature&) const = default;
};

struct RowSchema {
  std::vector<Feature> features = {};
  std::string label = {};  // empty: rows have no label (scoring)
  Type label_type = Type::kNumber;
  Task task = Task::kRegression;
  std::vector<std::string> classes =
      {};                   // classification: at least two, as printed; 0-based in blocks
  std::string weight = {};  // empty: every row weighs 1
  std::string key = {};     // empty: the key is the row's ordinal

  bool operator==(const RowSchema&) const = default;
};

/// Number for numeric columns, category for texts and booleans; nothing for dates and timestamps.
std::optional<FeatureKind> natural_kind(Type type);

/// How a number is spelled as a class; 0 and -0 are one class.
std::string class_text(double value);

/// The columns a reader must deliver, in this order: features, label, weight, key (those named).
Schema input_schema(const RowSchema& rows, bool with_label);

/// [{"name", "type", "kind", "levels"?}, …]
Json features_json(const std::vector<Feature>& features);
Result<std::vector<Feature>> features_from_json(const Json& json);
/// The one serial form: in requests to the kernel and in model files.
Json row_schema_json(const RowSchema& rows);
Result<RowSchema> row_schema_from_json(const Json& json);

}  // namespace skymill
