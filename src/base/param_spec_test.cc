#include "base/param_spec.h"

#include <gtest/gtest.h>

namespace skymill {
namespace {

std::vector<ParamSpec> specs() {
  return {{"max_depth", ParamType::kInteger, int64_t{8}, "levels", 0, 100},
          {"l2", ParamType::kNumber, 0.0, "penalty", 0},
          {"intercept", ParamType::kBoolean, true, "whether to fit one"},
          {.name = "solver",
           .type = ParamType::kText,
           .fallback = std::string("newton"),
           .summary = "how",
           .choices = {"newton", "gradient"}}};
}

Result<Params> parse(const std::vector<std::string>& assignments) {
  return Params::parse(specs(), assignments);
}

TEST(Params, TakesDefaultsForWhatIsNotSet) {
  const auto params = parse({"max_depth=3", "intercept=0"});
  ASSERT_TRUE(params.has_value());
  EXPECT_EQ(params->integer("max_depth"), 3);
  EXPECT_EQ(params->number("l2"), 0);
  EXPECT_FALSE(params->boolean("intercept"));
  EXPECT_EQ(params->text("solver"), "newton");
}

TEST(Params, LastAssignmentWinsAndRangesIncludeTheirEnds) {
  EXPECT_EQ(parse({"max_depth=3", "max_depth=100"})->integer("max_depth"), 100);
  EXPECT_EQ(parse({"l2=1e-3"})->number("l2"), 1e-3);
}

TEST(Params, RefusesBadValuesNamingTheParameter) {
  for (const std::string bad :
       {"max_depth=-1", "max_depth=101", "max_depth=2.5", "max_depth=", "max_depth=nan", "l2=-0.1",
        "l2=nan", "l2=inf", "intercept=yes", "solver=magic"}) {
    const auto params = parse({bad});
    ASSERT_FALSE(params.has_value()) << bad;
    EXPECT_EQ(params.error().code, Code::kInvalidArgument);
    EXPECT_EQ(params.error().place.field, bad.substr(0, bad.find('=')));
  }
}

TEST(Params, SuggestsTheNearestName) {
  const auto params = parse({"maxdepth=3"});
  ASSERT_FALSE(params.has_value());
  EXPECT_EQ(params.error().hint, "did you mean 'max_depth'?");
  EXPECT_FALSE(parse({"max_depth"}).has_value());
}

TEST(ParamSpec, DescribesItselfAsJson) {
  EXPECT_EQ(param_json(specs()[0]).dump(),
            R"({"name":"max_depth","type":"integer","default":8,"summary":"levels",)"
            R"("minimum":0,"maximum":100})");
  EXPECT_EQ(param_type_name(specs()[3]), "newton|gradient");
}

}  // namespace
}  // namespace skymill
