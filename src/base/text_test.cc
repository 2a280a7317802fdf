#include "base/text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace skymill {
namespace {

TEST(FormatNumber, ReadsBackAsTheSameBits) {
  RandomStream random(1, 2);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<double>(random.next());
    if (!std::isfinite(value)) continue;
    const auto back = parse_number(format_number(value));
    ASSERT_TRUE(back.has_value()) << format_number(value);
    ASSERT_EQ(std::bit_cast<uint64_t>(*back), std::bit_cast<uint64_t>(value));
  }
}

TEST(FormatNumber, PrintsIntegersWithoutPointAndNamesWhatIsNotFinite) {
  EXPECT_EQ(format_number(42), "42");
  EXPECT_EQ(format_number(-0.0), "-0");
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(std::nan("")), "nan");
  EXPECT_EQ(format_number(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(ParseNumber, TakesOneWholeDecimalNumber) {
  EXPECT_EQ(parse_number("1.5"), 1.5);
  EXPECT_EQ(parse_number("+2"), 2.0);
  EXPECT_EQ(parse_number("-.5e1"), -5.0);
  EXPECT_EQ(parse_number("1."), 1.0);
  EXPECT_EQ(parse_number("1e308"), 1e308);
  EXPECT_EQ(parse_number("5e-324"), 5e-324);
}

TEST(ParseNumber, RefusesEverythingElse) {
  for (const char* text :
       {"",   " 1",  "1 ",   "+",   "-",    "+-1", "-+1",      "--1", ".",     "-.", "e5",
        "1e", "1e+", "0x10", "inf", "-inf", "nan", "infinity", "1,5", "1_000", "1f"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
}

TEST(ParseNumber, RefusesWhatIsTooLargeAndRoundsWhatIsTooSmallToZero) {
  EXPECT_EQ(parse_number("1e400"), std::nullopt);
  EXPECT_EQ(parse_number("-1e400"), std::nullopt);
  EXPECT_EQ(parse_number("1" + std::string(400, '0')), std::nullopt);
  EXPECT_EQ(parse_number("1" + std::string(400, '0') + "e-5"), std::nullopt);
  EXPECT_EQ(parse_number("1e-400"), 0.0);
  EXPECT_EQ(parse_number("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(parse_number("0." + std::string(400, '0') + "1e5"), 0.0);
  const auto negative = parse_number("-1e-400");
  ASSERT_TRUE(negative.has_value());
  EXPECT_TRUE(*negative == 0 && std::signbit(*negative));
}

TEST(ParseInteger, TakesTheWholeRangeAndNothingElse) {
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(parse_integer("+7"), 7);
  for (const char* text : {"", "+", "-", "+-5", "++5", " 5", "5 ", "5.0", "1e3",
                           "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

TEST(ParseBytes, KnowsDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_bytes("1000"), 1000U);
  EXPECT_EQ(parse_bytes("512MB"), 512'000'000U);
  EXPECT_EQ(parse_bytes("4 GiB"), uint64_t{4} << 30);
  EXPECT_EQ(parse_bytes("1.5k"), 1536U);
  for (const char* text : {"", "MB", "-1", "1.2.3", "5 parsecs", "99999999TiB"}) {
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
  }
}

TEST(FormatBytes, PicksTheLargestFittingUnit) {
  EXPECT_EQ(format_bytes(17), "17 B");
  EXPECT_EQ(format_bytes(312 << 10), "312.0 KiB");
  EXPECT_EQ(format_bytes(uint64_t{3} << 29), "1.5 GiB");
}

TEST(Split, KeepsEmptyPartsAndJoinPutsThemBack) {
  for (const std::string text : {"", ",", "a", "a,,b", ",a,", "a,b"}) {
    EXPECT_EQ(join(split(text, ','), ","), text);
  }
  EXPECT_EQ(split(",a,", ',').size(), 3U);
}

TEST(Trim, RemovesBlanksAtBothEndsOnly) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Suggest, NamesALikelyTypoOrElseWhatIsKnown) {
  const std::vector<std::string> names = {"age", "height", "weight"};
  EXPECT_EQ(suggest("Hieght", names), "did you mean 'height'?");
  EXPECT_EQ(suggest("zzzzzz", names), "known: age, height, weight");
  EXPECT_EQ(nearest(std::string(1'000'000, 'a'), names), std::nullopt);
  EXPECT_EQ(suggest("x", {}), "");
  const std::vector<std::string> letters = {"x", "y", ""};
  EXPECT_EQ(suggest("g", letters), "known: x, y, ");
  EXPECT_EQ(suggest("X", letters), "did you mean 'x'?");
  EXPECT_EQ(suggest("x1", letters), "did you mean 'x'?");
}

TEST(InvalidUtf8, FindsTheFirstBadByte) {
  EXPECT_EQ(invalid_utf8("grün 漢 🙂"), std::nullopt);
  EXPECT_EQ(invalid_utf8("\xF4\x8F\xBF\xBF"), std::nullopt);
  EXPECT_EQ(invalid_utf8("ab\x80"), 2U);
  EXPECT_EQ(invalid_utf8("a\xC0\x80"), 1U);          // overlong
  EXPECT_EQ(invalid_utf8("a\xE0\x80\x80"), 1U);      // overlong
  EXPECT_EQ(invalid_utf8("a\xED\xA0\x80"), 1U);      // surrogate
  EXPECT_EQ(invalid_utf8("a\xF4\x90\x80\x80"), 1U);  // beyond U+10FFFF
  EXPECT_EQ(invalid_utf8("a\xE2\x82"), 1U);          // cut off
}

}  // namespace
}  // namespace skymill
