#include "base/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/random.h"

namespace skymill {
namespace {

TEST(Json, WritesWhatItReads) {
  const std::string text =
      R"({"a":[1,-2.5,true,false,null,"q\"\\\n\u0001ü"],"b":{},"c":[],"d":{"e":[[]]}})";
  const auto json = Json::parse(text);
  ASSERT_TRUE(json.has_value()) << json.error().text();
  EXPECT_EQ(json->dump(), text);
  const auto pretty = Json::parse(json->dump(2));
  ASSERT_TRUE(pretty.has_value());
  EXPECT_EQ(*pretty, *json);
}

TEST(Json, KeepsEveryFiniteDoubleBitForBit) {
  RandomStream random(3, 4);
  std::vector<double> values = {0.0, -0.0, 5e-324, 1e15, 1e18, 1e19, -1e19, 0x1p63, 1e300, 0x1p53};
  for (int i = 0; i < 20'000; ++i) values.push_back(std::bit_cast<double>(random.next()));
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    const auto back = Json::parse(Json(value).dump());
    ASSERT_TRUE(back.has_value()) << value;
    ASSERT_TRUE(back->is_number());
    ASSERT_EQ(std::bit_cast<uint64_t>(back->as_number()), std::bit_cast<uint64_t>(value)) << value;
  }
}

TEST(Json, KeepsEveryIntegerAndNamesNoInfinity) {
  for (const int64_t value : {INT64_MIN, INT64_MAX, int64_t{0}, int64_t{1} << 53}) {
    const auto back = Json::parse(Json(value).dump());
    ASSERT_TRUE(back.has_value() && back->is_integer());
    EXPECT_EQ(back->as_integer(), value);
  }
  EXPECT_EQ(Json(std::nan("")).dump(), "null");
  EXPECT_EQ(Json(HUGE_VAL).dump(), "null");
}

TEST(Json, RefusesWhatIsNoStrictJson) {
  for (const char* text :
       {"",      " ",        "{",        "[1,]",        "{\"a\":1,}", "{a:1}",    "'a'",   "01",
        "+1",    "1.",       ".5",       "nan",         "NaN",        "Infinity", "1e999", "tru",
        "[1] 2", "\"\x01\"", "\"\xFF\"", "\"\\ud800\"", "// c\n1",    "{\"a\" 1}"}) {
    EXPECT_FALSE(Json::parse(text).has_value()) << text;
  }
}

TEST(Json, RefusesDuplicateKeys) {
  const auto json = Json::parse(R"({"a":1,"b":{"a":1},"a":2})");
  ASSERT_FALSE(json.has_value());
  EXPECT_NE(json.error().message.find("duplicate key 'a'"), std::string::npos);
}

TEST(Json, RefusesMoreLevelsThanAllowed) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Json::parse(nested(64)).has_value());
  EXPECT_FALSE(Json::parse(nested(65)).has_value());
  EXPECT_FALSE(Json::parse(nested(1'000'000)).has_value());
  EXPECT_TRUE(Json::parse(nested(3), 3).has_value());
  EXPECT_FALSE(Json::parse(nested(4), 3).has_value());
}

TEST(Json, SaysWhereTheMistakeIs) {
  const auto json = Json::parse("{\n  \"a\": x\n}");
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().place.line, 2U);
  EXPECT_GT(json.error().place.column, 1U);
  const auto large = Json::parse(R"({"a": 1, "b": -1e999})");
  EXPECT_EQ(large.error().message, "not JSON: the number -1e999 is too large for a double");
  EXPECT_EQ(large.error().place.field, "b");
}

TEST(Json, TypedAccessNamesTheField) {
  const auto json = Json::parse(R"({"n":1.5,"t":"x","i":3})");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(*json->number_at("n"), 1.5);
  EXPECT_EQ(*json->integer_at("i"), 3);
  EXPECT_FALSE(json->integer_at("n").has_value());
  EXPECT_FALSE(Json(1).string_at("t").has_value());
  const auto absent = json->string_at("absent");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().place.field, "absent");
}

TEST(Json, SetReplacesAndKeepsTheOrder) {
  Json json;
  json.set("b", 1).set("a", 2).set("b", 3);
  EXPECT_EQ(json.dump(), R"({"b":3,"a":2})");
}

}  // namespace
}  // namespace skymill
