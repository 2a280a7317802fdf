#include "prepare/choose_rows.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "table/coercion.h"

namespace skymill {
namespace {

/// A numeric label with at most this many distinct integers is a class, unless --task says more.
constexpr size_t kFewClasses = 20;

std::vector<std::string> column_names(const Survey& survey) {
  std::vector<std::string> names;
  for (const ColumnSurvey& column : survey.columns) names.push_back(column.field.name);
  return names;
}

Result<const ColumnSurvey*> require(const Survey& survey, const std::string& name,
                                    const std::string& role) {
  if (const ColumnSurvey* column = survey.find(name); column != nullptr) return column;
  return Error{Code::kNotFound,
               cat("there is no column '", name, "' for the ", role),
               suggest(name, column_names(survey)),
               {.field = name}};
}

/// Why a column cannot be a feature; empty when it can.
std::string unusable(const ColumnSurvey& column, uint64_t rows) {
  if (column.missing == rows) return "every value is missing";
  if (!natural_kind(column.field.type)) {
    return cat("a ", type_name(column.field.type), " is no number or category");
  }
  if (column.too_many_levels) return cat("a text with more than ", kMaxLevels, " distinct values");
  if (column.constant && column.missing == 0) return "every value is the same";
  return {};
}

std::string identifier(const ColumnSurvey& column) {
  return column.all_distinct ? "an identifier: every value is distinct" : std::string();
}

bool whole(const std::vector<double>& values) {
  return !values.empty() &&
         std::ranges::all_of(values, [](double v) { return v == std::trunc(v); });
}

Result<void> check_label(const ColumnSurvey& label, const Survey& survey,
                         const RowRequest& request) {
  const std::string& name = request.label;
  if (label.missing == survey.rows) {
    return Error{Code::kSchemaMismatch,
                 cat("the label '", name, "' is missing in every row"),
                 "name another column with --label",
                 {.field = name}};
  }
  if (label.constant) {
    return Error{Code::kSchemaMismatch,
                 cat("the label '", name, "' has the same value in every row"),
                 "there is nothing to learn: name another column, or widen --where",
                 {.field = name}};
  }
  if (std::ranges::find(request.features, name) != request.features.end()) {
    return Error{Code::kInvalidArgument,
                 cat("the label '", name, "' is also a feature"),
                 "leave it out of --features",
                 {.field = name}};
  }
  if (label.field.type == Type::kDate || label.field.type == Type::kTimestamp) {
    return Error{Code::kUnsupported,
                 cat("the label '", name, "' is a ", type_name(label.field.type)),
                 "predict a number or a category",
                 {.field = name}};
  }
  return {};
}

/// Classes of the label, and the task it makes.
Result<void> choose_task(const ColumnSurvey& label, const RowRequest& request, ChosenRows& chosen) {
  RowSchema& rows = chosen.rows;
  const bool numeric = natural_kind(label.field.type) == FeatureKind::kNumber;
  const bool few =
      !label.too_many_values && label.values.size() <= kFewClasses && whole(label.values);
  Task task = Task::kRegression;
  if (!numeric) {
    task = Task::kClassification;
    chosen.task_reason = cat("the label is a ", type_name(label.field.type));
  } else if (request.task) {
    task = *request.task;
    chosen.task_reason = "--task";
  } else if (request.classifier && few) {
    task = Task::kClassification;
    chosen.task_reason = cat("the label has ", label.values.size(), " distinct integers");
  } else {
    chosen.task_reason = request.regressor ? "the label is a number" : "the trainer classifies";
    if (!request.regressor) task = Task::kClassification;
  }
  if (task == Task::kClassification && !request.classifier) {
    return Error{Code::kInvalidArgument,
                 cat("the label '", request.label, "' makes this a classification, which ",
                     request.trainer, " cannot do"),
                 "use --model logistic_regression, or a tree",
                 {.field = request.label}};
  }
  if (!numeric && request.task == Task::kRegression) {
    return Error{Code::kInvalidArgument,
                 cat("the label '", request.label, "' is a ", type_name(label.field.type),
                     ": it cannot be predicted as a number"),
                 "leave --task out",
                 {.field = request.label}};
  }
  if (task == Task::kRegression && !request.regressor) {
    return Error{Code::kInvalidArgument,
                 cat(request.trainer, " predicts classes, not numbers"),
                 "use --model linear_regression, or a tree",
                 {.field = request.label}};
  }
  rows.task = task;
  if (task == Task::kRegression) return {};
  if (!numeric) {
    if (label.too_many_levels || label.levels.size() > kMaxClasses) {
      return Error{Code::kSchemaMismatch,
                   cat("the label '", request.label, "' has more than ", kMaxClasses, " classes"),
                   "name another column with --label",
                   {.field = request.label}};
    }
    rows.classes = label.levels;
    return {};
  }
  if (label.too_many_values) {
    return Error{Code::kSchemaMismatch,
                 cat("the label '", request.label, "' has more than ", kMaxClasses,
                     " distinct values: it is no class"),
                 "use --task regression with a trainer that predicts numbers",
                 {.field = request.label}};
  }
  const bool integers = label.field.type == Type::kInteger;
  for (const double value : label.values) {
    rows.classes.push_back(integers ? std::to_string(static_cast<int64_t>(value))
                                    : class_text(value));
  }
  return {};
}

void add_feature(const ColumnSurvey& column, RowSchema& rows) {
  const FeatureKind kind = *natural_kind(column.field.type);
  rows.features.push_back({column.field.name, column.field.type, kind,
                           kind == FeatureKind::kCategory ? column.levels : Levels{}});
}

Result<void> choose_named(const Survey& survey, const RowRequest& request, ChosenRows& chosen) {
  for (size_t f = 0; f < request.features.size(); ++f) {
    const std::string& name = request.features[f];
    const ColumnSurvey* column = SKYMILL_TRY(require(survey, name, "feature"));
    if (std::find(request.features.begin(), request.features.begin() + static_cast<long>(f),
                  name) != request.features.begin() + static_cast<long>(f)) {
      return Error{Code::kInvalidArgument,
                   cat("feature '", name, "' is named twice"),
                   "name it once",
                   {.field = name}};
    }
    const std::string reason = unusable(*column, survey.rows);
    if (reason.empty()) {
      add_feature(*column, chosen.rows);
    } else {
      chosen.left_out.push_back({name, reason});
    }
  }
  return {};
}

void choose_all(const Survey& survey, const RowRequest& request, ChosenRows& chosen) {
  for (const ColumnSurvey& column : survey.columns) {
    const std::string& name = column.field.name;
    if (name == request.label || name == request.weight || name == request.key) continue;
    std::string reason = unusable(column, survey.rows);
    if (reason.empty()) reason = identifier(column);
    if (reason.empty()) {
      add_feature(column, chosen.rows);
    } else {
      chosen.left_out.push_back({name, reason});
    }
  }
}

/// One typing error makes a column of numbers a text, which hardly anybody wants to learn from.
void warn_of_odd_texts(const Survey& survey, ChosenRows& chosen) {
  for (const ColumnSurvey& column : survey.columns) {
    const std::string& name = column.field.name;
    if (column.odd_text.empty() || name == chosen.rows.key) continue;
    chosen.warnings.push_back(
        cat("column '", name, "' is read as text, because ", quote_text(column.odd_text),
            " is no number: correct such values, or say what means missing with --null"));
  }
}

}  // namespace

Result<ChosenRows> choose_rows(const Survey& survey, const RowRequest& request) {
  if (survey.rows == 0) {
    return Error{Code::kSchemaMismatch, "there are no rows to learn from",
                 "check the file, or widen --where"};
  }
  const ColumnSurvey* label = SKYMILL_TRY(require(survey, request.label, "label"));
  SKYMILL_TRY(check_label(*label, survey, request));
  if (request.weight == request.label || request.key == request.label) {
    return Error{Code::kInvalidArgument,
                 cat("the label '", request.label, "' is also the weight or the row key"),
                 "name another column",
                 {.field = request.label}};
  }
  ChosenRows chosen;
  chosen.rows.label = request.label;
  chosen.rows.label_type = label->field.type;
  SKYMILL_TRY(choose_task(*label, request, chosen));
  if (!request.weight.empty()) {
    const ColumnSurvey* weight = SKYMILL_TRY(require(survey, request.weight, "weight"));
    if (natural_kind(weight->field.type) != FeatureKind::kNumber) {
      return Error{Code::kSchemaMismatch,
                   cat("the weight '", request.weight, "' is no number"),
                   "name a numeric column",
                   {.field = request.weight}};
    }
    chosen.rows.weight = request.weight;
  }
  if (!request.key.empty()) {
    SKYMILL_TRY(require(survey, request.key, "row key"));
    chosen.rows.key = request.key;
  }
  if (request.features.empty()) {
    choose_all(survey, request, chosen);
  } else {
    SKYMILL_TRY(choose_named(survey, request, chosen));
  }
  if (chosen.rows.features.empty()) {
    std::string reasons;
    for (const LeftOut& out : chosen.left_out) {
      reasons += cat(reasons.empty() ? "" : "; ", out.column, ": ", out.reason);
    }
    return Error{Code::kSchemaMismatch, "no column can be used as a feature",
                 reasons.empty() ? "the data has no column but the label" : reasons};
  }
  warn_of_odd_texts(survey, chosen);
  return chosen;
}

}  // namespace skymill
