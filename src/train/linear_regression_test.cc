#include <gtest/gtest.h>

#include <cmath>

#include "train/linear_test_data.h"

namespace skymill {
namespace {

const LinearModel& model_of(const Fit& fit) { return std::get<LinearModel>(fit.body); }

/// y = 2 + 3 a - b + effect of c + noise, with a in the tens of thousands.
LinearData noisy_data(size_t rows, double noise, uint64_t seed = 1) {
  RandomStream random(seed, 9);
  LinearData data{.numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}}};
  const std::vector<std::string> levels = {"p", "q", "r"};
  const double effects[] = {0, 1, -2};
  for (size_t i = 0; i < rows; ++i) {
    const double a = 20000 + random.uniform();
    const double b = random.uniform();
    const auto level = random.below(3);
    data.numbers[0].second.push_back(a);
    data.numbers[1].second.push_back(b);
    data.categories[0].second.push_back(levels[level]);
    data.label.push_back(2 + 3 * a - b + effects[level] + noise * (random.uniform() - 0.5));
  }
  return data;
}

TEST(LinearRegression, FitsALineByHand) {
  // Σ(x - 2)(y - 4) = 6, Σ(x - 2)² = 10: slope 0.6; residuals of squares 2.4 / 3 = 0.8 the
  // variance.
  const LinearData data{.numbers = {{"x", {0, 1, 2, 3, 4}}}, .label = {2, 4, 5, 4, 5}};
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit) << fit.error().text();
  const auto& table = fit->report.coefficients;
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[0].term, "(intercept)");
  EXPECT_DOUBLE_EQ(*table[0].estimate, 2.8);
  EXPECT_DOUBLE_EQ(*table[1].estimate, 0.6);
  EXPECT_DOUBLE_EQ(*table[1].std_error, std::sqrt(0.8 / 10));
  EXPECT_DOUBLE_EQ(*table[0].std_error, std::sqrt(0.8 * (0.2 + 4.0 / 10)));
  EXPECT_DOUBLE_EQ(*table[1].statistic, 0.6 / std::sqrt(0.08));
  const double t = 3.182446305283708;  // 97.5 % of Student's t with 3 degrees
  EXPECT_NEAR(*table[1].low, 0.6 - t * std::sqrt(0.08), 1e-12);
  EXPECT_NEAR(*table[1].high, 0.6 + t * std::sqrt(0.08), 1e-12);
  const Json& details = fit->report.details;
  EXPECT_NEAR(*details.number_at("r_squared"), 0.6, 1e-15);
  EXPECT_NEAR(*details.number_at("f_statistic"), 4.5, 1e-12);
  EXPECT_NEAR(*details.number_at("f_p_value"), *table[1].p_value, 1e-12);
  EXPECT_EQ(model_of(*fit).intercept, *table[0].estimate);
  EXPECT_EQ(model_of(*fit).terms[0].weights[0], *table[1].estimate);
}

TEST(LinearRegression, WithoutAnInterceptTheLineGoesThroughZero) {
  const LinearData data{.numbers = {{"x", {1, 2, 3}}}, .label = {1, 3, 4}};
  const auto fit = fit_linear_data(data, {.params = {"intercept=false"}});
  ASSERT_TRUE(fit);
  ASSERT_EQ(fit->report.coefficients.size(), 1U);
  EXPECT_DOUBLE_EQ(*fit->report.coefficients[0].estimate, 19.0 / 14);
  EXPECT_EQ(model_of(*fit).intercept, 0);
  EXPECT_NEAR(*fit->report.details.number_at("r_squared"), 19.0 * 19 / 14 / 26, 1e-14);
}

TEST(LinearRegression, RidgeShrinksByTheFormulaAndHasNoErrors) {
  // (Σ(x - 2)² + n l2) slope = Σ(x - 2)(y - 4), with n l2 = 2.
  const LinearData data{.numbers = {{"x", {0, 1, 2, 3, 4}}}, .label = {2, 4, 5, 4, 5}};
  const auto fit = fit_linear_data(data, {.params = {"l2=0.4"}});
  ASSERT_TRUE(fit);
  EXPECT_DOUBLE_EQ(*fit->report.coefficients[1].estimate, 0.5);
  EXPECT_DOUBLE_EQ(*fit->report.coefficients[0].estimate, 3);
  EXPECT_FALSE(fit->report.coefficients[1].std_error);
  // Standardised, the penalty is l2 · variance: 10 (1 + 0.4) slope = 6.
  const auto scaled = fit_linear_data(data, {.params = {"l2=0.4", "standardise=true"}});
  EXPECT_DOUBLE_EQ(*scaled->report.coefficients[1].estimate, 6 / 14.0);
}

