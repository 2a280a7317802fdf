#include "prepare/feature_plan.h"

#include <gtest/gtest.h>

#include "prepare/prepare_testing.h"
#include "rows/roles.h"

namespace skymill {
namespace {

const double kMissing = std::nan("");

/// x: 1 2 2 4 missing 10; kind: b a b missing c b.
PlanRows some_rows() {
  return {.x = {1, 2, 2, 4, kMissing, 10}, .kind = {"b", "a", "b", std::nullopt, "c", "b"}};
}

Result<std::shared_ptr<const FeaturePlan>> fit(const PlanRows& rows, const std::string& missing,
                                               bool native = false) {
  PrepareRun run;
  PlanOptions options{.native_missing = native};
  if (!missing.empty()) options.missing = SKYMILL_TRY(MissingPolicy::parse(missing));
  return fit_plan(*rows.source(), {}, options, run.context);
}

struct Planned {
  std::vector<double> x;
  std::vector<uint32_t> kind;
  std::vector<uint64_t> key;
};

Planned apply(const FeaturePlan& plan, const PlanRows& rows) {
  BlockBuffer raw;
  BlockBuffer out;
  const Table table = rows.table();
  std::vector<ColumnView> views;
  const Roles roles(rows.source()->schema(), true);
  const auto block = plan.apply(*to_block(table.view(views), roles, raw), out);
  EXPECT_TRUE(block.has_value()) << block.error().text();
  if (!block) return {};
  const size_t n = block->num_rows;
  return {{block->features[0].number, block->features[0].number + n},
          {block->features[1].code, block->features[1].code + n},
          {block->key.begin(), block->key.begin() + static_cast<long>(n)}};
}

double filled_number(const std::string& method) {
  const auto plan = fit(some_rows(), "x=" + method);
  EXPECT_TRUE(plan.has_value()) << plan.error().text();
  return plan ? apply(**plan, some_rows()).x[4] : kMissing;
}

uint32_t filled_category(const std::string& method) {
  const auto plan = fit(some_rows(), "kind=" + method);
  EXPECT_TRUE(plan.has_value()) << plan.error().text();
  return plan ? apply(**plan, some_rows()).kind[3] : kMissingCode;
}

TEST(FitPlan, FillsNumbersByEachMethod) {
  EXPECT_EQ(filled_number("mean"), 3.8);
  EXPECT_EQ(filled_number("median"), 2);
  EXPECT_EQ(filled_number("mode"), 2);
  EXPECT_EQ(filled_number("min"), 1);
  EXPECT_EQ(filled_number("max"), 10);
  EXPECT_EQ(filled_number("constant:-7.5"), -7.5);
}

TEST(FitPlan, TakesTheMiddleOfTwoMediansAndTheSmallestOfSeveralModes) {
  const PlanRows rows{.x = {5, 1, 5, 1, kMissing, 3, 3, 9},
                      .kind = std::vector<std::optional<std::string>>(8, "a")};
  EXPECT_EQ(apply(**fit(rows, "x=mode"), rows).x[4], 1);
  const PlanRows four{.x = {4, 1, kMissing, 3, 2},
                      .kind = std::vector<std::optional<std::string>>(5, "a")};
  EXPECT_EQ(apply(**fit(four, "x=median"), four).x[2], 2.5);
}

TEST(FitPlan, FillsCategoriesByEachMethod) {
  EXPECT_EQ(filled_category("mode"), 1U);
  EXPECT_EQ(filled_category("constant:c"), 2U);
  EXPECT_EQ(filled_category("constant:new"), 3U);
  EXPECT_EQ(filled_category("level"), 3U);
  EXPECT_EQ((*fit(some_rows(), "kind=level"))->output()[1].levels,
            (Levels{"a", "b", "c", "(missing)"}));
}

TEST(FitPlan, LeavesNativeMissingValuesAsTheyAre) {
  const auto plan = fit(some_rows(), "native", true);
  ASSERT_TRUE(plan.has_value());
  const Planned planned = apply(**plan, some_rows());
  EXPECT_TRUE(std::isnan(planned.x[4]));
  EXPECT_EQ(planned.kind[3], kMissingCode);
  EXPECT_FALSE(fit(some_rows(), "native", false).has_value());
}

TEST(FitPlan, DropsRowsAndKeepsTheKeysOfTheOthers) {
  const auto plan = fit(some_rows(), "drop");
  ASSERT_TRUE(plan.has_value());
  const Planned planned = apply(**plan, some_rows());
  EXPECT_EQ(planned.x, (std::vector<double>{1, 2, 2, 10}));
  EXPECT_EQ(planned.kind, (std::vector<uint32_t>{1, 0, 1, 1}));
  EXPECT_EQ(planned.key, (std::vector<uint64_t>{0, 1, 2, 5}));
}

TEST(FitPlan, FailNamesTheColumnInTrainingAndLater) {
  const auto plan = fit(some_rows(), "x=fail");
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().place.field, "x");
  const PlanRows whole{.x = {1, 2}, .kind = {"a", "b"}};
  const auto good = fit(whole, "fail");
  ASSERT_TRUE(good.has_value());
  BlockBuffer raw;
  BlockBuffer out;
  const Table table = some_rows().table();
  std::vector<ColumnView> views;
  const Roles roles(whole.source()->schema(), true);
  const auto block = (*good)->apply(*to_block(table.view(views), roles, raw), out);
  ASSERT_FALSE(block.has_value());
  EXPECT_EQ(block.error().place.field, "x");
}

TEST(FitPlan, RefusesMethodsThatDoNotFitAndUnknownColumns) {
  for (const char* bad :
       {"kind=mean", "kind=median", "kind=min", "x=level", "x=constant:ash", "kin=drop"}) {
    const auto plan = fit(some_rows(), bad);
    ASSERT_FALSE(plan.has_value()) << bad;
    EXPECT_EQ(plan.error().code, Code::kInvalidArgument) << bad;
  }
}

TEST(FitPlan, LearnsFromItsRowsOnly) {
  PrepareRun run;
  PlanRows rows;
  for (int i = 0; i < 1000; ++i) rows.x.push_back(i % 10 == 0 ? kMissing : i);
  rows.kind.assign(1000, "a");
  const auto source = rows.source();
  const Selection low{.seed = 4, .cuts = {{uint64_t{1} << 63}}, .mask = 1};
  const PlanOptions options{.missing = *MissingPolicy::parse("x=max")};
  const auto plan = fit_plan(*source, low, options, run.context);
  ASSERT_TRUE(plan.has_value());
  double largest = 0;
  for (size_t i = 0; i < 1000; ++i) {
    if (!std::isnan(rows.x[i]) && low.selects(i, 0)) largest = std::max(largest, rows.x[i]);
  }
  EXPECT_EQ((*plan)->columns()[0].fill, largest);
}

TEST(FeaturePlan, ReadsWhatItWroteAndRefusesDamage) {
  for (const char* methods : {"x=mean,kind=level", "drop", "x=constant:3,kind=constant:new"}) {
    const auto plan = fit(some_rows(), methods);
    ASSERT_TRUE(plan.has_value());
    Bytes bytes;
    (*plan)->write(bytes);
    const auto json = Json::parse(bytes);
    const auto again = FeaturePlan::from_json(*json);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ((*again)->columns(), (*plan)->columns());
    for (size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(FeaturePlan::read(std::string_view(bytes).substr(0, size)).has_value());
    }
  }
  ColumnPlan bad{.input = {"k", Type::kText, FeatureKind::kCategory, {"a"}}};
  bad.fill_code = 1;
  EXPECT_FALSE(FeaturePlan::make({bad}).has_value());
}

}  // namespace
}  // namespace skymill
