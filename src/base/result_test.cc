#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "base/error_map.h"

namespace skymill {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error{Code::kInvalidArgument, "odd", "give an even number"};
  return value / 2;
}

Result<int> quarter(int value) {
  const int once = SKYMILL_TRY(half(value));
  return SKYMILL_TRY(half(once).context("again"));
}

TEST(Result, TryYieldsTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(7).error().message, "odd");
  EXPECT_EQ(quarter(6).error().message, "again: odd");
  EXPECT_EQ(quarter(6).error().hint, "give an even number");
}

TEST(Result, CarriesWhatCanOnlyBeMovedAndConverts) {
  struct Base {
    virtual ~Base() = default;
  };
  struct Derived : Base {};
  const auto make = []() -> Result<std::unique_ptr<Base>> { return std::make_unique<Derived>(); };
  const std::unique_ptr<Base> made = *make();
  EXPECT_NE(made, nullptr);
}

TEST(Result, NamesItsSourceOnce) {
  auto failed = Result<int>(Error{Code::kCorruptData, "bad"}).at_source("a").at_source("b");
  EXPECT_EQ(failed.error().place.source, "a");
}

TEST(Error, TextShowsPlaceAndHint) {
  const Error error{Code::kCorruptData,
                    "bad value",
                    "fix it",
                    {.source = "f.csv", .line = 3, .column = 4, .field = "age"}};
  EXPECT_EQ(error.text(), "bad value (f.csv:3:4, field age); fix it");
  EXPECT_EQ((Error{Code::kInternal, "alone"}).text(), "alone");
  EXPECT_EQ((Error{Code::kInternal, "x", {}, {.line = 2}}).text(), "x (line 2)");
}

TEST(ErrorMap, EveryCodeHasItsOwnRow) {
  std::set<std::string_view> names;
  for (uint8_t c = 0; c <= static_cast<uint8_t>(Code::kInternal); ++c) {
    const CodeMeaning& row = meaning(static_cast<Code>(c));
    EXPECT_EQ(row.code, static_cast<Code>(c));
    EXPECT_NE(row.exit_status, 0);
    EXPECT_GE(row.http_status, 400);
    names.insert(row.name);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(Code::kInternal) + 1);
}

TEST(ResultDeathTest, TakingTheValueOfAnErrorIsOurBug) {
  EXPECT_DEATH((void)*half(1), "internal error");
}

}  // namespace
}  // namespace skymill
