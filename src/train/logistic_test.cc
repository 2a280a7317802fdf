#include "train/logistic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/real_math.h"
#include "train/linear_test_data.h"

namespace skymill {
namespace {

LinearData mixed_data(size_t rows, bool weighted) {
  RandomStream random(2, 5);
  LinearData data{
      .numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}}, .classes = {"no", "yes"}};
  const std::vector<std::string> levels = {"p", "q", "r"};
  for (size_t i = 0; i < rows; ++i) {
    data.numbers[0].second.push_back(10 + random.uniform());
    data.numbers[1].second.push_back(random.uniform() * 4 - 2);
    data.categories[0].second.push_back(levels[random.below(3)]);
    data.label.push_back(static_cast<double>(random.below(2)));
    if (weighted) data.weight.push_back(static_cast<double>(random.below(4)));
  }
  return data;
}

LogisticParameters some_point() {
  return {.levels = {0, 0, 3},
          .intercept = 0.3,
          .slopes = {0.7, -1.2},
          .centres = {10, 0},
          .effects = {0, 0.5, -0.4}};
}

std::unique_ptr<LogisticState> state_of(const LinearData& data, unsigned threads = 1) {
  const std::array<PassInfo, 1> passes = {logistic_pass()};
  ThreadPool pool(threads);
  const Cancel cancel;
  RunContext run{.passes = passes, .transforms = {}, .pool = pool, .cancel = cancel};
  const auto source = data.source();
  return run_one<LogisticState>(*source, {"logistic", some_point().to_bytes()}, run).value();
}

Bytes bytes_of(const PassState& state) {
  Bytes bytes;
  state.write(bytes);
  return bytes;
}

TEST(Logistic, LossGradientAndHessianAgreeWithPlainLoops) {
  for (const bool weighted : {false, true}) {
    const LinearData data = mixed_data(709, weighted);
    const auto state = state_of(data);
    const GramSums& sums = state->sums();
    double loss = 0;
    double gradient[3] = {};  // of a, b about their shifts, and the intercept
    double hessian[3][3] = {};
    double level_gradient = 0;
    double level_weight = 0;
    for (size_t i = 0; i < data.label.size(); ++i) {
      const double weight = weighted ? data.weight[i] : 1;
      const std::string& level = data.categories[0].second[i];
      const double eta = 0.3 + 0.7 * (data.numbers[0].second[i] - 10) -
                         1.2 * data.numbers[1].second[i] +
                         (level == "q"   ? 0.5
                          : level == "r" ? -0.4
                                         : 0);
      const double mean = logistic(eta);
      const double x[] = {data.numbers[0].second[i] - sums.shift(0),
                          data.numbers[1].second[i] - sums.shift(1), 1};
      loss += weight * (softplus(eta) - data.label[i] * eta);
      for (size_t a = 0; a < 3; ++a) {
        gradient[a] += weight * (data.label[i] - mean) * x[a];
        for (size_t b = 0; b < 3; ++b) {
          hessian[a][b] += weight * mean * (1 - mean) * x[a] * x[b];
        }
      }
      if (level == "r") {
        level_gradient += weight * (data.label[i] - mean);
        level_weight += weight * mean * (1 - mean);
      }
    }
    EXPECT_NEAR(state->link().loss, loss, 1e-10);
    for (size_t a = 0; a < 3; ++a) {
      EXPECT_NEAR(to_double(sums.product(a, 3)), gradient[a], 1e-10);
      for (size_t b = 0; b < 3; ++b) {
        EXPECT_NEAR(to_double(sums.product(a, b)), hessian[a][b], 1e-10);
      }
    }
    EXPECT_NEAR(to_double(sums.level_sum(0, 2, 3)), level_gradient, 1e-10);
    EXPECT_NEAR(to_double(sums.level_sum(0, 2, 2)), level_weight, 1e-10);
  }
}

TEST(Logistic, CountsClassesByRowsAndWeight) {
  LinearData data = mixed_data(4, false);
  data.label = {1, 0, 1, 1};
  EXPECT_EQ(state_of(data)->class_rows(), (std::array<uint64_t, 2>{1, 3}));
  data.weight = {0.5, 2, 0, 1};
  const auto state = state_of(data);
  EXPECT_EQ(state->class_rows(), (std::array<uint64_t, 2>{1, 2}));
  EXPECT_EQ(state->class_weight(), (std::array<double, 2>{2, 1.5}));
}

TEST(Logistic, BytesDoNotDependOnThreads) {
  const LinearData data = mixed_data(200'000, true);
  const Bytes one = bytes_of(*state_of(data, 1));
  EXPECT_EQ(one, bytes_of(*state_of(data, 2)));
  EXPECT_EQ(one, bytes_of(*state_of(data, 8)));
}

TEST(Logistic, StatesSurviveTheirBytesAndRefuseDamage) {
  const PassInfo pass = logistic_pass();
  const Bytes parameters = some_point().to_bytes();
  const Bytes bytes = bytes_of(*state_of(mixed_data(30, true)));
  const auto again = pass.read(parameters, bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(bytes_of(**again), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(pass.read(parameters, std::string_view(bytes).substr(0, size)));
  }
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    (void)pass.read(parameters, damaged);  // must not crash
  }
  for (size_t size = 0; size < parameters.size(); ++size) {
    EXPECT_FALSE(pass.make(std::string_view(parameters).substr(0, size)));
  }
  for (size_t bit = 0; bit < parameters.size() * 8; ++bit) {
    Bytes damaged = parameters;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    (void)pass.read(damaged, bytes);
  }
}

}  // namespace
}  // namespace skymill
