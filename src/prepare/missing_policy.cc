// Reads --missing: which method for which columns.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "prepare/feature_plan.h"

namespace skymill {
namespace {

constexpr std::array<std::string_view, 10> kNames = {"fail", "drop", "mean",     "median", "mode",
                                                     "min",  "max",  "constant", "native", "level"};

Result<MissingPolicy::Choice> parse_choice(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) {
    const std::vector<std::string> names(kNames.begin(), kNames.end());
    return Error{Code::kInvalidArgument,
                 cat("unknown method '", name, "' for missing values"),
                 suggest(name, names),
                 {.field = "missing"}};
  }
  MissingPolicy::Choice choice{.method = static_cast<MissingMethod>(found - kNames.begin())};
  const bool constant = choice.method == MissingMethod::kConstant;
  if (constant != (colon != std::string_view::npos)) {
    return Error{Code::kInvalidArgument,
                 constant ? "the method constant needs a value"
                          : cat("the method ", name, " takes no value"),
                 "write for example constant:0",
                 {.field = "missing"}};
  }
  if (constant) choice.constant = text.substr(colon + 1);
  return choice;
}

bool fits_numbers(MissingMethod method) { return method != MissingMethod::kLevel; }

bool fits_categories(MissingMethod method) {
  switch (method) {
    case MissingMethod::kMean:
    case MissingMethod::kMedian:
    case MissingMethod::kMin:
    case MissingMethod::kMax:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::string_view missing_method_name(MissingMethod method) {
  return kNames[static_cast<size_t>(method)];
}

Result<MissingPolicy> MissingPolicy::parse(std::string_view text) {
  MissingPolicy policy;
  for (const std::string& part : split(text, ',')) {
    const size_t equals = part.find('=');
    const std::string_view value = equals == std::string::npos
                                       ? std::string_view(part)
                                       : std::string_view(part).substr(equals + 1);
    const Choice choice = SKYMILL_TRY(parse_choice(value));
    if (equals == std::string::npos) {
      if (fits_numbers(choice.method)) policy.number = choice;
      if (fits_categories(choice.method)) policy.category = choice;
      continue;
    }
    const std::string name = part.substr(0, equals);
    if (name == "number" && fits_numbers(choice.method)) {
      policy.number = choice;
    } else if (name == "category" && fits_categories(choice.method)) {
      policy.category = choice;
    } else if (name == "number" || name == "category") {
      return Error{Code::kInvalidArgument,
                   cat("the method ", missing_method_name(choice.method), " does not fit a ", name),
                   "numbers: fail drop mean median mode min max constant native; categories: fail "
                   "drop mode constant native level",
                   {.field = "missing"}};
    } else {
      policy.columns.emplace_back(name, choice);
    }
  }
  return policy;
}

}  // namespace skymill
