#include "table/json_rows.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/text.h"

namespace skymill {
namespace {

using std::string_literals::operator""s;

std::shared_ptr<const Schema> all_types() {
  return std::make_shared<Schema>(Schema{{{"age", Type::kInteger},
                                          {"height", Type::kNumber},
                                          {"weight", Type::kFloat},
                                          {"gender", Type::kText},
                                          {"smokes", Type::kBoolean},
                                          {"born", Type::kDate},
                                          {"seen", Type::kTimestamp}}});
}

constexpr std::string_view kRow =
    R"({"age": 16, "height": 1.7, "weight": 60.1, "gender": "größe \"x\"", "smokes": false, )"
    R"("born": "2010-02-28", "seen": "2026-11-24T08:05:00Z"})";

std::string row_text(const TableView& table, size_t row) {
  std::string out;
  for (const ColumnView& column : table.columns) {
    if (!out.empty()) out += '|';
    out += column.missing(row) ? "-" : value_text(column, row);
  }
  return out;
}

Error error_of(JsonRowsReader& reader, std::string_view text) {
  auto rows = reader.read(text);
  EXPECT_FALSE(rows) << text;
  return rows ? Error{} : rows.error();
}

TEST(JsonRows, ReadsOneRowOfEveryType) {
  JsonRowsReader reader(all_types(), {});
  const auto rows = reader.read(kRow);
  ASSERT_TRUE(rows) << rows.error().text();
  EXPECT_TRUE(rows->single);
  ASSERT_EQ(rows->table.num_rows, 1U);
  EXPECT_EQ(row_text(rows->table, 0),
            "16|1.7|60.1|größe \"x\"|false|2010-02-28|2026-11-24T08:05:00");
  EXPECT_EQ(rows->table.columns[2].numbers[0], static_cast<double>(60.1F));
}

TEST(JsonRows, ReadsRowsInAnyFieldOrderWithNulls) {
  const auto schema = std::make_shared<Schema>(Schema{{{"a", Type::kInteger}, {"b", Type::kText}}});
  JsonRowsReader reader(schema, {});
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto rows =
        reader.read(R"({"rows": [{"a": 1, "b": "x"}, {"b": null, "a": 16.0}, {"b":"","a":null}]})");
    ASSERT_TRUE(rows) << rows.error().text();
    EXPECT_FALSE(rows->single);
    ASSERT_EQ(rows->table.num_rows, 3U);
    EXPECT_EQ(row_text(rows->table, 0), "1|x");
    EXPECT_EQ(row_text(rows->table, 1), "16|-");
    EXPECT_EQ(row_text(rows->table, 2), "-|");
  }
  EXPECT_EQ(reader.read(R"({"rows": []})")->table.num_rows, 0U);
}

TEST(JsonRows, RefusesValuesThatDoNotFit) {
  const auto schema = std::make_shared<Schema>(Schema{{{"i", Type::kInteger},
                                                       {"f", Type::kFloat},
                                                       {"t", Type::kText},
                                                       {"b", Type::kBoolean},
                                                       {"n", Type::kNumber},
                                                       {"d", Type::kDate}}});
  JsonRowsReader reader(schema, {.refuse_absent = false});
  for (const char* text :
       {R"({"i": 16.5})", R"({"i": "16"})", R"({"i": true})", R"({"i": 9223372036854775808})",
        R"({"i": 1e19})", R"({"f": 1e39})", R"({"f": "1"})", R"({"t": 1})", R"({"t": true})",
        R"({"b": 1})", R"({"b": "true"})", R"({"n": "1"})", R"({"n": [1]})", R"({"n": {}})",
        R"({"d": "2026-02-29"})", R"({"d": 3})"}) {
    const Error error = error_of(reader, text);
    EXPECT_EQ(error.code, Code::kSchemaMismatch) << text;
    EXPECT_EQ(error.place.field, std::string(1, text[2])) << text;
    EXPECT_EQ(error.place.line, 0U);
    EXPECT_FALSE(error.hint.empty());
  }
  EXPECT_EQ(error_of(reader, R"({"i": 16.5})").message,
            "column 'i': '16.5' has a fraction, but the column holds integers");
  for (const char* text : {R"({"i": 16.0})", R"({"i": -9223372036854775808})", R"({"i": 1e3})",
                           R"({"n": 7})", R"({"n": 18446744073709551615})", R"({"f": 3})"}) {
    EXPECT_TRUE(reader.read(text)) << text;
  }
}

