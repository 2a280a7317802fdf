#include "engine/embedded/csv_guess.h"

#include "engine/engine_testing.h"

namespace skymill {
namespace {

std::string guessed(const std::vector<std::string>& texts) {
  TypeGuess guess;
  for (const std::string& text : texts) guess.add(text);
  return guess.type() ? std::string(type_name(*guess.type())) : "nothing";
}

TEST(TypeGuess, FindsTheNarrowestType) {
  EXPECT_EQ(guessed({}), "nothing");
  EXPECT_EQ(guessed({"1", "-2", "+3", " 4 ", "007"}), "integer");
  EXPECT_EQ(guessed({"1", "2.5", "1e3", ".5"}), "number");
  EXPECT_EQ(guessed({"2.5", "1"}), "number");
  EXPECT_EQ(guessed({"true", "FALSE"}), "boolean");
  EXPECT_EQ(guessed({"2024-01-02", "2024-12-31"}), "date");
  EXPECT_EQ(guessed({"2024-01-02", "2024-12-31 10:00"}), "timestamp");
  EXPECT_EQ(guessed({"2024-12-31T10:00:00Z", "2024-01-02"}), "timestamp");
}

TEST(TypeGuess, IsStrict) {
  EXPECT_EQ(guessed({"1", "x"}), "text");
  EXPECT_EQ(guessed({"true", "1"}), "text");
  EXPECT_EQ(guessed({"1", "2024-01-02"}), "text");
  EXPECT_EQ(guessed({"yes"}), "text");
  EXPECT_EQ(guessed({"01/02/2024"}), "text");
  EXPECT_EQ(guessed({"1_000"}), "text");
  EXPECT_EQ(guessed({"0x10"}), "text");
  EXPECT_EQ(guessed({"1,5"}), "text");
}

TEST(TypeGuess, TakesNumbersOutOfRangeForNumbers) {
  EXPECT_EQ(guessed({"1e400", "2"}), "number");
  EXPECT_EQ(guessed({"nan", "2"}), "number");
  EXPECT_EQ(guessed({"9223372036854775808"}), "number");
}

}  // namespace
}  // namespace skymill