TEST(LinearRegression, WeightsAreReplicatedRows) {
  LinearData weighted = noisy_data(60, 1);
  LinearData replicated{.numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}}};
  for (size_t i = 0; i < weighted.label.size(); ++i) {
    weighted.weight.push_back(static_cast<double>(i % 4));
    for (size_t copy = 0; copy < i % 4; ++copy) {
      for (size_t f = 0; f < 2; ++f) {
        replicated.numbers[f].second.push_back(weighted.numbers[f].second[i]);
      }
      replicated.categories[0].second.push_back(weighted.categories[0].second[i]);
      replicated.label.push_back(weighted.label[i]);
    }
  }
  auto got = by_term(fit_linear_data(weighted).value());
  const auto fit = fit_linear_data(replicated).value();
  for (const auto& [term, want] : by_term(fit)) {
    EXPECT_NEAR(*got[term].estimate, *want.estimate, 1e-11 * std::fabs(*want.estimate)) << term;
  }
  // Rows without weight are not counted.
  const auto details = fit_linear_data(weighted)->report.details;
  EXPECT_EQ(*details.integer_at("rows"), 45);
}

TEST(LinearRegression, CategoriesAreTheirDummyColumns) {
  const LinearData data = noisy_data(200, 1);
  LinearData dummies{.numbers = data.numbers, .label = data.label};
  for (const char* level : {"q", "r"}) {
    dummies.numbers.push_back({std::string("c=") + level, {}});
    for (const auto& text : data.categories[0].second) {
      dummies.numbers.back().second.push_back(text == level ? 1 : 0);
    }
  }
  const auto fit = fit_linear_data(data).value();
  auto got = by_term(fit);
  const auto want_fit = fit_linear_data(dummies).value();
  const auto want = by_term(want_fit);
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [term, line] : want) {
    EXPECT_NEAR(*got[term].estimate, *line.estimate, 1e-12 * std::fabs(*line.estimate)) << term;
    EXPECT_NEAR(*got[term].std_error, *line.std_error, 1e-12 * *line.std_error) << term;
  }
  const LinearModel::Term& term = model_of(fit).terms[2];
  ASSERT_EQ(term.weights.size(), 3U);
  EXPECT_EQ(term.weights[0], 0);
  EXPECT_EQ(term.weights[1], *got["c=q"].estimate);
}

TEST(LinearRegression, AliasedTermsAreNamedAndHaveNoEstimate) {
  for (const size_t rows : {50, 450'000}) {  // both paths
    LinearData data = noisy_data(rows, 1);
    data.numbers.push_back({"a2", data.numbers[0].second});
    for (double& value : data.numbers[2].second) value = 2 * value - 7;
    data.numbers.push_back({"constant", std::vector<double>(rows, 0.1)});
    const auto fit = fit_linear_data(data);
    ASSERT_TRUE(fit) << fit.error().text();
    auto table = by_term(*fit);
    EXPECT_TRUE(table["a"].estimate);
    for (const char* term : {"a2", "constant"}) {
      ASSERT_TRUE(table.contains(term));
      EXPECT_FALSE(table[term].estimate || table[term].std_error) << term;
    }
    ASSERT_EQ(fit->report.warnings.size(), 1U);
    EXPECT_NE(fit->report.warnings[0].find("a2, constant"), std::string::npos);
    EXPECT_EQ(model_of(*fit).terms[2].weights[0], 0);
  }
}

TEST(LinearRegression, APerfectFitHasErrorsOfZero) {
  const LinearData data{.numbers = {{"x", {1, 2, 3, 5}}}, .label = {0.1, 0.2, 0.3, 0.5}};
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit);
  const Coefficient& slope = fit->report.coefficients[1];
  EXPECT_NEAR(*slope.estimate, 0.1, 1e-15);
  EXPECT_EQ(*slope.std_error, 0);
  EXPECT_FALSE(slope.statistic || slope.p_value);
  EXPECT_EQ(*fit->report.details.number_at("r_squared"), 1);
}

TEST(LinearRegression, AsManyRowsAsCoefficientsHaveNoErrors) {
  const LinearData data{.numbers = {{"x", {1, 2}}}, .label = {1, 3}};
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit);
  EXPECT_DOUBLE_EQ(*fit->report.coefficients[1].estimate, 2);
  EXPECT_FALSE(fit->report.coefficients[1].std_error);
}

