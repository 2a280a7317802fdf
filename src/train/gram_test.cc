#include "train/gram.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/linear_test_data.h"

namespace skymill {
namespace {

/// Rows with two numbers far from zero, two categories and, if asked for, weights.
LinearData mixed_data(size_t rows, bool weighted, uint64_t seed = 1) {
  RandomStream random(seed, 3);
  LinearData data{.numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}, {"d", {}}}};
  const std::vector<std::string> c = {"p", "q", "r"};
  const std::vector<std::string> d = {"x", "y"};
  for (size_t i = 0; i < rows; ++i) {
    data.numbers[0].second.push_back(1000 + random.uniform());
    data.numbers[1].second.push_back(random.uniform() - 3);
    data.categories[0].second.push_back(c[random.below(3)]);
    data.categories[1].second.push_back(d[random.below(2)]);
    data.label.push_back(50 + random.uniform());
    if (weighted) data.weight.push_back(static_cast<double>(random.below(4)));
  }
  return data;
}

Result<std::unique_ptr<GramState>> state_of(const LinearData& data,
                                            const GramParameters& parameters, unsigned threads = 1,
                                            Selection rows = {}) {
  static const std::array<PassInfo, 1> kPasses = {gram_pass()};
  ThreadPool pool(threads);
  const Cancel cancel;
  RunContext run{.passes = kPasses, .transforms = {}, .pool = pool, .cancel = cancel};
  const auto source = data.source();
  return run_one<GramState>(*source, {"gram", parameters.to_bytes(), std::move(rows)}, run);
}

GramParameters mixed_parameters(Precision precision) {
  return {.levels = {0, 0, 3, 2}, .precision = precision};
}

Bytes bytes_of(const PassState& state) {
  Bytes bytes;
  state.write(bytes);
  return bytes;
}

/// Σ w a b about the state's shifts; index 2 is the constant 1 and 3 the label.
double expected_sum(const LinearData& data, const GramSums& sums, size_t a, size_t b) {
  const auto value = [&](size_t column, size_t row) {
    if (column == 2) return 1.0;
    if (column == 3) return data.label[row] - sums.response_shift();
    return data.numbers[column].second[row] - sums.shift(column);
  };
  double sum = 0;
  for (size_t i = 0; i < data.label.size(); ++i) {
    sum += (data.weight.empty() ? 1 : data.weight[i]) * value(a, i) * value(b, i);
  }
  return sum;
}

TEST(Gram, SumsAgreeWithPlainLoops) {
  for (const Precision precision : {Precision::kDouble, Precision::kDoubleDouble}) {
    for (const bool weighted : {false, true}) {
      const LinearData data = mixed_data(1037, weighted);
      const auto state = state_of(data, mixed_parameters(precision));
      ASSERT_TRUE(state);
      const GramSums& sums = (*state)->sums();
      for (size_t a = 0; a < 4; ++a) {
        for (size_t b = 0; b < 4; ++b) {
          const double want = expected_sum(data, sums, a, b);
          EXPECT_NEAR(to_double(sums.product(a, b)), want, 1e-10 * (1 + std::fabs(want)));
        }
      }
      // Rows of level r of c, and of r together with y.
      double count = 0;
      double both = 0;
      double label = 0;
      for (size_t i = 0; i < data.label.size(); ++i) {
        const double weight = weighted ? data.weight[i] : 1;
        if (data.categories[0].second[i] != "r") continue;
        count += weight;
        label += weight * (data.label[i] - sums.response_shift());
        if (data.categories[1].second[i] == "y") both += weight;
      }
      EXPECT_NEAR(to_double(sums.level_sum(0, 2, sums.ones())), count, 1e-9);
      EXPECT_NEAR(to_double(sums.level_sum(0, 2, sums.ones() + 1)), label, 1e-8);
      EXPECT_NEAR(to_double(sums.pair_sum(0, 2, 1, 1)), both, 1e-9);
      EXPECT_NEAR(to_double(sums.pair_sum(1, 1, 0, 2)), both, 1e-9);
    }
  }
}

