#include "train/local_grower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "train/split_finder.h"
#include "train/tree_histogram.h"
#include "train/tree_test_data.h"

namespace skymill {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Pointwise;

std::string json_of(const Result<Fit>& fit) { return fit.value().report.details.dump(); }

void expect_same(const Result<Fit>& a, const Result<Fit>& b) {
  ASSERT_TRUE(a) << a.error().text();
  ASSERT_TRUE(b) << b.error().text();
  EXPECT_TRUE(trees_of(a) == trees_of(b));
  EXPECT_EQ(json_of(a), json_of(b));
  EXPECT_EQ(a->report.importance, b->report.importance);
}

/// classes, then parameters
class Growers : public ::testing::TestWithParam<std::pair<size_t, std::vector<std::string>>> {
 protected:
  size_t classes() const { return GetParam().first; }
  TreeFitOptions options() const { return {.params = GetParam().second}; }
};

TEST_P(Growers, TheLocalAndThePassGrowerGiveTheSameTrees) {
  const TreeRows rows = mixed_rows(6000, classes());
  TreeFitOptions remote = options();
  remote.remote = true;
  const auto a = fit_tree_rows(random_forest(), rows, options());
  expect_same(a, fit_tree_rows(random_forest(), rows, remote));
  remote.memory_bytes = 3 << 20;  // many rounds of few nodes
  expect_same(a, fit_tree_rows(random_forest(), rows, remote));
  const auto valid = validate_body(a->body, rows.schema().features, rows.schema().task, classes());
  EXPECT_TRUE(valid) << valid.error().text();
}

TEST_P(Growers, ThreadsDoNotMatter) {
  TreeRows rows = mixed_rows(40'000, classes());
  TreeFitOptions few = options();
  few.params.push_back("trees=5");
  const auto one = fit_tree_rows(random_forest(), rows, few);
  few.threads = 2;
  expect_same(one, fit_tree_rows(random_forest(), rows, few));
  few.threads = 8;
  rows.batch = 999;
  expect_same(one, fit_tree_rows(random_forest(), rows, few));
  few.remote = true;
  expect_same(one, fit_tree_rows(random_forest(), rows, few));
}

TEST_P(Growers, LittleMemoryGivesTheSameTreesAndScore) {
  const TreeRows rows = mixed_rows(6000, classes());
  TreeFitOptions small = options();
  small.memory_bytes = 560'000;  // no room to follow rows out of the bag
  expect_same(fit_tree_rows(random_forest(), rows, options()),
              fit_tree_rows(random_forest(), rows, small));
}

TEST_P(Growers, SelectedRowsAreAllThatIsSeen) {
  const TreeRows rows = mixed_rows(4000, classes());
  const Selection selection{.seed = 3, .cuts = {{uint64_t{1} << 63}}, .mask = 2};
  std::vector<size_t> list;
  for (size_t row = 0; row < rows.label.size(); ++row) {
    if (selection.selects(row, rows.label[row])) list.push_back(row);
  }
  ASSERT_GT(list.size(), 1000U);
  TreeRows filtered = rows.rows(list);
  const TreeRows whole = rows.rows([&] {
    std::vector<size_t> all(rows.label.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }());
  TreeFitOptions selected = options();
  selected.rows = selection;
  expect_same(fit_tree_rows(random_forest(), filtered, options()),
              fit_tree_rows(random_forest(), whole, selected));
  selected.remote = true;
  expect_same(fit_tree_rows(random_forest(), filtered, options()),
              fit_tree_rows(random_forest(), whole, selected));
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, Growers,
    ::testing::Values(
        std::pair(2, std::vector<std::string>{"trees=7"}),
        std::pair(0, std::vector<std::string>{"trees=4", "min_rows=2"}),
        std::pair(3, std::vector<std::string>{"trees=5", "features_per_split=1"}),
        std::pair(2, std::vector<std::string>{"trees=3", "max_leaves=17", "sample=0.3"}),
        std::pair(3, std::vector<std::string>{"trees=3", "min_rows=900", "features_per_split=1"}),
        std::pair(0, std::vector<std::string>{"trees=2", "sample=0", "max_depth=3",
                                              "features_per_split=all"})));

class Weights : public ::testing::TestWithParam<size_t> {};

TEST_P(Weights, IntegersAreReplicatedRows) {
  TreeRows weighted = mixed_rows(1500, GetParam());
  // Quantiles count rows, not weights: keep to numbers with few values.
  for (double& value : weighted.numbers[1].second) value = std::floor(value);
  for (double& value : weighted.numbers[2].second) value = std::floor(value * 100);
  // So does the choice of the levels that share a bin.
  for (std::string& town : weighted.categories[1].second) town = town.substr(0, 2);
  std::vector<size_t> list;
  for (size_t row = 0; row < weighted.label.size(); ++row) {
    weighted.weight.push_back(static_cast<double>(row % 4));
    for (size_t times = 0; times < row % 4; ++times) list.push_back(row);
  }
  TreeRows replicated = weighted.rows(list);
  replicated.weight.clear();
  for (const bool remote : {false, true}) {
    const auto a = fit_tree_rows(decision_tree(), weighted, {.remote = remote});
    const auto b = fit_tree_rows(decision_tree(), replicated, {.remote = remote});
    ASSERT_TRUE(a) << a.error().text();
    ASSERT_TRUE(b) << b.error().text();
    EXPECT_TRUE(trees_of(a) == trees_of(b));
  }
}

TEST_P(Weights, FractionsGiveTheSameTreesInBothGrowers) {
  TreeRows rows = mixed_rows(3000, GetParam());
  for (size_t row = 0; row < rows.label.size(); ++row) {
    rows.weight.push_back(row % 5 == 0 ? 0 : 1e-4 * static_cast<double>(row % 7 + 1));
  }
  const TreeFitOptions local{.params = {"trees=3"}};
  const TreeFitOptions remote{.params = {"trees=3"}, .threads = 3, .remote = true};
  const auto a = fit_tree_rows(random_forest(), rows, local);
  expect_same(a, fit_tree_rows(random_forest(), rows, remote));
  EXPECT_GT(trees_of(a).feature.size(), 100U) << "min_rows is relative to the mean weight";
}

TEST_P(Weights, VeryLargeOnesStayExact) {
  TreeRows rows = mixed_rows(3000, GetParam());
  rows.weight.assign(3000, 1 << 20);  // two classes no longer fit into 32 bits
  const auto heavy = fit_tree_rows(random_forest(), rows, {.params = {"trees=3"}});
  rows.weight.clear();
  const auto light = fit_tree_rows(random_forest(), rows, {.params = {"trees=3", "min_rows=1"}});
  ASSERT_TRUE(heavy) << heavy.error().text();
  ASSERT_TRUE(light) << light.error().text();
  if (GetParam() == 0) {
    EXPECT_EQ(trees_of(heavy).feature, trees_of(light).feature);
  } else {
    EXPECT_TRUE(trees_of(heavy) == trees_of(light));
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, Weights, ::testing::Values(0, 2, 3));

TEST(DecisionTree, LearnsAStepExactly) {
  const TreeRows rows{.numbers = {{"x", {1, 2, 3, 4, 5, 6, 7, 8}}},
                      .label = {0.1, 0.1, 0.1, 0.1, 5, 5, 5, 5}};
  const auto fit = fit_tree_rows(decision_tree(), rows, {.params = {"min_rows=1"}});
  ASSERT_TRUE(fit) << fit.error().text();
  EXPECT_THAT(trees_of(fit).feature, ElementsAre(0, TreeEnsemble::kLeaf, TreeEnsemble::kLeaf));
  EXPECT_EQ(trees_of(fit).threshold[0], 4.5);
  EXPECT_THAT(predict_rows(trees_of(fit), rows), Pointwise(DoubleNear(1e-8), rows.label));
  EXPECT_THAT(fit->report.importance, ElementsAre(std::pair<std::string, double>("x", 1)));
}

TEST(DecisionTree, IntegerLabelsGiveExactMeans) {
  const TreeRows rows{.numbers = {{"x", {1, 1, 1, 2, 2, 2}}}, .label = {3, 4, 8, 100, 101, 102}};
  const auto fit = fit_tree_rows(decision_tree(), rows, {.params = {"min_rows=1"}});
  EXPECT_THAT(predict_rows(trees_of(fit), rows), ElementsAre(5, 5, 5, 101, 101, 101));
}

TEST(DecisionTree, MissingNumbersAndLevelsFollowWhatTheyAreLike) {
  const double nan = std::nan("");
  const TreeRows rows{.numbers = {{"x", {1, 1, 2, 2, nan, nan}}},
                      .categories = {{"c", {"a", "a", "b", "b", "", ""}}},
                      .label = {0, 0, 1, 1, 0, 0},
                      .classes = 2};
  for (const char* features : {"all", "1"}) {
    const auto fit =
        fit_tree_rows(decision_tree(), rows,
                      {.params = {"min_rows=1", std::string("features_per_split=") + features}});
    EXPECT_THAT(predict_rows(trees_of(fit), rows), ElementsAre(0, 0, 1, 1, 0, 0));
  }
}

TEST(DecisionTree, AFeatureThatWasNeverMissingSendsMissingToTheHeavierSide) {
  const TreeRows rows{.numbers = {{"x", {1, 2, 2, 2}}}, .label = {7, 9, 9, 9}};
  const auto fit = fit_tree_rows(decision_tree(), rows, {.params = {"min_rows=1"}});
  const TreeRows missing{.numbers = {{"x", {std::nan("")}}}, .label = {0}};
  EXPECT_THAT(predict_rows(trees_of(fit), missing), ElementsAre(9));
}

TEST(DecisionTree, MoreLevelsThanBinsStillTrain) {
  TreeRows rows{.categories = {{"town", {}}}, .label = {}, .classes = 2};
  for (int i = 0; i < 4000; ++i) {
    rows.categories[0].second.push_back("t" + std::to_string(i % 400));
    rows.label.push_back(i % 400 % 2);
  }
  const auto fit = fit_tree_rows(decision_tree(), rows);
  ASSERT_TRUE(fit) << fit.error().text();
  const std::vector<double> scores = predict_rows(trees_of(fit), rows);
  size_t right = 0;
  for (size_t i = 0; i < scores.size(); ++i) right += (scores[i] > 0.5) == (rows.label[i] > 0.5);
  EXPECT_GT(right, 4000U * 254 / 400);
}

TEST(DecisionTree, ConstantAndAllMissingColumnsAreLeftAlone) {
  const double nan = std::nan("");
  const TreeRows rows{.numbers = {{"constant", {4, 4, 4, 4}}, {"missing", {nan, nan, nan, nan}}},
                      .categories = {{"one", {"a", "a", "a", "a"}}},
                      .label = {1, 2, 3, 6}};
  for (const bool remote : {false, true}) {
    const auto fit =
        fit_tree_rows(decision_tree(), rows, {.params = {"min_rows=1"}, .remote = remote});
    ASSERT_TRUE(fit) << fit.error().text();
    EXPECT_THAT(trees_of(fit).feature, ElementsAre(TreeEnsemble::kLeaf));
    EXPECT_THAT(trees_of(fit).leaf_values, ElementsAre(3));
  }
}

TEST(DecisionTree, AConstantLabelIsOneLeaf) {
  const TreeRows rows{.numbers = {{"x", {1, 2, 3, 4}}}, .label = {0.1, 0.1, 0.1, 0.1}};
  const auto fit = fit_tree_rows(decision_tree(), rows, {.params = {"min_rows=1"}});
  EXPECT_THAT(trees_of(fit).leaf_values, ElementsAre(0.1));
}

TEST(DecisionTree, DepthZeroIsOneLeaf) {
  const TreeRows rows = mixed_rows(100, 2);
  const auto fit = fit_tree_rows(decision_tree(), rows, {.params = {"max_depth=0"}});
  EXPECT_EQ(trees_of(fit).feature.size(), 1U);
}

TEST(DecisionTree, FewLeavesAreTheBestOnes) {
  // The right half gains most, then the left quarter of the left half.
  const TreeRows rows{.numbers = {{"x", {1, 2, 3, 4, 5, 6, 7, 8}}},
                      .label = {0, 8, 10, 10, 100, 101, 100, 101}};
  const auto fit = fit_tree_rows(decision_tree(), rows, {.params = {"min_rows=1", "max_leaves=3"}});
  ASSERT_TRUE(fit) << fit.error().text();
  EXPECT_EQ(trees_of(fit).leaf_values.size(), 3U);
  const std::vector<double> scores = predict_rows(trees_of(fit), rows);
  EXPECT_EQ(scores[0], 0);
  EXPECT_NEAR(scores[1], 28.0 / 3, 1e-7);
  EXPECT_EQ(scores[7], 100.5);
}

TEST(RandomForest, OneRowIsPredictedByItself) {
  const TreeRows rows{.numbers = {{"x", {1}}}, .label = {42}};
  for (const bool remote : {false, true}) {
    const auto fit =
        fit_tree_rows(random_forest(), rows, {.params = {"trees=20"}, .remote = remote});
    ASSERT_TRUE(fit) << fit.error().text();
    EXPECT_THAT(trees_of(fit).leaf_values, Each(42));
    EXPECT_EQ(trees_of(fit).roots.size(), 20U);
  }
}

TEST(RandomForest, JudgesItselfOutOfBag) {
  const TreeRows train = mixed_rows(20'000, 2);
  const auto fit = fit_tree_rows(random_forest(), train, {.params = {"trees=40"}, .threads = 2});
  ASSERT_TRUE(fit) << fit.error().text();
  const TreeRows test = mixed_rows(20'000, 2, 8);
  const std::vector<double> scores = predict_rows(trees_of(fit), test);
  double right = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    right += (scores[i] > 0.5) == (test.label[i] > 0.5) ? 1 : 0;
  }
  const Json& details = fit->report.details;
  EXPECT_EQ(details.integer_at("oob_rows").value(), 20'000);
  EXPECT_NEAR(details.number_at("oob_accuracy").value(), right / 20'000, 0.01);
  double sum = 0;
  for (const auto& [name, share] : fit->report.importance) sum += share;
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(RandomForest, OutOfBagOfARegressionIsLikeThatOfNewRows) {
  const TreeRows train = mixed_rows(10'000, 0);
  const auto fit = fit_tree_rows(random_forest(), train, {.params = {"trees=40"}});
  ASSERT_TRUE(fit) << fit.error().text();
  const TreeRows test = mixed_rows(10'000, 0, 8);
  const std::vector<double> scores = predict_rows(trees_of(fit), test);
  double mean = 0;
  for (const double y : test.label) mean += y / 10'000;
  double error = 0;
  double spread = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    error += (scores[i] - test.label[i]) * (scores[i] - test.label[i]);
    spread += (test.label[i] - mean) * (test.label[i] - mean);
  }
  EXPECT_NEAR(fit->report.details.number_at("oob_r_squared").value(), 1 - error / spread, 0.03);
}

TEST(RandomForest, AnotherSeedIsAnotherForest) {
  const TreeRows rows = mixed_rows(500, 2);
  const auto a = fit_tree_rows(random_forest(), rows, {.params = {"trees=2"}, .seed = 1});
  const auto b = fit_tree_rows(random_forest(), rows, {.params = {"trees=2"}, .seed = 2});
  EXPECT_FALSE(trees_of(a) == trees_of(b));
}

TEST(RandomForest, CancelStopsBothGrowers) {
  const TreeRows rows = mixed_rows(3000, 2);
  for (const bool remote : {false, true}) {
    Cancel cancel;
    std::atomic<int> calls = 0;
    TreeFitOptions options{.params = {"trees=20000", "max_depth=2"},
                           .threads = 2,
                           .cancel = &cancel,
                           .remote = remote};
    options.progress = [&](uint64_t, uint64_t) {
      if (++calls == 8) cancel.request();
    };
    const auto fit = fit_tree_rows(random_forest(), rows, options);
    ASSERT_FALSE(fit);
    EXPECT_EQ(fit.error().code, Code::kCancelled);
  }
}

TEST(RandomForest, ReportsTreesDone) {
  const TreeRows rows = mixed_rows(500, 2);
  std::vector<uint64_t> done;
  TreeFitOptions options{.params = {"trees=3"}};
  options.progress = [&](uint64_t trees, uint64_t total) {
    if (total == 3) done.push_back(trees);
  };
  ASSERT_TRUE(fit_tree_rows(random_forest(), rows, options));
  EXPECT_THAT(done, ElementsAre(1, 2, 3));
}

TEST(FeaturesPerSplit, CountsSharesAndNames) {
  const auto parse = [](const char* text, size_t features, Task task = Task::kClassification) {
    return parse_features_per_split(text, features, task).value();
  };
  EXPECT_EQ(parse("all", 8), 8U);
  EXPECT_EQ(parse("sqrt", 8), 3U);
  EXPECT_EQ(parse("auto", 9), 3U);
  EXPECT_EQ(parse("auto", 9, Task::kRegression), 3U);
  EXPECT_EQ(parse("auto", 1, Task::kRegression), 1U);
  EXPECT_EQ(parse("2", 8), 2U);
  EXPECT_EQ(parse("20", 8), 8U);
  EXPECT_EQ(parse("0.5", 8), 4U);
  EXPECT_EQ(parse("1/3", 9), 3U);
  EXPECT_EQ(parse("1.0", 9), 9U);
  for (const char* text : {"", "0", "-1", "some", "1.5", "4/3", "1/0", "1/2/3"}) {
    EXPECT_FALSE(parse_features_per_split(text, 8, Task::kRegression)) << text;
  }
}

TEST(TreeHistogram, DamagedParametersAreAnError) {
  HistogramRequest request;
  request.setup.features = {{.num_bins = 4}, {.category = true, .num_bins = 70}};
  request.slots = {{{0, 1}}, {{1}}};
  GrownTree tree;
  tree.clear();
  tree.add_split(0, Split{.feature = 1, .category = true}, 70);
  request.trees.push_back({.number = 0, .tree = tree, .slot = {HistogramRequest::kNotAsked, 0, 1}});
  Bytes bytes;
  request.write(bytes);
  ASSERT_TRUE(HistogramRequest::read(bytes));
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(HistogramRequest::read(std::string_view(bytes).substr(0, length)));
  }
  request.trees[0].slot[2] = 2;
  bytes.clear();
  request.write(bytes);
  EXPECT_FALSE(HistogramRequest::read(bytes)) << "a slot that is not there";
  request.trees[0].slot[2] = 1;
  request.trees[0].tree.nodes[0].left = 0;
  bytes.clear();
  request.write(bytes);
  EXPECT_FALSE(HistogramRequest::read(bytes)) << "a walk without an end";
}

}  // namespace
}  // namespace skymill
