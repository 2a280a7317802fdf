// Trees against scikit-learn: tests/reference/tree_reference.py made the expected values, and
// stores the rows beside them.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/base_testing.h"
#include "base/text.h"
#include "train/tree_test_data.h"

namespace skymill {
namespace {

constexpr const char* kPath = SKYMILL_SOURCE_DIR "/tests/reference/tree_reference.json";

TreeRows rows_of(const Json& features, const Json& label, size_t classes) {
  TreeRows rows{.label = numbers_of(label), .classes = classes};
  for (const Json& column : features.items()) {
    rows.numbers.emplace_back(cat("x", rows.numbers.size()), numbers_of(column));
  }
  return rows;
}

/// The share of pairs of a positive and a negative row in which the positive one scores higher.
double area_under_curve(const std::vector<double>& scores, const std::vector<double>& label) {
  double won = 0;
  double pairs = 0;
  for (size_t p = 0; p < label.size(); ++p) {
    for (size_t n = 0; n < label.size(); ++n) {
      if (label[p] != 1 || label[n] != 0) continue;
      pairs += 1;
      won += scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0;
    }
  }
  return won / pairs;
}

std::vector<double> positive_scores(const TreeEnsemble& trees, const TreeRows& rows) {
  const std::vector<double> all = predict_rows(trees, rows);
  std::vector<double> scores;
  for (size_t row = 0; row < rows.label.size(); ++row) {
    scores.push_back(all[row * trees.outputs + trees.outputs - 1]);
  }
  return scores;
}

// The leaves' values differ by 1e-6 and more, so equal predictions are equal partitions of the
// rows; targets are added up in fixed point, which costs some 1e-9.
TEST(TreeReference, SplitsTheRowsAsScikitLearnDoes) {
  const Json json = read_reference(kPath);
  ASSERT_GE(json.find("trees")->items().size(), 4U);
  for (const Json& wanted : json.find("trees")->items()) {
    const bool regression = wanted.string_at("task").value() == "regression";
    const TreeRows rows =
        rows_of(*wanted.find("features"), *wanted.find("label"), regression ? 0 : 2);
    const auto fit =
        fit_tree_rows(decision_tree(), rows, {.params = texts_of(*wanted.find("params"))});
    ASSERT_TRUE(fit) << fit.error().text();
    const std::vector<double> got = positive_scores(trees_of(fit), rows);
    const std::vector<double> want = numbers_of(*wanted.find("predicted"));
    ASSERT_EQ(got.size(), want.size());
    for (size_t row = 0; row < got.size(); ++row) {
      ASSERT_NEAR(got[row], want[row], 1e-7) << wanted.string_at("task").value() << ", row " << row;
    }
  }
}

TEST(TreeReference, AForestIsAsGoodAsScikitLearns) {
  const Json json = read_reference(kPath);
  const Json& wanted = *json.find("forest");
  const TreeRows rows = rows_of(*wanted.find("features"), *wanted.find("label"), 2);
  const TreeRows held = rows_of(*wanted.find("held_features"), *wanted.find("held_label"), 2);
  double mean = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const auto fit = fit_tree_rows(random_forest(), rows,
                                   {.params = texts_of(*wanted.find("params")), .seed = seed});
    ASSERT_TRUE(fit) << fit.error().text();
    mean += area_under_curve(positive_scores(trees_of(fit), held), held.label) / 5;
  }
  const std::vector<double> theirs = numbers_of(*wanted.find("aucs"));
  const double their_mean = std::accumulate(theirs.begin(), theirs.end(), 0.0) / theirs.size();
  EXPECT_NEAR(mean, their_mean, wanted.number_at("auc_std_error").value());
}

}  // namespace
}  // namespace skymill