TEST(Gram, BytesDoNotDependOnThreads) {
  const LinearData data = mixed_data(300'000, true);
  for (const Precision precision : {Precision::kDouble, Precision::kDoubleDouble}) {
    const auto one = state_of(data, mixed_parameters(precision), 1);
    for (const unsigned threads : {2U, 8U}) {
      const auto many = state_of(data, mixed_parameters(precision), threads);
      EXPECT_EQ(bytes_of(**one), bytes_of(**many));
    }
  }
}

TEST(Gram, SelectionEqualsTheRowsItTakes) {
  LinearData data = mixed_data(500, true);
  const Selection half{.seed = 5, .cuts = {{uint64_t{1} << 63}}, .mask = 1};
  LinearData kept{.numbers = {{"a", {}}, {"b", {}}}, .categories = {{"c", {}}, {"d", {}}}};
  for (size_t i = 0; i < data.label.size(); ++i) {
    if (!half.selects(i, 0)) continue;
    for (size_t f = 0; f < 2; ++f) {
      kept.numbers[f].second.push_back(data.numbers[f].second[i]);
      kept.categories[f].second.push_back(data.categories[f].second[i]);
    }
    kept.label.push_back(data.label[i]);
    kept.weight.push_back(data.weight[i]);
  }
  const GramParameters parameters = mixed_parameters(Precision::kDouble);
  EXPECT_EQ(bytes_of(**state_of(data, parameters, 1, half)),
            bytes_of(**state_of(kept, parameters)));
}

TEST(Gram, StatesAboutOtherShiftsMerge) {
  // The second part lies far from the first, so its shift differs.
  LinearData first = mixed_data(700, false, 1);
  LinearData second = mixed_data(900, false, 2);
  for (double& value : second.numbers[0].second) value += 500;
  LinearData both = first;
  for (size_t f = 0; f < 2; ++f) {
    both.numbers[f].second.insert(both.numbers[f].second.end(), second.numbers[f].second.begin(),
                                  second.numbers[f].second.end());
    both.categories[f].second.insert(both.categories[f].second.end(),
                                     second.categories[f].second.begin(),
                                     second.categories[f].second.end());
  }
  both.label.insert(both.label.end(), second.label.begin(), second.label.end());
  for (const Precision precision : {Precision::kDouble, Precision::kDoubleDouble}) {
    const GramParameters parameters = mixed_parameters(precision);
    auto merged = state_of(first, parameters).value();
    ASSERT_TRUE(merged->merge(std::move(*state_of(second, parameters).value())));
    const auto whole = state_of(both, parameters).value();
    EXPECT_EQ(merged->rows(), whole->rows());
    for (size_t a = 0; a < 4; ++a) {
      for (size_t b = 0; b <= a; ++b) {
        const double want = to_double(whole->sums().product(a, b));
        EXPECT_NEAR(to_double(merged->sums().product(a, b)), want, 1e-9 * (1 + std::fabs(want)));
      }
      if (a == 3) continue;
      const double want = to_double(whole->sums().level_sum(0, 1, a));
      EXPECT_NEAR(to_double(merged->sums().level_sum(0, 1, a)), want, 1e-9 * (1 + std::fabs(want)));
    }
  }
}

TEST(Gram, AnEmptyStateChangesNothing) {
  const GramParameters parameters = mixed_parameters(Precision::kDouble);
  const PassInfo pass = gram_pass();
  auto state = state_of(mixed_data(100, false), parameters).value();
  const Bytes before = bytes_of(*state);
  ASSERT_TRUE(state->merge(std::move(*pass.make(parameters.to_bytes()).value())));
  EXPECT_EQ(bytes_of(*state), before);
  auto empty = pass.make(parameters.to_bytes()).value();
  ASSERT_TRUE(empty->merge(std::move(*state)));
  EXPECT_EQ(bytes_of(*empty), before);
}

TEST(Gram, StatesSurviveTheirBytes) {
  const PassInfo pass = gram_pass();
  for (const Precision precision : {Precision::kDouble, Precision::kDoubleDouble}) {
    const Bytes parameters = mixed_parameters(precision).to_bytes();
    const auto state = state_of(mixed_data(100, true), mixed_parameters(precision)).value();
    const Bytes bytes = bytes_of(*state);
    const auto again = pass.read(parameters, bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(bytes_of(**again), bytes);
  }
}

TEST(Gram, DamagedBytesAreErrorsOrOtherNumbers) {
  const PassInfo pass = gram_pass();
  const Bytes parameters = mixed_parameters(Precision::kDouble).to_bytes();
  const Bytes bytes =
      bytes_of(*state_of(mixed_data(20, true), mixed_parameters(Precision::kDouble)).value());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(pass.read(parameters, std::string_view(bytes).substr(0, size)));
  }
  EXPECT_FALSE(pass.read(parameters, bytes + "x"));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    auto state = pass.read(parameters, damaged);  // must not crash
    if (state) (void)(*state)->merge(std::move(*pass.read(parameters, bytes).value()));
  }
  for (size_t bit = 0; bit < parameters.size() * 8; ++bit) {
    Bytes damaged = parameters;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    (void)pass.make(damaged);
    (void)pass.read(damaged, bytes);
  }
  for (size_t size = 0; size < parameters.size(); ++size) {
    EXPECT_FALSE(pass.make(std::string_view(parameters).substr(0, size)));
  }
}

TEST(Gram, TooManyTermsAreAnError) {
  const auto state = gram_pass().make(GramParameters{.levels = {3000, 0, 1000}}.to_bytes());
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Code::kResourceExhausted);
  EXPECT_NE(state.error().message.find("4001 terms"), std::string::npos);
}

TEST(Gram, UnknownCodesCountAsTheFirstLevel) {
  std::vector<uint32_t> codes = {kMissingCode, kUnseenCode, 7, 1, 0};
  const std::vector<double> label = {1, 2, 3, 4, 5};
  const FeatureColumn column{.code = codes.data()};
  const Block block{.num_rows = 5, .features = {&column, 1}, .label = label};
  for (const Precision precision : {Precision::kDouble, Precision::kDoubleDouble}) {
    const GramParameters parameters{.levels = {2}, .precision = precision};
    auto state = state_as<GramState>(gram_pass().make(parameters.to_bytes()).value());
    state->add(block);
    EXPECT_EQ(to_double(state->sums().level_sum(0, 0, 0)), 4);
    EXPECT_EQ(to_double(state->sums().level_sum(0, 1, 0)), 1);
  }
}

}  // namespace
}  // namespace skymill
