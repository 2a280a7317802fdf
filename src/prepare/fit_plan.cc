// Fits a FeaturePlan: settles each column's method, then learns its fill from statistics of the
// training rows. Covered by feature_plan_test.cc.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "prepare/column_statistics.h"
#include "prepare/feature_plan.h"
#include "prepare/quantiles.h"

namespace skymill {
namespace {

using Choice = MissingPolicy::Choice;

Error does_not_fit(const Feature& feature, MissingMethod method) {
  return {Code::kInvalidArgument,
          cat("the method ", missing_method_name(method), " does not fit column '", feature.name,
              "', a ", feature.kind == FeatureKind::kNumber ? "number" : "category"),
          feature.kind == FeatureKind::kNumber
              ? "numbers: fail drop mean median mode min max constant native"
              : "categories: fail drop mode constant native level",
          {.field = feature.name}};
}

Result<Choice> choose(const Feature& feature, const PlanOptions& options) {
  const bool number = feature.kind == FeatureKind::kNumber;
  Choice choice;
  if (!number) {
    choice.method = MissingMethod::kLevel;
  } else {
    choice.method = options.native_missing ? MissingMethod::kNative : MissingMethod::kMean;
  }
  const auto& general = number ? options.missing.number : options.missing.category;
  if (general) choice = *general;
  for (const auto& [name, own] : options.missing.columns) {
    if (name == feature.name) choice = own;
  }
  static constexpr std::array<MissingMethod, 4> kNumbersOnly = {
      MissingMethod::kMean, MissingMethod::kMedian, MissingMethod::kMin, MissingMethod::kMax};
  const bool fits = number ? choice.method != MissingMethod::kLevel
                           : std::ranges::find(kNumbersOnly, choice.method) == kNumbersOnly.end();
  if (!fits) return does_not_fit(feature, choice.method);
  if (choice.method == MissingMethod::kNative && !options.native_missing) {
    return Error{Code::kInvalidArgument,
                 cat("this trainer cannot take missing values of '", feature.name, "' as they are"),
                 "choose another method, or a tree trainer",
                 {.field = feature.name}};
  }
  return choice;
}

Result<void> check_names(const std::vector<Feature>& features, const MissingPolicy& policy) {
  std::vector<std::string> names;
  for (const Feature& feature : features) names.push_back(feature.name);
  for (const auto& [name, choice] : policy.columns) {
    if (std::ranges::find(names, name) == names.end()) {
      return Error{Code::kInvalidArgument,
                   cat("--missing names '", name, "', which is not a feature"),
                   suggest(name, names),
                   {.field = name}};
    }
  }
  return {};
}

/// The key with the highest count; the smallest of several.
double most_frequent(const ColumnStatistics& column) {
  uint64_t best = 0;
  double value = 0;
  for (const auto& [key, count] : column.values) {
    if (count > best) {
      best = count;
      value = order_value(key);
    }
  }
  return value;
}

Result<void> fill_number(ColumnPlan& plan, const Choice& choice, const ColumnStatistics& column) {
  switch (choice.method) {
    case MissingMethod::kMean:
      plan.fill = column.mean();
      if (!std::isfinite(plan.fill)) {
        return Error{Code::kSchemaMismatch,
                     cat("the mean of column '", plan.input.name, "' is too large for a double"),
                     "use median, or scale the column",
                     {.field = plan.input.name}};
      }
      break;
    case MissingMethod::kMin:
      plan.fill = column.smallest;
      break;
    case MissingMethod::kMax:
      plan.fill = column.largest;
      break;
    case MissingMethod::kMode:
      if (column.too_many_values) {
        return Error{Code::kInvalidArgument,
                     cat("column '", plan.input.name, "' has more than ",
                         ColumnStatistics::kMaxCounted, " distinct values: it has no useful mode"),
                     "use mean or median",
                     {.field = plan.input.name}};
      }
      plan.fill = most_frequent(column);
      break;
    case MissingMethod::kConstant: {
      const auto value = parse_number(choice.constant);
      if (!value) {
        return Error{Code::kInvalidArgument,
                     cat("the constant '", choice.constant, "' for column '", plan.input.name,
                         "' is no number"),
                     "write for example constant:0",
                     {.field = plan.input.name}};
      }
      plan.fill = *value;
      break;
    }
    default:
      break;
  }
  return {};
}

void fill_category(ColumnPlan& plan, const Choice& choice, const ColumnStatistics& column) {
  const Levels& levels = plan.input.levels;
  if (choice.method == MissingMethod::kMode && !levels.empty()) {
    plan.fill_code =
        static_cast<uint32_t>(std::ranges::max_element(column.levels) - column.levels.begin());
    return;
  }
  std::string added;
  if (choice.method == MissingMethod::kConstant) {
    const auto found = std::ranges::find(levels, choice.constant);
    if (found != levels.end()) {
      plan.fill_code = static_cast<uint32_t>(found - levels.begin());
      return;
    }
    added = choice.constant;
  } else if (choice.method == MissingMethod::kLevel && column.missing > 0) {
    added = "(missing)";
    while (std::ranges::find(levels, added) != levels.end()) added += '_';
  }
  // A level of its own needs training rows; without them a missing value counts as unseen.
  if (added.empty() || column.missing == 0) return;
  plan.fill_code = static_cast<uint32_t>(levels.size());
  plan.added_levels = {added};
}

Result<void> fill_medians(std::vector<ColumnPlan>& plans, RowSource& source, const Selection& rows,
                          RunContext& context) {
  std::vector<QuantileTarget> targets;
  std::vector<size_t> owners;
  for (size_t f = 0; f < plans.size(); ++f) {
    if (plans[f].missing != MissingMethod::kMedian) continue;
    targets.push_back({.by = RankedBy::kFeature, .feature = static_cast<uint32_t>(f)});
    owners.push_back(f);
  }
  if (targets.empty()) return {};
  const auto middle = [](size_t, uint64_t count) {
    return std::vector<uint64_t>{(count - 1) / 2, count / 2};
  };
  const auto found =
      SKYMILL_TRY(exact_quantiles(source, {.rows = rows}, targets, middle, 64, context));
  for (size_t t = 0; t < targets.size(); ++t) {
    if (found[t].keys.empty()) continue;
    const double low = order_value(found[t].keys.front());
    plans[owners[t]].fill = low + (order_value(found[t].keys.back()) - low) / 2;
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const FeaturePlan>> fit_plan(RowSource& source, const Selection& rows,
                                                    const PlanOptions& options,
                                                    RunContext& context) {
  const std::vector<Feature>& features = source.schema().features;
  SKYMILL_TRY(check_names(features, options.missing));
  std::vector<Choice> choices;
  std::vector<bool> counted;
  for (const Feature& feature : features) {
    choices.push_back(SKYMILL_TRY(choose(feature, options)));
    counted.push_back(choices.back().method == MissingMethod::kMode);
  }
  const auto statistics = SKYMILL_TRY(column_statistics(source, rows, counted, context));
  std::vector<ColumnPlan> plans;
  for (size_t f = 0; f < features.size(); ++f) {
    ColumnPlan plan{.input = features[f], .missing = choices[f].method};
    plan.missing_rows = statistics[f].missing;
    if (plan.missing == MissingMethod::kFail && plan.missing_rows > 0) {
      return Error{Code::kSchemaMismatch,
                   cat("column '", plan.input.name, "' is missing in ", plan.missing_rows, " of ",
                       statistics[f].rows, " rows"),
                   "choose another method with --missing, or filter with --where",
                   {.field = plan.input.name}};
    }
    if (features[f].kind == FeatureKind::kNumber) {
      SKYMILL_TRY(fill_number(plan, choices[f], statistics[f]));
    } else {
      fill_category(plan, choices[f], statistics[f]);
    }
    plans.push_back(std::move(plan));
  }
  SKYMILL_TRY(fill_medians(plans, source, rows, context));
  return FeaturePlan::make(std::move(plans));
}

}  // namespace skymill