TEST(JsonRows, NamesRowAndField) {
  JsonRowsReader reader(std::make_shared<Schema>(Schema{{{"age", Type::kInteger}}}), {});
  const Error error = error_of(reader, R"({"rows": [{"age": 1}, {"age": "x"}]})");
  EXPECT_EQ(error.place.line, 2U);
  EXPECT_EQ(error.place.field, "age");
  const Error unknown = error_of(reader, R"({"agee": 1})");
  EXPECT_EQ(unknown.code, Code::kSchemaMismatch);
  EXPECT_EQ(unknown.hint, "did you mean 'age'?");
  EXPECT_EQ(error_of(reader, R"({})").message, "field 'age' is absent");
  EXPECT_EQ(error_of(reader, R"({"age": 1, "age": 2})").code, Code::kCorruptData);
  EXPECT_EQ(error_of(reader, R"({"rows": [{"age": 1}], "x": 1})").place.field, "x");
  EXPECT_EQ(error_of(reader, R"({"rows": [1]})").place.line, 1U);
  EXPECT_EQ(error_of(reader, R"([{"age": 1}])").code, Code::kSchemaMismatch);
}

TEST(JsonRows, SaysThatRowsMustBeAnArray) {
  JsonRowsReader reader(std::make_shared<Schema>(Schema{{{"age", Type::kInteger}}}), {});
  for (const char* text : {R"({"rows": 1})", R"({"rows": {"age": 1}})", R"({"rows": null})"}) {
    const Error error = error_of(reader, text);
    EXPECT_EQ(error.code, Code::kSchemaMismatch) << text;
    EXPECT_EQ(error.message, "'rows' must be an array of objects") << text;
    EXPECT_EQ(error.place.field, "rows") << text;
  }
  JsonRowsReader of_column(std::make_shared<Schema>(Schema{{{"rows", Type::kInteger}}}), {});
  const auto row = of_column.read(R"({"rows": 1})");
  ASSERT_TRUE(row) << row.error().text();
  EXPECT_TRUE(row->single);
}

TEST(JsonRows, LetsFieldsBeUnknownOrAbsentOnRequest) {
  JsonRowsReader reader(all_types(), {.refuse_unknown = false, .refuse_absent = false});
  const auto rows = reader.read(R"({"x": {"y": [1]}, "height": 2})");
  ASSERT_TRUE(rows);
  EXPECT_EQ(row_text(rows->table, 0), "-|2|-|-|-|-|-");
}

TEST(JsonRows, RefusesWhatIsNotJson) {
  JsonRowsReader reader(std::make_shared<Schema>(Schema{{{"a", Type::kNumber}}}), {});
  for (const std::string& text :
       {std::string(), std::string(" "), std::string("{"), std::string("{\"a\": }"),
        std::string("{\"a\": 1e999}"), std::string("{\"a\": NaN}"), std::string("{\"a\": 01}"),
        std::string("{\"a\": 1} x"), std::string("{'a': 1}"), std::string("{\"a\": 1,}"),
        std::string("{\"a\": \"\xff\"}"), std::string(1'000'000, '['),
        std::string("{\"a\": 1\0}", 9)}) {
    const Error error = error_of(reader, text);
    EXPECT_EQ(error.code, Code::kCorruptData) << text.substr(0, 30);
    EXPECT_FALSE(error.hint.empty());
  }
  EXPECT_EQ(error_of(reader, "{\"a\": \"\xff\"}").place.column, 8U);
  EXPECT_EQ(error_of(reader, "{\"a\": x}").place.column, 7U);
  EXPECT_TRUE(reader.read(R"({"a": 1})")) << "the reader works after errors";
}

