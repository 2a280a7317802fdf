#include "train/normal_equations.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/linear_test_data.h"

namespace skymill {
namespace {

std::unique_ptr<GramState> state_of(const LinearData& data, Precision precision) {
  const std::array<PassInfo, 1> passes = {gram_pass()};
  ThreadPool pool(1);
  const Cancel cancel;
  RunContext run{.passes = passes, .transforms = {}, .pool = pool, .cancel = cancel};
  const auto source = data.source();
  const GramParameters parameters{.levels = design_levels(source->schema().features).value(),
                                  .precision = precision};
  return run_one<GramState>(*source, {"gram", parameters.to_bytes()}, run).value();
}

/// Five columns: two numbers and the dummies of a category of four levels, one without rows here.
LinearData small_data() {
  LinearData data{.numbers = {{"a", {1, 2, 4, 7, 11, 3}}, {"b", {5, 3, 8, 1, 2, 2}}},
                  .categories = {{"c", {"y", "x", "z", "y", "z", "x"}}},
                  .label = {3, 1, 4, 1, 5, 9}};
  return data;
}

TEST(DoubleDouble, KeepsThirtyDigits) {
  const DoubleDouble third = DoubleDouble(1) / DoubleDouble(3);
  EXPECT_LT(std::fabs(to_double(third * DoubleDouble(3) - DoubleDouble(1))), 1e-31);
  const DoubleDouble root = root_of(DoubleDouble(2));
  EXPECT_LT(std::fabs(to_double(root * root - DoubleDouble(2))), 1e-30);
  EXPECT_EQ(to_double((DoubleDouble(1e20) + DoubleDouble(1)) - DoubleDouble(1e20)), 1);
  EXPECT_EQ(to_double(root_of(DoubleDouble(-1))), 0);
}

TEST(Design, TakesTheFirstLevelWithRowsAsReference) {
  const LinearData data = small_data();
  const auto source = data.source();
  std::vector<Feature> features = source->schema().features;
  features[2].levels = {"empty", "x", "y", "z"};  // as a plan fitted on more rows would have them
  const GramParameters parameters{.levels = {0, 0, 4}};
  auto state = state_as<GramState>(gram_pass().make(parameters.to_bytes()).value());
  const std::vector<uint32_t> codes = {2, 1, 3, 2, 3, 1};
  const FeatureColumn columns[] = {{.number = data.numbers[0].second.data()},
                                   {.number = data.numbers[1].second.data()},
                                   {.code = codes.data()}};
  state->add({.num_rows = 6, .features = columns, .label = data.label});
  const Design design = Design::make(features, state->sums());
  ASSERT_EQ(design.columns.size(), 4U);
  EXPECT_EQ(design.columns[2].term, "c=y");
  EXPECT_EQ(design.columns[3].term, "c=z");
  const std::vector<double> estimates = {1, 2, 3, 6};
  const auto terms = model_terms(design, features, estimates);
  EXPECT_EQ(terms[0].weights, std::vector<double>{1});
  EXPECT_EQ(terms[2].unseen, 3);  // (0 · 2 + 3 · 2 + 6 · 2) / 6
  EXPECT_EQ(terms[2].weights, (std::vector<double>{3, 0, 3, 6}));
}

TEST(Moments, AreThoseOfTheExpandedDesign) {
  const LinearData data = small_data();
  const size_t rows = data.label.size();
  std::vector<std::vector<double>> x = {data.numbers[0].second, data.numbers[1].second};
  for (const char* level : {"y", "z"}) {
    x.emplace_back();
    for (const auto& text : data.categories[0].second) x.back().push_back(text == level ? 1 : 0);
  }
  const auto mean = [&](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(rows);
  };
  for (const bool intercept : {true, false}) {
    const auto state = state_of(data, Precision::kDouble);
    const Design design = Design::make(data.schema().features, state->sums());
    const auto moments = Moments<double>::make(design, state->sums(), intercept);
    ASSERT_EQ(moments.columns, x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(moments.mean[i], mean(x[i]), 1e-14);
      const double a = intercept ? mean(x[i]) : 0;
      double cross = 0;
      for (size_t r = 0; r < rows; ++r) {
        cross += (x[i][r] - a) * (data.label[r] - (intercept ? mean(data.label) : 0));
      }
      EXPECT_NEAR(moments.cross[i], cross, 1e-12);
      for (size_t j = 0; j <= i; ++j) {
        const double b = intercept ? mean(x[j]) : 0;
        double sum = 0;
        for (size_t r = 0; r < rows; ++r) sum += (x[i][r] - a) * (x[j][r] - b);
        EXPECT_NEAR(moments.at(i, j), sum, 1e-12);
      }
    }
  }
}

TEST(Solve, GivesTheInverseAndTheConditionOfASmallSystem) {
  Moments<double> moments;
  moments.columns = 2;
  moments.weight = 10;
  moments.mean = {1, 2};
  moments.response_mean = 5;
  moments.matrix = {4, 0, 2, 9};  // [[4, 2], [2, 9]]
  moments.cross = {8, 12};
  moments.response_square = 40;
  const Solution solution = solve(moments, {}, gram_kernel());
  EXPECT_DOUBLE_EQ(solution.estimates[0], 1.5);
  EXPECT_DOUBLE_EQ(solution.estimates[1], 1);
  EXPECT_DOUBLE_EQ(solution.intercept, 5 - 1.5 - 2);
  EXPECT_DOUBLE_EQ(solution.residual_square, 40 - 24);
  EXPECT_DOUBLE_EQ(solution.variances[0], 9.0 / 32);
  EXPECT_DOUBLE_EQ(solution.variances[1], 4.0 / 32);
  EXPECT_DOUBLE_EQ(solution.intercept_variance, 0.1 + (9 - 2 * 2 * 2 + 4 * 4) / 32.0);
  // The triangle of the correlations: [1, 1/3; 0, √8/3].
  const double c = std::sqrt(8.0) / 3;
  EXPECT_DOUBLE_EQ(solution.condition, (1.0 / 3 + c) * (1.0 / (3 * c) + 1 / c));
}

TEST(Solve, DropsLaterColumnsThatOthersDetermine) {
  LinearData data{.numbers = {{"a", {1, 2, 3, 4, 6}},
                              {"twice", {2, 4, 6, 8, 12}},
                              {"constant", {0.1, 0.1, 0.1, 0.1, 0.1}},
                              {"b", {1, 0, 2, 1, 5}}},
                  .label = {1, 2, 2, 3, 9}};
  const auto state = state_of(data, Precision::kDouble);
  const auto exact = state_of(data, Precision::kDoubleDouble);
  const Design design = Design::make(data.schema().features, state->sums());
  const std::vector<bool> want = {false, true, true, false};
  EXPECT_EQ(solve(Moments<double>::make(design, state->sums(), true), {}, gram_kernel()).aliased,
            want);
  EXPECT_EQ(solve(Moments<DoubleDouble>::make(design, exact->sums(), true), {.tolerance = 1e-24},
                  gram_kernel())
                .aliased,
            want);
}

TEST(CheckMemory, NamesWhatIsNeededAndAllowed) {
  const auto refused = check_memory(std::vector<uint32_t>(1000), 8, 1, 1 << 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_NE(refused.error().message.find("1000 terms"), std::string::npos);
  EXPECT_TRUE(check_memory(std::vector<uint32_t>(1000), 8, 1, uint64_t{4} << 30));
}

}  // namespace
}  // namespace skymill
