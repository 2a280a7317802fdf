// Coefficients and inference against statsmodels and scikit-learn:
// tests/reference/linear_reference.py made the expected values, and stores the rows beside them.
#include <gtest/gtest.h>

#include <cmath>

#include "base/base_testing.h"
#include "base/text.h"
#include "train/linear_test_data.h"

namespace skymill {
namespace {

constexpr const char* kPath = SKYMILL_SOURCE_DIR "/tests/reference/linear_reference.json";

LinearData data_of(const Json& stored, const Json& wanted) {
  LinearData data;
  const Json& numbers = *stored.find("numbers");
  const Json& categories = *stored.find("categories");
  for (const Json& feature : wanted.find("features")->items()) {
    const std::string& name = feature.as_string();
    if (const Json* column = numbers.find(name)) {
      data.numbers.push_back({name, numbers_of(*column)});
      continue;
    }
    data.categories.push_back({name, {}});
    data.categories.back().second = texts_of(*categories.find(name));
  }
  const bool logistic = wanted.string_at("trainer").value() == "logistic_regression";
  data.label = numbers_of(*stored.find(logistic ? "label" : "value"));
  if (logistic) data.classes = {"no", "yes"};
  if (wanted.find("weighted") != nullptr) data.weight = numbers_of(*stored.find("weight"));
  return data;
}

void expect_close(std::optional<double> got, double want, double tolerance,
                  const std::string& what) {
  ASSERT_TRUE(got) << what;
  EXPECT_NEAR(*got, want, tolerance * std::max(std::fabs(want), 1e-12)) << what;
}

void expect_case(const Json& stored, const Json& wanted) {
  const std::string name = wanted.string_at("name").value();
  FitOptions options;
  if (const Json* params = wanted.find("params")) options.params = texts_of(*params);
  const auto fit = fit_linear_data(data_of(stored, wanted), options);
  ASSERT_TRUE(fit) << name << ": " << fit.error().text();
  EXPECT_TRUE(fit->report.warnings.empty()) << name << ": " << fit->report.warnings[0];
  auto table = by_term(*fit);
  EXPECT_EQ(table.size(), wanted.find("coefficients")->items().size()) << name;
  for (const Json& line : wanted.find("coefficients")->items()) {
    const std::string term = line.string_at("term").value();
    const std::string what = cat(name, ", ", term);
    const Coefficient& got = table[term];
    expect_close(got.estimate, line.number_at("estimate").value(), 1e-8, what);
    if (line.find("std_error") == nullptr) {
      EXPECT_FALSE(got.std_error || got.p_value || got.low) << what;
      continue;
    }
    expect_close(got.std_error, line.number_at("std_error").value(), 1e-6, what);
    expect_close(got.statistic, line.number_at("statistic").value(), 1e-6, what);
    expect_close(got.p_value, line.number_at("p_value").value(), 1e-5, what);
    const double width = line.number_at("high").value() - line.number_at("low").value();
    EXPECT_NEAR(*got.low, line.number_at("low").value(), 1e-6 * width) << what;
    EXPECT_NEAR(*got.high, line.number_at("high").value(), 1e-6 * width) << what;
  }
  for (const auto& [key, value] : wanted.find("details")->members()) {
    const auto got = fit->report.details.number_at(key);
    ASSERT_TRUE(got) << name << ": " << key;
    EXPECT_NEAR(*got, value.as_number(), 1e-7 * std::fabs(value.as_number()))
        << name << ": " << key;
  }
}

TEST(LinearReference, AgreesWithStatsmodelsAndScikitLearn) {
  const Json json = read_reference(kPath);
  const auto& cases = json.find("cases")->items();
  EXPECT_GE(cases.size(), 11U);
  for (const Json& wanted : cases) expect_case(*json.find("data"), wanted);
}

}  // namespace
}  // namespace skymill
