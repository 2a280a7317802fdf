#include <gtest/gtest.h>

#include <cmath>

#include "base/real_math.h"
#include "train/linear_test_data.h"

namespace skymill {
namespace {

const LinearModel& model_of(const Fit& fit) { return std::get<LinearModel>(fit.body); }

LinearData noisy_data(size_t rows, uint64_t seed = 1) {
  RandomStream random(seed, 9);
  LinearData data{
      .numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}}, .classes = {"no", "yes"}};
  const std::vector<std::string> levels = {"p", "q", "r"};
  const double effects[] = {0, 1, -2};
  for (size_t i = 0; i < rows; ++i) {
    const double a = 500 + 3 * random.uniform();
    const double b = random.uniform();
    const auto level = random.below(3);
    data.numbers[0].second.push_back(a);
    data.numbers[1].second.push_back(b);
    data.categories[0].second.push_back(levels[level]);
    const double chance = logistic(a - 501.2 - 2 * b + effects[level]);
    data.label.push_back(random.uniform() < chance ? 1 : 0);
  }
  return data;
}

TEST(LogisticRegression, FitsATwoByTwoTableByHand) {
  // x = 0: 3 of 4 are "no"; x = 1: 4 of 6 are "yes". Log odds -ln 3 and ln 2.
  const LinearData data{.numbers = {{"x", {0, 0, 0, 0, 1, 1, 1, 1, 1, 1}}},
                        .label = {0, 0, 0, 1, 0, 0, 1, 1, 1, 1},
                        .classes = {"no", "yes"}};
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit) << fit.error().text();
  auto table = by_term(*fit);
  EXPECT_NEAR(*table["(intercept)"].estimate, -std::log(3), 1e-13);
  EXPECT_NEAR(*table["x"].estimate, std::log(2) + std::log(3), 1e-13);
  const double error = std::sqrt(1.0 + 1.0 / 3 + 1.0 / 4 + 1.0 / 2);
  EXPECT_NEAR(*table["x"].std_error, error, 1e-8);
  EXPECT_NEAR(*table["(intercept)"].std_error, std::sqrt(1 + 1.0 / 3), 1e-8);
  EXPECT_NEAR(*table["x"].high - *table["x"].estimate, 1.959963984540054 * error, 1e-7);
  const double loss =
      -(3 * std::log(0.75) + std::log(0.25) + 2 * std::log(1.0 / 3) + 4 * std::log(2.0 / 3));
  EXPECT_NEAR(*fit->report.details.number_at("deviance"), 2 * loss, 1e-12);
  EXPECT_NEAR(*fit->report.details.number_at("aic"), 2 * loss + 4, 1e-12);
  EXPECT_NEAR(*fit->report.details.number_at("null_deviance"), 20 * std::log(2), 1e-12);
  EXPECT_TRUE(*fit->report.details.bool_at("converged"));
  EXPECT_TRUE(fit->report.warnings.empty());
  EXPECT_EQ(model_of(*fit).link, Link::kLogistic);
}

TEST(LogisticRegression, WeightsAreReplicatedRows) {
  LinearData weighted = noisy_data(150);
  LinearData replicated{
      .numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}}, .classes = weighted.classes};
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
  const auto fit = fit_linear_data(weighted).value();
  auto got = by_term(fit);
  const auto want_fit = fit_linear_data(replicated).value();
  for (const auto& [term, want] : by_term(want_fit)) {
    EXPECT_NEAR(*got[term].estimate, *want.estimate, 1e-9 * std::fabs(*want.estimate)) << term;
    EXPECT_NEAR(*got[term].std_error, *want.std_error, 1e-7 * *want.std_error) << term;
  }
}

TEST(LogisticRegression, CategoriesAreTheirDummyColumns) {
  const LinearData data = noisy_data(400);
  LinearData dummies{.numbers = data.numbers, .label = data.label, .classes = data.classes};
  for (const char* level : {"q", "r"}) {
    dummies.numbers.push_back({std::string("c=") + level, {}});
    for (const auto& text : data.categories[0].second) {
      dummies.numbers.back().second.push_back(text == level ? 1 : 0);
    }
  }
  for (const char* l2 : {"l2=0", "l2=0.1"}) {
    const auto fit = fit_linear_data(data, {.params = {l2}}).value();
    auto got = by_term(fit);
    const auto want_fit = fit_linear_data(dummies, {.params = {l2}}).value();
    const auto want = by_term(want_fit);
    ASSERT_EQ(got.size(), want.size());
    for (const auto& [term, line] : want) {
      EXPECT_NEAR(*got[term].estimate, *line.estimate, 1e-9 * std::fabs(*line.estimate)) << term;
      EXPECT_EQ(got[term].std_error.has_value(), line.std_error.has_value());
      if (!line.std_error) continue;
      EXPECT_NEAR(*got[term].std_error, *line.std_error, 1e-7 * *line.std_error) << term;
    }
  }
}