TEST(LinearRegression, AConstantLabelGivesItsMean) {
  const LinearData data{.numbers = {{"x", {1, 2, 4}}}, .label = {7, 7, 7}};
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit);
  EXPECT_EQ(model_of(*fit).intercept, 7);
  EXPECT_EQ(model_of(*fit).terms[0].weights[0], 0);
  EXPECT_EQ(fit->report.details.find("r_squared"), nullptr);
}

TEST(LinearRegression, WithoutFeaturesItIsTheMean) {
  const auto fit = fit_linear_data({.label = {1, 2, 6}});
  ASSERT_TRUE(fit) << fit.error().text();
  EXPECT_DOUBLE_EQ(model_of(*fit).intercept, 3);
}

TEST(LinearRegression, SaysWhatIsWrongWithTheRows) {
  const auto none = fit_linear_data({.numbers = {{"x", {}}}, .label = {}});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("no rows"), std::string::npos);
  const LinearData wide{.numbers = {{"a", {1, 2}}, {"b", {3, 1}}}, .label = {1, 2}};
  const auto more = fit_linear_data(wide);
  ASSERT_FALSE(more);
  EXPECT_NE(more.error().message.find("more coefficients (3) than rows (2)"), std::string::npos);
  EXPECT_NE(more.error().hint.find("l2"), std::string::npos);
  EXPECT_TRUE(fit_linear_data(wide, {.params = {"l2=0.1"}}));
  const LinearData missing{.numbers = {{"a", {1, NAN, 3, 4}}}, .label = {1, 2, 3, 5}};
  const auto nan = fit_linear_data(missing);
  ASSERT_FALSE(nan);
  EXPECT_NE(nan.error().message.find("'a'"), std::string::npos);
  EXPECT_FALSE(fit_linear_data({.numbers = {{"a", {1e200, 2, 3}}}, .label = {1, 2, 3}}));
}

TEST(LinearRegression, ClassesBelongToLogisticRegression) {
  const LinearData data{.numbers = {{"x", {1, 2, 3}}}, .label = {0, 1, 0}, .classes = {"a", "b"}};
  const auto source = data.source();
  const auto fit = fit_source(linear_regression(), *source);
  ASSERT_FALSE(fit);
  EXPECT_NE(fit.error().hint.find("logistic_regression"), std::string::npos);
}

TEST(LinearRegression, ModelsDoNotDependOnThreads) {
  const LinearData data = noisy_data(500'000, 1);
  const auto one = fit_linear_data(data, {.threads = 1}).value();
  EXPECT_EQ(*one.report.details.string_at("method"), "cholesky");
  EXPECT_NEAR(model_of(one).terms[0].weights[0], 3, 0.01);
  for (const unsigned threads : {2U, 8U}) {
    const auto many = fit_linear_data(data, {.threads = threads}).value();
    EXPECT_EQ(model_of(one), model_of(many));
    EXPECT_EQ(one.report.details, many.report.details);
  }
}

TEST(LinearRegression, IllConditionedRowsGetTheExactScan) {
  LinearData data = noisy_data(300'000, 1);
  data.numbers.push_back({"near", data.numbers[0].second});
  RandomStream random(4, 4);
  for (double& value : data.numbers[2].second) value += 1e-5 * random.uniform();
  const auto fit = fit_linear_data(data).value();
  EXPECT_EQ(*fit.report.details.string_at("method"), "cholesky in double-double");
  EXPECT_GT(*fit.report.details.number_at("condition"), 1e4);
}

TEST(LinearRegression, EveryScanGoesThroughThePlan) {
  LinearData data = noisy_data(400, 1);
  for (size_t i = 0; i < 400; i += 3) data.numbers[0].second[i] *= -1;
  const Transforms plan = {std::make_shared<DoubledFirst>(data.schema().features[0])};
  const auto fit = fit_linear_data(data, {.plan = plan});
  ASSERT_TRUE(fit) << fit.error().text();
  EXPECT_EQ(model_of(*fit), model_of(fit_linear_data(doubled_first(data)).value()));
}

TEST(LinearRegression, StopsWhenCancelled) {
  Cancel cancel;
  cancel.request();
  const auto fit = fit_linear_data(noisy_data(100, 1), {.cancel = &cancel});
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace skymill
