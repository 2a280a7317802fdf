// NIST's certified linear regressions (StRD): digits of the trainer, and of the plain path alone.
// Digits: -log10 of the relative error, at most 15. The columns are stored as doubles, powers too,
// so Filip cannot give more than an exact solution of those columns has: 7.9, 8.6, 8.5 and 10.7
// digits.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <regex>
#include <sstream>

#include "train/linear_test_data.h"
#include "train/normal_equations.h"

namespace skymill {
namespace {

struct Certified {
  std::vector<double> estimates;  // in the order of the file: the intercept first
  std::vector<double> errors;
  double residual_error = 0;
  double r_squared = 0;
  bool intercept = true;
  LinearData data;
};

double number_in(const std::string& line) {
  const size_t start = line.find_first_of("0123456789", line.find("  ") + 2);
  return std::stod(line.substr(start));
}

Certified read_certified(const std::string& name) {
  std::ifstream in(std::string(SKYMILL_SOURCE_DIR "/data/nist/") + name + ".dat");
  EXPECT_TRUE(in) << name;
  Certified set;
  std::vector<std::vector<double>> columns;  // the label first
  const std::regex parameter(R"(^\s+B(\d+)\s+(\S+)\s+(\S+)\s*$)");
  bool rows = false;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::smatch match;
    if (std::regex_match(line, match, parameter)) {
      if (set.estimates.empty()) set.intercept = match[1] == "0";
      set.estimates.push_back(std::stod(match[2]));
      set.errors.push_back(std::stod(match[3]));
    } else if (line.find("Standard Deviation   ") != std::string::npos && !set.errors.empty()) {
      set.residual_error = number_in(line);
    } else if (line.find("R-Squared") != std::string::npos) {
      set.r_squared = number_in(line);
    } else if (line.starts_with("Data:") && line.find("Response") == std::string::npos) {
      rows = true;
    } else if (rows) {
      std::istringstream values(line);
      size_t c = 0;
      for (double value; values >> value; ++c) {
        if (columns.size() <= c) columns.emplace_back();
        columns[c].push_back(value);
      }
    }
  }
  set.data.label = columns.at(0);
  const size_t terms = set.estimates.size() - (set.intercept ? 1 : 0);
  for (size_t j = 1; j <= terms; ++j) {
    std::vector<double> x = columns.size() == 2 ? columns[1] : columns.at(j);
    if (columns.size() == 2) {
      for (size_t i = 0; i < x.size(); ++i) {
        for (size_t power = 1; power < j; ++power) x[i] *= columns[1][i];
      }
    }
    set.data.numbers.push_back({"x" + std::to_string(j), std::move(x)});
  }
  return set;
}

double digits(double got, double want) {
  const double error = want == 0 ? std::fabs(got) : std::fabs(got - want) / std::fabs(want);
  if (std::isnan(error)) return 0;
  return error == 0 ? 15 : std::min(15.0, std::max(0.0, -std::log10(error)));
}

struct Digits {
  const char* set;
  double estimates;
  double errors;
  double residual_error;
  double r_squared;
  double plain;  // estimates by Cholesky in doubles; 0: it must report a breakdown
};

class Nist : public testing::TestWithParam<Digits> {};

TEST_P(Nist, TrainerReachesTheDigits) {
  const Digits& want = GetParam();
  const Certified set = read_certified(want.set);
  const auto fit = fit_linear_data(
      set.data, {.params = {std::string("intercept=") + (set.intercept ? "true" : "false")}});
  ASSERT_TRUE(fit) << fit.error().text();
  const auto& table = fit->report.coefficients;
  ASSERT_EQ(table.size(), set.estimates.size());
  double estimates = 15;
  double errors = 15;
  for (size_t j = 0; j < table.size(); ++j) {
    ASSERT_TRUE(table[j].estimate) << table[j].term;
    estimates = std::min(estimates, digits(*table[j].estimate, set.estimates[j]));
    errors = std::min(errors, digits(table[j].std_error.value_or(NAN), set.errors[j]));
  }
  const Json& details = fit->report.details;
  const double residual_error =
      digits(details.number_at("residual_standard_error").value(), set.residual_error);
  const double r_squared = digits(details.number_at("r_squared").value(), set.r_squared);
  RecordProperty("digits", std::to_string(estimates) + "/" + std::to_string(errors) + "/" +
                               std::to_string(residual_error) + "/" + std::to_string(r_squared));
  EXPECT_GE(estimates, want.estimates);
  EXPECT_GE(errors, want.errors);
  EXPECT_GE(residual_error, want.residual_error);
  EXPECT_GE(r_squared, want.r_squared);
  const double condition = details.number_at("condition").value();
  EXPECT_EQ(condition > 1e8, std::string(want.set) == "Filip") << condition;
  EXPECT_EQ(fit->report.warnings.empty(), condition <= 1e8);
}

// What large data would get from its one scan, with what tells the trainer that it is not enough.
TEST_P(Nist, PlainPathReachesItsDigitsOrSaysSo) {
  const Digits& want = GetParam();
  const Certified set = read_certified(want.set);
  const auto source = set.data.source();
  ThreadPool pool(1);
  const Cancel cancel;
  const std::array<PassInfo, 1> passes = {gram_pass()};
  RunContext run{.passes = passes, .transforms = {}, .pool = pool, .cancel = cancel};
  const GramParameters parameters{.levels = std::vector<uint32_t>(set.data.numbers.size())};
  const auto state = run_one<GramState>(*source, {"gram", parameters.to_bytes()}, run);
  ASSERT_TRUE(state);
  const Design design = Design::make(source->schema().features, (*state)->sums());
  const auto moments = Moments<double>::make(design, (*state)->sums(), set.intercept);
  const Solution solution = solve(moments, {}, gram_kernel());
  if (want.plain == 0) {
    EXPECT_TRUE(solution.rank < design.columns.size() || solution.condition > 1e6);
    return;
  }
  ASSERT_EQ(solution.rank, design.columns.size());
  double estimates = set.intercept ? digits(solution.intercept, set.estimates[0]) : 15;
  for (size_t j = 0; j < solution.estimates.size(); ++j) {
    const double certified = set.estimates[j + (set.intercept ? 1 : 0)];
    estimates = std::min(estimates, digits(solution.estimates[j], certified));
  }
  RecordProperty("digits", std::to_string(estimates));
  EXPECT_GE(estimates, want.plain);
}

INSTANTIATE_TEST_SUITE_P(AllSets, Nist,
                         testing::Values(Digits{"Norris", 14.0, 13.8, 13.9, 15, 12},
                                         Digits{"Pontius", 13.4, 13.7, 13.7, 15, 10.5},
                                         Digits{"NoInt1", 14.6, 14.9, 14.9, 15, 14},
                                         Digits{"NoInt2", 14.9, 14.9, 14.9, 15, 14},
                                         Digits{"Longley", 14.5, 14.7, 14.9, 15, 10.5},
                                         Digits{"Filip", 7.8, 8.5, 8.4, 10.6, 0},
                                         Digits{"Wampler1", 14.9, 14.9, 14.9, 15, 6},
                                         Digits{"Wampler2", 13.1, 14.9, 14.9, 15, 8.5},
                                         Digits{"Wampler3", 14.9, 13.9, 14.7, 15, 6},
                                         Digits{"Wampler4", 14.9, 13.9, 14.7, 14.5, 6},
                                         Digits{"Wampler5", 14.9, 13.9, 14.7, 13, 6}),
                         [](const auto& info) { return std::string(info.param.set); });

}  // namespace
}  // namespace skymill