TEST(LogisticRegression, WithoutAnInterceptEvenOddsStandAtZero) {
  LinearData data{.numbers = {{"x", {1, 2, 3, 4, 5, 6}}},
                  .label = {0, 1, 0, 1, 1, 1},
                  .classes = {"no", "yes"}};
  const auto fit = fit_linear_data(data, {.params = {"intercept=false"}});
  ASSERT_TRUE(fit);
  ASSERT_EQ(fit->report.coefficients.size(), 1U);
  const double slope = *fit->report.coefficients[0].estimate;
  double gradient = 0;
  for (size_t i = 0; i < 6; ++i) {
    const double x = data.numbers[0].second[i];
    gradient += (data.label[i] - logistic(slope * x)) * x;
  }
  EXPECT_NEAR(gradient, 0, 1e-10);
  EXPECT_EQ(model_of(*fit).intercept, 0);
}

TEST(LogisticRegression, StandardisedPenaltyDoesNotDependOnUnits) {
  const LinearData data = noisy_data(300);
  LinearData scaled = data;
  for (double& value : scaled.numbers[0].second) value *= 1000;
  const FitOptions options{.params = {"l2=0.1", "standardise=true"}};
  const auto fit = fit_linear_data(data, options).value();
  const auto other = fit_linear_data(scaled, options).value();
  EXPECT_NEAR(model_of(fit).terms[0].weights[0], 1000 * model_of(other).terms[0].weights[0], 1e-9);
}

TEST(LogisticRegression, CompleteSeparationWarnsAndGivesAModel) {
  const LinearData data{.numbers = {{"x", {1, 2, 3, 4, 5, 6}}, {"z", {1, 5, 2, 4, 3, 4}}},
                        .label = {0, 0, 0, 1, 1, 1},
                        .classes = {"no", "yes"}};
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit) << fit.error().text();
  ASSERT_FALSE(fit->report.warnings.empty());
  EXPECT_EQ(fit->report.warnings.back().find("separation: the features tell the classes apart"),
            0U);
  EXPECT_NE(fit->report.warnings.back().find('x'), std::string::npos);
  EXPECT_NE(fit->report.warnings.back().find("l2"), std::string::npos);
  const auto penalised = fit_linear_data(data, {.params = {"l2=0.01"}});
  EXPECT_TRUE(penalised->report.warnings.empty());
}

TEST(LogisticRegression, QuasiSeparationNamesTheLevelThatHasOneClass) {
  LinearData data = noisy_data(300);
  for (size_t i = 0; i < data.label.size(); ++i) {
    if (data.categories[0].second[i] == "r") data.label[i] = 0;
  }
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit);
  ASSERT_FALSE(fit->report.warnings.empty());
  EXPECT_NE(fit->report.warnings.back().find("separation: some rows"), std::string::npos);
  EXPECT_NE(fit->report.warnings.back().find("(c=r)"), std::string::npos)
      << fit->report.warnings.back();
}

TEST(LogisticRegression, StrongSignalsAreNoSeparation) {
  RandomStream random(8, 8);
  LinearData data{.numbers = {{"x", {}}}, .classes = {"no", "yes"}};
  for (size_t i = 0; i < 5000; ++i) {
    const double x = 20 * (random.uniform() - 0.5);
    data.numbers[0].second.push_back(x);
    data.label.push_back(random.uniform() < logistic(6 * x) ? 1 : 0);
  }
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit);
  EXPECT_TRUE(fit->report.warnings.empty()) << fit->report.warnings[0];
  EXPECT_NEAR(model_of(*fit).terms[0].weights[0], 6, 1.5);
}

TEST(LogisticRegression, SaysThatItDidNotConverge) {
  const auto fit = fit_linear_data(noisy_data(300), {.params = {"max_iterations=1"}});
  ASSERT_TRUE(fit);
  ASSERT_EQ(fit->report.warnings.size(), 1U);
  EXPECT_EQ(fit->report.warnings[0].find("did not converge in 1 iterations"), 0U);
  EXPECT_FALSE(*fit->report.details.bool_at("converged"));
}

