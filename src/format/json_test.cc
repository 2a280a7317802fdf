#include "format/json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "base/text.h"
#include "format/format_testing.h"

namespace skymill {
namespace {

using std::string_literals::operator""s;

const ReadOptions kOptions = {.schema = {{{"a", Type::kInteger}, {"b", Type::kText}}}};
constexpr const char* kInput = "memory://format-test/input";

std::string read(std::string_view bytes, const ReadOptions& options = kOptions) {
  return read_all(open_json, bytes, options);
}

Error error_of(std::string_view bytes, const ReadOptions& options = kOptions) {
  return read_error(open_json, bytes, options);
}

TEST(JsonReader, ReadsOneObjectALine) {
  EXPECT_EQ(
      read("{\"a\": 1, \"b\": \"x\"}\r\n\n  {\"b\":\"ö\\n\",\"a\":16.0,\"c\":[1]}\n{\"a\":null}"),
      "1|x\n16|ö\n\n-|-\n");
}

TEST(JsonReader, ReadsAnArrayOfObjects) {
  EXPECT_EQ(read(" [\n{\"a\": 1,\n \"b\": \"}],{\"}, {\"a\": 2, \"b\": \"\\\"}\"} ]\n "),
            "1|}],{\n2|\"}\n");
  EXPECT_EQ(read("[]"), "");
}

TEST(JsonReader, KeepsOtherFieldsAsTextInFileOrder) {
  ReadOptions options = kOptions;
  options.keep_others = true;
  EXPECT_EQ(read("{\"z\": [1, {\"y\": null}], \"b\": \"x\", \"a\": 1}\n"
                 "{\"a\": 2, \"b\": null, \"z\": 1.5, \"w\": true}\n{\"z\": 9007199254740993}\n",
                 options),
            "[1,{\"y\":null}]|x|1|-\n1.5|-|2|true\n9007199254740993|-|-|-\n");
}

TEST(JsonReader, RefusesAFieldThatComesLateWhenOthersAreKept) {
  ReadOptions options = kOptions;
  options.keep_others = true;
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += "{\"a\": 1, \"b\": \"x\"}\n";
  const Error error = error_of(bytes + "{\"a\": 1, \"late\": 2}\n", options);
  EXPECT_EQ(error.place, (Place{kInput, 1001, 1, "late"}));
  EXPECT_EQ(read(bytes + "{\"a\": 1, \"late\": 2}\n").substr(0, 4), "1|x\n");
}

TEST(JsonReader, SaysWhereAValueDoesNotFit) {
  const Error error = error_of("{\"a\": 1, \"b\": \"x\"}\n{\"a\": \"1\", \"b\": \"x\"}\n");
  EXPECT_EQ(error.code, Code::kSchemaMismatch);
  EXPECT_EQ(error.place, (Place{kInput, 2, 1, "a"}));
  EXPECT_EQ(error_of("[{\"a\": 1, \"b\": \"\"},\n  {\"a\": 1.5}]").place,
            (Place{kInput, 2, 3, "a"}));
}

TEST(JsonReader, SaysWhereItIsNotJson) {
  const Error error = error_of("{\"a\": 1, \"b\": \"x\"}\n  {\"a\": x}\n");
  EXPECT_EQ(error.code, Code::kCorruptData);
  EXPECT_EQ(error.place, (Place{kInput, 2, 9, ""}));
  for (const std::string& bytes :
       {std::string("{\"a\": 1"), std::string("{\"a\": 1} {\"a\": 2}"), std::string("1\n"),
        std::string("[1]"), std::string("[{\"a\": 1}"), std::string("[{\"a\": 1},"),
        std::string("[{\"a\": 1},]"), std::string("[{\"a\": 1} {\"a\": 2}]"),
        std::string("[{\"a\": 1}] x"), std::string("[{\"a\": \"]"), std::string("["),
        std::string("{\"a\": \"\xff\"}"), std::string("{\"b\": \"\", \"a\": 1, \"a\": 2}"),
        std::string("{\"b\": ") + std::string(100'000, '[') + "\n"}) {
    const Error failure = error_of(bytes);
    EXPECT_EQ(failure.code, Code::kCorruptData) << bytes.substr(0, 30) << failure.text();
    EXPECT_EQ(failure.place.line, 1U) << bytes.substr(0, 30);
  }
}

TEST(JsonReader, RefusesAnEmptyFile) {
  EXPECT_EQ(error_of("").message, "the file is empty");
  EXPECT_EQ(error_of("\n \n").code, Code::kCorruptData);
}

TEST(JsonReader, MissesColumnsThatNoRowHas) {
  const Error error = error_of("{\"A\": 1, \"b\": \"x\"}\n");
  EXPECT_EQ(error.code, Code::kSchemaMismatch);
  EXPECT_EQ(error.place.field, "a");
  EXPECT_EQ(error.hint, "did you mean 'A'?");
}

TEST(JsonReader, ReadsRowsAcrossPieces) {
  std::mt19937_64 random(5);
  std::string lines;
  std::string items = "[";
  std::string expected;
  for (int row = 0; row < 60'000; ++row) {
    const std::string text(random() % 60, "x{}[]"[random() % 5]);
    const std::string object = cat("{\"a\": ", row, ", \"b\": \"", text, "\\\"\"}");
    lines += object + (row % 2 == 0 ? "\r\n" : "\n");
    items += (row == 0 ? "" : ",\n") + object;
    expected += cat(row, "|", text, "\"\n");
  }
  EXPECT_EQ(read(lines), expected);
  EXPECT_EQ(read(items + "]"), expected);
}

// Quadratic in the blank lines of a piece, these took a minute.
TEST(JsonReader, PassesBlankLinesInLinearTime) {
  const auto start = std::chrono::steady_clock::now();
  const std::string blanks(300'000, '\n');
  const Error error =
      error_of("{\"a\": 1, \"b\": \"x\"}" + blanks + " \t\n{\"a\": \"1\"}" + blanks);
  EXPECT_EQ(error.place, (Place{kInput, 300'002, 1, "a"}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(JsonReader, RefusesARowOverTheLimit) {
  const Error error = error_of("{\"a\": 1, \"b\": \"" + std::string(70 << 20, 'x') + "\"}");
  EXPECT_EQ(error.code, Code::kResourceExhausted);
}

// Random edits of a file: rows or an error, never a crash; run under ASan by CI.
TEST(JsonReader, SurvivesRandomEdits) {
  const std::string lines =
      "{\"a\": 1, \"b\": \"x\\u00e9\"}\n{\"b\": null, \"a\": -2, \"c\": {\"d\": [1.5e3]}}\n";
  const std::string array = "[{\"a\": 1, \"b\": \"}\"},\n {\"a\": 2, \"b\": \"\\\\\"}]\n";
  const std::string pieces = "{}[]\":,\n\\\xff\0 1e"s;
  ReadOptions options = kOptions;
  options.keep_others = true;
  std::mt19937_64 random(13);
  size_t good = 0;
  for (int i = 0; i < 6000; ++i) {
    std::string bytes = i % 2 == 0 ? lines : array;
    for (uint64_t edits = 1 + random() % 3; edits > 0 && !bytes.empty(); --edits) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = pieces[random() % pieces.size()];
          break;
        case 1:
          bytes.erase(at, random() % 6);
          break;
        case 2:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 9));
          break;
        default:
          bytes.insert(at, 1, pieces[random() % pieces.size()]);
          break;
      }
    }
    auto stream = open_json(stored(bytes), options);
    const auto rows = stream ? drain(**stream) : Result<std::string>(stream.error());
    good += rows ? 1 : 0;
    if (!rows) {
      EXPECT_FALSE(rows.error().message.empty());
    }
  }
  EXPECT_GT(good, 100U);
}

TEST(JsonWriter, WritesOneObjectALine) {
  ColumnBuilder times(Type::kTimestamp);
  times.append_integer(1'500'000);
  times.append_missing();
  const Table table{
      std::make_shared<Schema>(
          Schema{{{"t\"x", Type::kText}, {"n", Type::kNumber}, {"s", Type::kTimestamp}}}),
      {text_column({"a\n\"", "\x01"}), number_column({0.1, std::nan("")}), times.finish()},
      2};
  EXPECT_EQ(written(create_json, table),
            "{\"t\\\"x\":\"a\\n\\\"\",\"n\":0.1,\"s\":\"1970-01-01T00:00:01.5\"}\n"
            "{\"t\\\"x\":\"\\u0001\",\"n\":null,\"s\":null}\n");
}

}  // namespace
}  // namespace skymill
