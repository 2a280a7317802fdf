// One corpus, two readers: training reads files through the engine, prediction through format.
// Under the schema that the engine settles, both must give the same values.
#include "engine/engine_testing.h"
#include "format/format.h"
#include "store/stores.h"

namespace skymill {
namespace {

struct Example {
  const char* name;
  std::string_view text;
};

constexpr Example kExamples[] = {
    {"numbers.csv", "a,b,c\n1,2.5,-7\n-0,1e-3,9007199254740993\n+5, 4.25 ,0\n007,.5,1\n"},
    {"digits.csv", "v\n0.1\n123456789.123456789\n1e22\n1e23\n4.9e-324\n2.2250738585072014e-308\n"},
    {"missing.csv", "a,b\n1,NA\n\"\",\"NA\"\n3,\"x, y\"\n,\n"},
    {"quotes.csv", "a,b\n1,\"say \"\"hi\"\"\"\n2,\"two\nlines\"\n3,it's\n"},
    {"blank.csv", "a,b\n1,x\n\n2,y\n\n"},
    {"single.csv", "a\n1\n\n3\n"},
    {"crlf.csv", "a,b\r\n1,x\r\n2,\"y\r\nz\"\r\n"},
    {"mixed.csv", "a,b\r\n1,x\n2,y\r\n3,z\n"},
    {"mark.csv",
     "\xEF\xBB\xBF"
     "a,b\n1,ä\n2,\"日本\"\n"},
    {"times.csv",
     "d,t,f\n2024-02-29,2024-02-29 01:02:03,true\n1969-12-31,1969-12-31T23:59:59.5Z,FALSE\n"
     "0001-01-01,2024-01-01 00:00:00+02:00,true\n"},
    {"last.csv", "a,b\n1,x\n2,y"},
    {"tabs.tsv", "a\tb\n1\tx y\n2\t\"t\tt\"\n"},
    {"lines.jsonl", "{\"a\":1,\"b\":\"x\",\"c\":0.1}\n{\"a\":null,\"b\":\"y\\nz\",\"c\":2}\n"},
    {"array.json", "[{\"a\":true,\"d\":\"2024-01-02\"},\n{\"a\":false,\"d\":\"2023-12-31\"}]"},
};

class EqualReaders : public testing::TestWithParam<Example> {};

void expect_equal_rows(const std::string& path) {
  const auto engine = open_test_engine();
  const auto schema = engine->attach("t", {.uri = path});
  ASSERT_TRUE(schema) << schema.error().text();
  const auto expected = query_rows(*engine, "SELECT * FROM t");
  ASSERT_TRUE(expected) << expected.error().text();

  const auto format = format_for(path, "");
  ASSERT_TRUE(format);
  const auto location = locate(path);
  ASSERT_TRUE(location);
  const ReadOptions options{.schema = *schema, .delimiter = path.ends_with(".tsv") ? '\t' : ','};
  auto stream = (*format)->open(*location, options);
  ASSERT_TRUE(stream) << stream.error().text();
  const auto rows = drain_rows(**stream);
  ASSERT_TRUE(rows) << rows.error().text();
  EXPECT_EQ(*rows, *expected) << schema_text(*schema);
}

TEST_P(EqualReaders, GiveEqualValues) {
  const TestFolder folder;
  expect_equal_rows(folder.write(GetParam().name, GetParam().text));
}

TEST(EqualReadersOfData, GiveEqualValues) {
  expect_equal_rows(SKYMILL_SOURCE_DIR "/data/yrbss.csv");
}

INSTANTIATE_TEST_SUITE_P(Corpus, EqualReaders, testing::ValuesIn(kExamples), [](const auto& info) {
  std::string name = info.param.name;
  return name.substr(0, name.find('.'));
});

}  // namespace
}  // namespace skymill