TEST(LogisticRegression, AliasedTermsAreNamedAndHaveNoEstimate) {
  LinearData data = noisy_data(300);
  data.numbers.push_back({"a2", data.numbers[0].second});
  for (double& value : data.numbers[2].second) value = 2 * value - 7;
  data.numbers.push_back({"constant", std::vector<double>(300, 0.1)});
  const auto fit = fit_linear_data(data);
  ASSERT_TRUE(fit);
  auto table = by_term(*fit);
  EXPECT_TRUE(table["a"].estimate);
  EXPECT_FALSE(table["a2"].estimate || table["constant"].estimate);
  ASSERT_EQ(fit->report.warnings.size(), 1U);
  EXPECT_NE(fit->report.warnings[0].find("a2, constant"), std::string::npos);
}

TEST(LogisticRegression, SaysWhatIsWrongWithTheLabel) {
  const auto error_of = [](const LinearData& data) { return fit_linear_data(data).error().text(); };
  LinearData data{.numbers = {{"x", {1, 2, 3}}}, .label = {0, 0, 0}, .classes = {"no", "yes"}};
  EXPECT_NE(error_of(data).find("one class only in these rows: 'no'"), std::string::npos);
  data.classes = {"a", "b", "c"};
  EXPECT_NE(error_of(data).find("random_forest"), std::string::npos);
  data.classes = {"a", "b"};
  data.label = {};
  data.numbers[0].second = {};
  EXPECT_NE(error_of(data).find("no rows"), std::string::npos);
  data.label = {0, 1};
  data.numbers = {{"x", {1, 2}}, {"z", {2, 1}}};
  EXPECT_NE(error_of(data).find("more coefficients (3) than rows (2)"), std::string::npos);
  EXPECT_TRUE(fit_linear_data(data, {.params = {"l2=0.1"}}));
  const LinearData number{.numbers = {{"x", {1, 2, 3}}}, .label = {1, 2, 3}};
  const auto source = number.source();
  const auto refused = fit_source(logistic_regression(), *source);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("linear_regression"), std::string::npos);
}

TEST(LogisticRegression, ModelsDoNotDependOnThreads) {
  const LinearData data = noisy_data(200'000);
  const auto one = fit_linear_data(data, {.threads = 1}).value();
  EXPECT_NEAR(model_of(one).terms[0].weights[0], 1, 0.05);
  for (const unsigned threads : {2U, 8U}) {
    const auto many = fit_linear_data(data, {.threads = threads}).value();
    EXPECT_EQ(model_of(one), model_of(many));
    EXPECT_EQ(one.report.details, many.report.details);
  }
}

TEST(LogisticRegression, SelectionEqualsTheRowsItTakes) {
  const LinearData data = noisy_data(1000);
  const Selection half{.seed = 5, .cuts = {{uint64_t{1} << 63}}, .mask = 1};
  LinearData kept{
      .numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}}, .classes = data.classes};
  for (size_t i = 0; i < data.label.size(); ++i) {
    if (!half.selects(i, 0)) continue;
    for (size_t f = 0; f < 2; ++f) kept.numbers[f].second.push_back(data.numbers[f].second[i]);
    kept.categories[0].second.push_back(data.categories[0].second[i]);
    kept.label.push_back(data.label[i]);
  }
  EXPECT_EQ(model_of(fit_linear_data(data, {.rows = half}).value()),
            model_of(fit_linear_data(kept).value()));
}

TEST(LogisticRegression, EveryScanGoesThroughThePlan) {
  LinearData data = noisy_data(400);
  for (size_t i = 0; i < 400; i += 3) data.numbers[0].second[i] *= -1;
  const Transforms plan = {std::make_shared<DoubledFirst>(data.schema().features[0])};
  const auto fit = fit_linear_data(data, {.plan = plan});
  ASSERT_TRUE(fit) << fit.error().text();
  EXPECT_EQ(model_of(*fit), model_of(fit_linear_data(doubled_first(data)).value()));
}

TEST(LogisticRegression, StopsWhenCancelled) {
  Cancel cancel;
  cancel.request();
  const auto fit = fit_linear_data(noisy_data(100), {.cancel = &cancel});
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace skymill
