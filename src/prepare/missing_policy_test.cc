#include <gtest/gtest.h>

#include "prepare/feature_plan.h"

namespace skymill {
namespace {

TEST(MissingPolicy, BareMethodAppliesToTheKindsItFits) {
  const auto mean = MissingPolicy::parse("mean");
  ASSERT_TRUE(mean.has_value());
  EXPECT_EQ(mean->number->method, MissingMethod::kMean);
  EXPECT_FALSE(mean->category.has_value());
  const auto drop = MissingPolicy::parse("drop");
  EXPECT_EQ(drop->number->method, MissingMethod::kDrop);
  EXPECT_EQ(drop->category->method, MissingMethod::kDrop);
  EXPECT_FALSE(MissingPolicy::parse("level")->number.has_value());
}

TEST(MissingPolicy, NamesKindsAndColumns) {
  const auto policy = MissingPolicy::parse("number=median,category=mode,age=constant:1:6");
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->number->method, MissingMethod::kMedian);
  EXPECT_EQ(policy->category->method, MissingMethod::kMode);
  ASSERT_EQ(policy->columns.size(), 1U);
  EXPECT_EQ(policy->columns[0].first, "age");
  EXPECT_EQ(policy->columns[0].second.constant, "1:6");
}

TEST(MissingPolicy, EveryMethodHasANameThatIsRead) {
  for (uint8_t m = 0; m <= static_cast<uint8_t>(MissingMethod::kLevel); ++m) {
    const auto method = static_cast<MissingMethod>(m);
    std::string text(missing_method_name(method));
    if (method == MissingMethod::kConstant) text += ":0";
    const auto policy = MissingPolicy::parse("x=" + text);
    ASSERT_TRUE(policy.has_value()) << text;
    EXPECT_EQ(policy->columns[0].second.method, method);
  }
}

TEST(MissingPolicy, RefusesWhatDoesNotFitWithAWayOut) {
  for (const char* text :
       {"", "men", "x=", "constant", "mean:3", "number=level", "category=mean", "mean,,drop"}) {
    const auto policy = MissingPolicy::parse(text);
    ASSERT_FALSE(policy.has_value()) << text;
    EXPECT_EQ(policy.error().code, Code::kInvalidArgument);
    EXPECT_FALSE(policy.error().hint.empty());
  }
}

}  // namespace
}  // namespace skymill
