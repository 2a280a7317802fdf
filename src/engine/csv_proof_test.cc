// Types that the fast proof settles are those that DuckDB's reading settles. A file said to be
// latin-1 goes the second way; for ASCII text both must give the same table.
#include <gtest/gtest.h>

#include "base/base_testing.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::HasSubstr;

/// What a file becomes: schema and a digest of the rows, or "error".
std::string table_of(const std::string& path, const CsvDialect& dialect) {
  const auto engine = open_test_engine();
  const std::string schema = attach_text(*engine, {.uri = path, .dialect = dialect});
  if (schema.starts_with("error: ")) return "error";
  const TextRows rows = rows_or_error(*engine, "SELECT * FROM t");
  if (!rows.empty() && rows.front().starts_with("error: ")) return "error";
  return cat(schema, "\n", join(rows, "\n"));
}

/// Writes the text, reads it both ways and compares; the table.
std::string both_ways(const TestFolder& folder, const std::string& text) {
  const std::string path = folder.write("data.csv", text);
  std::string quick = table_of(path, {});
  EXPECT_EQ(quick, table_of(path, {.encoding = "latin-1"})) << text.substr(0, 2000);
  return quick;
}

/// Texts of a kind: most of a column's values are of one, few of another.
const std::vector<std::vector<std::string>> kPools = {
    {"1", "-2", "0", "17", "123456789012345678"},
    {"2.5", "-0.25", "1e-5", "3.0", "12", "-7.125e+10", "0.1"},
    {"2026-01-02", "1999-12-31"},
    {"2026-01-02 03:04:05", "2026-01-02T03:04:05.25", "2026-01-02"},
    {"true", "false", "TRUE"},
    {"red", "\"blue, dark\"", "\"two\nlines\"", "\"a \"\"quoted\"\" word\"", "green tea"},
    {"\"1\"", "\"2\"", "\"-3\""},
    {"", "NA", "\"\"", "\"NA\""},
    {"2.0",
     "007",
     "+5",
     ".5",
     "5.",
     " 1",
     "1 ",
     "-",
     "--1",
     "1-2",
     "1.2.3",
     "9223372036854775807",
     "9223372036854775808",
     "99999999999999999999999999999999999",
     "1e400",
     "1e38",
     "1E5",
     "nan",
     "inf",
     "0x10",
     "1_000",
     "t",
     "2026-13-01",
     "0000-01-01",
     "2026-1-2",
     "2026-01-02 25:00:00",
     "2026-01-02T03:04:05Z",
     "abc",
     "-0"},
    {"5\" pipe", "\"a\"b", "\"open", "a\"b\"", "\"a\" ", " \"a\""},
};

TEST(CsvProof, SettlesTheTypesThatReadingSettles) {
  const TestFolder folder;
  const uint64_t files = mutations(60);
  for (uint64_t seed = 0; seed < files; ++seed) {
    RandomStream random(seed, 1);
    const size_t columns = 1 + random.below(4);
    const std::string line_end = random.below(4) == 0 ? "\r\n" : "\n";
    std::vector<size_t> kinds;
    std::string text;
    for (size_t i = 0; i < columns; ++i) {
      kinds.push_back(random.below(7));
      text += cat(i == 0 ? "" : ",", "c", i);
    }
    const uint64_t odd = 1 + random.below(400);  // one field in so many is of another kind
    const uint64_t rows = random.below(60);
    for (uint64_t row = 0; row < rows; ++row) {
      text += line_end;
      for (size_t i = 0; i < columns; ++i) {
        const auto& pool = kPools[random.below(odd) == 0 ? random.below(kPools.size()) : kinds[i]];
        text += cat(i == 0 ? "" : ",", pool[random.below(pool.size())]);
      }
    }
    if (random.below(2) == 0) text += line_end;
    both_ways(folder, text);
  }
}

/// More rows than the guess looks at, of numbers 0, 1, 2, …
std::string many_rows(const std::string& last) {
  std::string text = "a,b\n";
  for (int i = 0; i < 21000; ++i) text += cat(i, ",x\n");
  return text + last;
}

TEST(CsvProof, WidensAColumnThatChangesLate) {
  const TestFolder folder;
  EXPECT_THAT(both_ways(folder, many_rows("7,x\n")), HasSubstr("a integer"));
  EXPECT_THAT(both_ways(folder, many_rows("2.5,x\n")), HasSubstr("a number"));
  EXPECT_THAT(both_ways(folder, many_rows("2.0,x\n")), HasSubstr("a integer"));
  EXPECT_THAT(both_ways(folder, many_rows("2.0,x\n2.5,x\n1e3,x\n")), HasSubstr("a number"));
  EXPECT_THAT(both_ways(folder, many_rows("12345678901234567.5,x\n")), HasSubstr("a integer"));
  EXPECT_THAT(both_ways(folder, many_rows("many,x\n")), HasSubstr("a text"));
}

TEST(CsvProof, HoldsAcrossThePiecesOfALargeFile) {
  const TestFolder folder;
  // Quoted fields with delimiters and line ends in them stand where pieces of 4 MiB begin.
  std::string text = "a,b,c\n";
  const std::string comment = cat("\"", std::string(300, ','), "\n", std::string(500, '\n'), "\"");
  for (int i = 0; text.size() < (9U << 20); ++i) text += cat(i, ",", comment, ",0.5\n");
  EXPECT_THAT(both_ways(folder, text).substr(0, 40), HasSubstr("a integer, b text, c number"));
  EXPECT_EQ(both_ways(folder, text + "1,x\n"), "error");
  EXPECT_THAT(both_ways(folder, text + "z,y,1").substr(0, 40),
              HasSubstr("a text, b text, c number"));
}

TEST(CsvProof, LeavesOddTextsToTheReader) {
  const TestFolder folder;
  for (const char* text :
       {"a\r1\r2\r", "a,b\n1,2\n\n3,4\n", "a,b\n1,2\n\n", "a,b\n1,2\r", "a\n\n1\n",
        "a,b\n1,\"2\"x\n", "a,b\n", "a,b", "a,b\n1,2\x01\n", "\"a\nb\",c\n1,2\n"}) {
    both_ways(folder, text);
  }
  // Mixed line ends are read leniently where the text can be checked first, which latin-1 cannot.
  EXPECT_EQ(table_of(folder.write("mixed.csv", "a,b\r\n1,2\n"), {}), "a integer, b integer\n1|2");
}

}  // namespace
}  // namespace skymill
