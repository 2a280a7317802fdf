#include "table/coercion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/text.h"

namespace skymill {
namespace {

struct Spelling {
  const char* text;
  const char* value;  // as value_text shows it; nullptr: refused
};

void check(Type type, std::initializer_list<Spelling> spellings) {
  for (const auto& [text, value] : spellings) {
    ColumnBuilder builder(type);
    const bool accepted = append_value(builder, text);
    ASSERT_EQ(accepted, value != nullptr) << type_name(type) << " '" << text << "'";
    ASSERT_EQ(builder.size(), accepted ? 1U : 0U);
    if (accepted) {
      EXPECT_EQ(value_text(builder.finish().view, 0), value) << "'" << text << "'";
    } else {
      const Error error = refused_value(type, text);
      EXPECT_FALSE(error.message.empty());
      EXPECT_FALSE(error.hint.empty());
    }
  }
}

TEST(Coercion, ReadsBooleansAsTheEngineDoes) {
  check(Type::kBoolean, {{"true", "true"},
                         {"TRUE", "true"},
                         {"tRuE", "true"},
                         {"t", "true"},
                         {"T", "true"},
                         {"yes", "true"},
                         {"Y", "true"},
                         {"1", "true"},
                         {"false", "false"},
                         {"F", "false"},
                         {"no", "false"},
                         {"N", "false"},
                         {"0", "false"},
                         {"on", nullptr},
                         {" true", nullptr},
                         {"2", nullptr},
                         {"1.0", nullptr},
                         {"01", nullptr},
                         {"", nullptr}});
}

TEST(Coercion, ReadsIntegersThatLoseNothing) {
  check(Type::kInteger, {{"1", "1"},
                         {"+1", "1"},
                         {"-1", "-1"},
                         {" 1\t", "1"},
                         {"007", "7"},
                         {"-0", "0"},
                         {"16.0", "16"},
                         {"1.", "1"},
                         {"1e3", "1000"},
                         {"10e-1", "1"},
                         {"0e999999999999", "0"},
                         {"9223372036854775807", "9223372036854775807"},
                         {"9223372036854775807.000", "9223372036854775807"},
                         {"-9223372036854775808", "-9223372036854775808"},
                         {"-9223372036854775808.0", "-9223372036854775808"},
                         {"922337203685477580.7e1", "9223372036854775807"},
                         {"9223372036854775808", nullptr},
                         {"-9223372036854775809", nullptr},
                         {"16.5", nullptr},
                         {"0.1", nullptr},
                         {"1e-3", nullptr},
                         {"1e19", nullptr},
                         {"1e400", nullptr},
                         {"1e99999999999999999999", nullptr},
                         {"0x10", nullptr},
                         {"1_000", nullptr},
                         {"1,000", nullptr},
                         {"--1", nullptr},
                         {"+-1", nullptr},
                         {"1e", nullptr},
                         {".", nullptr},
                         {"", nullptr},
                         {" ", nullptr},
                         {"true", nullptr},
                         {"1 2", nullptr}});
}

TEST(Coercion, ReadsNumbersCorrectlyRounded) {
  check(Type::kNumber, {{"1", "1"},
                        {"+1", "1"},
                        {"-0", "-0"},
                        {" 1.5 ", "1.5"},
                        {"\t2", "2"},
                        {".5", "0.5"},
                        {"5.", "5"},
                        {"-.5", "-0.5"},
                        {"1E+3", "1000"},
                        {"0.1", "0.1"},
                        {"1e-400", "0"},
                        {"-1e-400", "-0"},
                        {"4.9e-324", "5e-324"},
                        {"00001", "1"},
                        {"123456789012345678901234567890", "1.2345678901234568e+29"},
                        {"9007199254740993", "9007199254740992"},
                        {"0.30000000000000004", "0.30000000000000004"},
                        {"1.7976931348623157e308", "1.7976931348623157e+308"},
                        {"1.7976931348623159e308", nullptr},
                        {"1e400", nullptr},
                        {"inf", nullptr},
                        {"-Infinity", nullptr},
                        {"nan", nullptr},
                        {"0x10", nullptr},
                        {"1_000", nullptr},
                        {"1,5", nullptr},
                        {"1e", nullptr},
                        {"1e+", nullptr},
                        {"1d", nullptr},
                        {"", nullptr},
                        {".", nullptr},
                        {"-", nullptr},
                        {"1 2", nullptr}});
  const std::string tiny = "0." + std::string(400, '0') + "1";
  EXPECT_EQ(number_of(tiny), 0.0);
  EXPECT_EQ(number_of(std::string(400, '9') + "e-5"), std::nullopt);
  EXPECT_EQ(number_of(std::string(400, '9') + "e-400"), 1.0);
  EXPECT_FALSE(number_of(std::string_view("1\0", 2)).has_value());
}

TEST(Coercion, FastAndSlowNumbersAgree) {
  uint64_t state = 1;
  for (int i = 0; i < 200'000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    std::string text = std::to_string(state >> (state & 63));
    const size_t point = (state >> 8) % (text.size() + 1);
    if ((state & 64) != 0) text.insert(point, ".");
    if ((state & 128) != 0) text.insert(0, "-");
    const auto fast = number_of(text);
    const auto slow = parse_number(text);
    ASSERT_EQ(fast, slow) << text;
    ASSERT_EQ(*fast, std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(Coercion, RoundsFloatsOnce) {
  check(Type::kFloat, {{"0.1", "0.1"},
                       {"16777217", "16777216"},
                       {"1e-50", "0"},
                       {"3.4028235e38", "3.4028234663852886e+38"},
                       {"0.5000000298023223876953125", "0.5"},
                       {"0.50000002980232238769531250000000001", "0.50000006"},
                       {"3.5e38", nullptr},
                       {"1e39", nullptr},
                       {"inf", nullptr}});
  EXPECT_EQ(float_of("0.1"), static_cast<double>(0.1F));
  EXPECT_EQ(round_to_float(0.1), static_cast<double>(0.1F));
  EXPECT_EQ(round_to_float(1e39), std::nullopt);
}

TEST(Coercion, KeepsTextAsItIs) {
  check(Type::kText, {{" a ", " a "},
                      {"", ""},
                      {"größe", "größe"},
                      {"x\xff", nullptr},
                      {"\xc0\x80", nullptr},
                      {"\xed\xa0\x80", nullptr}});
}

TEST(Coercion, ReadsDatesAndTimes) {
  check(Type::kDate, {{"2026-11-24", "2026-11-24"},
                      {" 2024-02-29 ", "2024-02-29"},
                      {"2026-02-29", nullptr},
                      {"2026-13-01", nullptr},
                      {"2026-11-24x", nullptr},
                      {"20261124", nullptr},
                      {"24.11.2026", nullptr},
                      {"", nullptr}});
  check(Type::kTimestamp, {{"2026-11-24", "2026-11-24T00:00:00"},
                           {"2026-11-24 08:05", "2026-11-24T08:05:00"},
                           {"2026-11-24T08:05:00.25", "2026-11-24T08:05:00.25"},
                           {"2026-11-24T08:05:00Z", "2026-11-24T08:05:00"},
                           {"2026-11-24T08:05:00+02:00", "2026-11-24T06:05:00"},
                           {"1969-12-31 23:59:59.999999", "1969-12-31T23:59:59.999999"},
                           {"2026-11-24 25:00:00", nullptr},
                           {"2026-11-24 08", nullptr},
                           {"now", nullptr}});
}

TEST(Coercion, SaysWhyAndWhatToDo) {
  EXPECT_EQ(refused_value(Type::kInteger, "16.5").text(),
            "'16.5' has a fraction, but the column holds integers; round it, or read the column as "
            "a number");
  EXPECT_EQ(refused_value(Type::kNumber, "1e400").message,
            "'1e400' is too large for the type number");
  EXPECT_EQ(refused_value(Type::kInteger, "99999999999999999999").message,
            "'99999999999999999999' is too large for the type integer");
  EXPECT_EQ(refused_value(Type::kText, "x\xff").code, Code::kCorruptData);
  EXPECT_EQ(quote_text(std::string(100, 'x')), "'" + std::string(40, 'x') + "…'");
  EXPECT_EQ(quote_text(std::string(39, 'x') + "ö"), "'" + std::string(39, 'x') + "…'");
  EXPECT_EQ(quote_text("a\nb\xff"), "'a?b?'");
}

TEST(Coercion, ExactIntegersOnly) {
  EXPECT_EQ(exact_integer(16.0), 16);
  EXPECT_EQ(exact_integer(16.5), std::nullopt);
  EXPECT_EQ(exact_integer(9.3e18), std::nullopt);
  EXPECT_EQ(exact_integer(-9223372036854775808.0), INT64_MIN);
  EXPECT_EQ(exact_integer(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

}  // namespace
}  // namespace skymill