TEST(JsonRows, SaysThatANumberIsTooLarge) {
  JsonRowsReader reader(std::make_shared<Schema>(Schema{{{"a", Type::kNumber}}}), {});
  const Error error = error_of(reader, R"({"rows": [{"a": 1}, {"a": 1e400}]})");
  EXPECT_EQ(error.message, "not JSON: the number 1e400 is too large for a double");
  EXPECT_EQ(error.place.field, "a");
  EXPECT_EQ(error.place.column, 31U);
}

TEST(JsonRows, SaysWhereItIsTooDeep) {
  JsonRowsReader reader(std::make_shared<Schema>(Schema{{{"a", Type::kText}}}), {});
  const auto nested = [](size_t levels) {
    return cat(R"({"a": )", std::string(levels - 1, '['), "1", std::string(levels - 1, ']'), "}");
  };
  EXPECT_EQ(error_of(reader, nested(16)).code, Code::kSchemaMismatch);
  for (const std::string& text : {nested(17), nested(100'000), std::string(1'000'000, '[')}) {
    const Error error = error_of(reader, text);
    EXPECT_EQ(error.message, "the JSON is more than 16 levels deep") << text.substr(0, 30);
    EXPECT_EQ(error.place.column, text[0] == '[' ? 17U : 22U) << text.substr(0, 30);
  }
  EXPECT_TRUE(reader.read(cat(R"({"a": "\"\\)", std::string(100, '['), "\"}")));
  const Error large = error_of(reader, cat(R"({"a": ")", std::string(100'000, '['), "\",}"));
  EXPECT_EQ(large.message, "not JSON: a comma, a brace or a value is missing or too much");
}

TEST(JsonRows, HoldsItsLimits) {
  JsonRowsReader reader(std::make_shared<Schema>(Schema{{{"a", Type::kNumber}}}),
                        {.max_rows = 2, .max_bytes = 100, .max_depth = 4});
  EXPECT_EQ(error_of(reader, R"({"rows": [{"a":1},{"a":1},{"a":1}]})").code,
            Code::kResourceExhausted);
  EXPECT_EQ(error_of(reader, std::string(101, ' ')).code, Code::kResourceExhausted);
  EXPECT_EQ(error_of(reader, R"({"a": [[[[1]]]]})").code, Code::kCorruptData);
  EXPECT_TRUE(reader.read(R"({"rows": [{"a":1},{"a":1}]})"));
}

TEST(JsonRows, GivesBackTheMemoryOfALargeRequest) {
  JsonRowsReader reader(std::make_shared<Schema>(Schema{{{"a", Type::kText}}}), {});
  const std::string large = R"({"a": ")" + std::string(3 << 20, 'x') + R"("})";
  EXPECT_TRUE(reader.read(large));
  const auto rows = reader.read(R"({"a": "y"})");
  ASSERT_TRUE(rows);
  EXPECT_EQ(row_text(rows->table, 0), "y");
  EXPECT_TRUE(reader.read(large));
}

// Random edits of valid requests: an answer or an error, never a crash; run under ASan by CI.
TEST(JsonRows, SurvivesRandomEdits) {
  JsonRowsReader reader(all_types(), {});
  const std::string rows = "{\"rows\": [" + std::string(kRow) + "," + std::string(kRow) + "]}";
  const std::string pieces = "{}[]\":,0-9.eE\\u\xff\x00nullrows tf"s;
  std::mt19937_64 random(7);
  size_t good = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? std::string(kRow) : rows;
    for (uint64_t edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = pieces[random() % pieces.size()];
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 12));
          break;
        default:
          text.insert(at, 1, pieces[random() % pieces.size()]);
          break;
      }
      if (text.empty()) text = "{";
    }
    auto read = reader.read(text);
    if (!read) {
      EXPECT_FALSE(read.error().message.empty());
      continue;
    }
    ++good;
    for (size_t r = 0; r < read->table.num_rows; ++r) row_text(read->table, r);
  }
  EXPECT_GT(good, 0U);
}

}  // namespace
}  // namespace skymill
