// CSV files as tables: every trap in which DuckDB's reader, asked plainly, gives wrong rows and no
// error.
#include <gtest/gtest.h>

#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CsvAttach : public testing::Test {
 protected:
  /// Writes the text, attaches it as t in a new engine, returns its schema or error.
  std::string attach(std::string_view text, const CsvDialect& dialect = {}) {
    return attach_file(folder_.write("data.csv", text), dialect);
  }
  std::string attach_file(const std::string& uri, const CsvDialect& dialect = {}) {
    engine_ = open_test_engine({.skip_bad_rows = skip_});
    return attach_text(*engine_, {.uri = uri, .dialect = dialect});
  }
  Error error(std::string_view text, const CsvDialect& dialect = {}) {
    engine_ = open_test_engine({.skip_bad_rows = skip_});
    return error_of(
        engine_->attach("t", {.uri = folder_.write("data.csv", text), .dialect = dialect}));
  }
  TextRows rows(const std::string& sql = "SELECT * FROM t") { return rows_or_error(*engine_, sql); }

  TestFolder folder_;
  bool skip_ = false;
  std::unique_ptr<Engine> engine_;
};

TEST_F(CsvAttach, ReadsTheExampleData) {
  const std::string schema = attach_file(SKYMILL_SOURCE_DIR "/data/yrbss.csv");
  EXPECT_THAT(schema, HasSubstr("age integer, gender text, grade text"));
  EXPECT_THAT(schema, HasSubstr("height number, weight number"));
  EXPECT_THAT(schema, HasSubstr("physically_active_7d integer"));
  EXPECT_THAT(rows("SELECT count(*), count(*) - count(height), count(*) - count(weight) FROM t"),
              ElementsAre("13583|1004|1004"));
  EXPECT_EQ(engine_->dialects().at(0).second, "delimiter ',', quote '\"', header, missing '' 'NA'");
  EXPECT_EQ(engine_->bad_row_count(), 0U);
}

TEST_F(CsvAttach, RefusesARaggedFileInsteadOfReadingOneColumn) {
  const Error ragged = error("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n");
  EXPECT_EQ(ragged.code, Code::kCorruptData);
  EXPECT_EQ(ragged.place.source, folder_.path("data.csv"));
  EXPECT_EQ(ragged.place.line, 3U);
  EXPECT_THAT(ragged.message, HasSubstr("too few fields"));
  EXPECT_THAT(ragged.message, HasSubstr("the first of 2 bad rows"));
  EXPECT_THAT(ragged.hint, HasSubstr("--bad-rows skip"));
}

TEST_F(CsvAttach, LeavesBadRowsOutWhenAskedTo) {
  skip_ = true;
  EXPECT_EQ(attach("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n"), "a integer, b integer, c integer");
  EXPECT_EQ(engine_->bad_row_count(), 0U);  // no run yet
  EXPECT_THAT(rows(), ElementsAre("1|2|3", "10|11|12"));
  EXPECT_THAT(rows(), ElementsAre("1|2|3", "10|11|12"));
  EXPECT_EQ(engine_->bad_row_count(), 2U);  // the same rows count once
  const auto bad = engine_->bad_rows();
  ASSERT_EQ(bad.size(), 2U);
  EXPECT_EQ(bad[0].line, 3U);
  EXPECT_EQ(bad[0].text, "4,5");
  EXPECT_EQ(bad[1].line, 4U);
  EXPECT_THAT(bad[1].reason, HasSubstr("too many fields"));
}

TEST_F(CsvAttach, RefusesAnUnclosedQuoteInsteadOfDroppingQuotes) {
  const Error quote = error("a,b\n1,\"ok\"\n2,\"unclosed\n3,x\n4,\"a\"b\"\n5,fine\n");
  EXPECT_EQ(quote.place.line, 3U);
  EXPECT_THAT(quote.message, HasSubstr("quote"));
}

TEST_F(CsvAttach, ReadsEveryKindOfLineEnd) {
  for (const char* text : {"a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y\r\n", "a,b\n1,x\n2,y"}) {
    EXPECT_EQ(attach(text), "a integer, b text");
    EXPECT_THAT(rows(), ElementsAre("1|x", "2|y")) << text;
  }
  attach("a,b\r\n1,\"x\nz\"\r\n2,y\r\n");
  EXPECT_THAT(rows(), ElementsAre("1|x\nz", "2|y"));
}

TEST_F(CsvAttach, ReadsMixedLineEnds) {
  EXPECT_EQ(attach("a,b\r\n1,x\n2,\"y\nq\"\r\n3,z\n"), "a integer, b text");
  EXPECT_THAT(rows(), ElementsAre("1|x", "2|y\nq", "3|z"));
  // DuckDB then cuts a long row silently, and an unclosed quote swallows lines.
  EXPECT_EQ(error("a,b\r\n1,x\n2,y,9\r\n").place.line, 3U);
  EXPECT_EQ(error("a,b\r\n1,x\n2,\"y\r\n3,z\n").place.line, 3U);
}

TEST_F(CsvAttach, ReadsFilesOfDifferentLineEndsTogether) {
  folder_.write("set/1.csv", "a,b\n1,x\n");
  folder_.write("set/2.csv", "a,b\r\n2,y\r\n");
  EXPECT_EQ(attach_file(folder_.path("set")), "a integer, b text");
  EXPECT_THAT(rows(), ElementsAre("1|x", "2|y"));
}

TEST_F(CsvAttach, SkipsAByteOrderMark) {
  EXPECT_EQ(attach("\xEF\xBB\xBF"
                   "a,b\n1,2\n"),
            "a integer, b integer");
  EXPECT_THAT(rows(), ElementsAre("1|2"));
}

TEST_F(CsvAttach, RefusesInfinityFromATooLargeNumber) {
  EXPECT_EQ(attach("a,b\n1,2.5\n2,1e400\n3,-1e400\n"), "a integer, b number");
  const Error too_large = error_of(query_rows(*engine_, "SELECT sum(b) FROM t"));
  EXPECT_EQ(too_large.place.line, 3U) << too_large.text();
  EXPECT_EQ(too_large.place.field, "b");
  EXPECT_EQ(too_large.place.source, folder_.path("data.csv"));
  EXPECT_THAT(too_large.message, HasSubstr("1e400"));
  EXPECT_THAT(too_large.message, HasSubstr("the first of 2"));
  EXPECT_THAT(rows("SELECT sum(a) FROM t"), ElementsAre("6"));  // the column is not used
}

TEST_F(CsvAttach, RefusesNanAndInfinityByName) {
  for (const char* text : {"b\n2.5\nnan\n", "b\n2.5\ninf\n", "b\n1\n-Infinity\n"}) {
    EXPECT_EQ(attach(text), "b number");
    EXPECT_THAT(rows()[0], HasSubstr("error: ")) << text;
  }
  EXPECT_EQ(attach("b\n2.5\nnan\n", {.null_texts = {"nan"}}), "b number");
  EXPECT_THAT(rows(), ElementsAre("2.5", "NULL"));
}

TEST_F(CsvAttach, LeavesRowsWithUnusableNumbersOutWhenAskedTo) {
  skip_ = true;
  attach("a,b\n1,2.5\n2,1e400\n3,4.5\n");
  EXPECT_THAT(rows(), ElementsAre("1|2.5", "3|4.5"));
  ASSERT_EQ(engine_->bad_rows().size(), 1U);
  EXPECT_EQ(engine_->bad_rows()[0].line, 3U);
  EXPECT_EQ(engine_->bad_rows()[0].column, "b");
  EXPECT_EQ(engine_->bad_row_count(), 1U);
}

TEST_F(CsvAttach, WidensTypesThatLateRowsDoNotFit) {
  std::string text = "id,v,w,d\n";
  for (int i = 0; i < 60'000; ++i) {
    text += std::to_string(i) + "," + (i == 55'000 ? "oops" : std::to_string(i)) + "," +
            (i == 59'000 ? "2.5" : "1") + "," +
            (i == 58'000 ? "2024-01-01 10:00:00" : "2024-01-01") + "\n";
  }
  EXPECT_EQ(attach(text), "id integer, v text, w number, d timestamp");
  // DuckDB alone rounds a late 2.5 in a column of integers to 3, and cuts the time off.
  EXPECT_THAT(rows("SELECT sum(w), max(d) FROM t"), ElementsAre("60001.5|2024-01-01T10:00:00"));
}

TEST_F(CsvAttach, FindsTheTypeOfAColumnWhoseValuesComeLate) {
  std::string text = "id,n,d,t,none\n";
  for (int i = 0; i < 40'000; ++i) {
    text += std::to_string(i) + (i < 39'000 ? ",,,,\n" : ",1.5,2024-02-03,x,\n");
  }
  EXPECT_EQ(attach(text), "id integer, n number, d date, t text, none text");
}

TEST_F(CsvAttach, RefusesACastErrorUnderAGivenSchemaOnlyWhenTheColumnIsUsed) {
  std::string text = "id,v\n";
  for (int i = 0; i < 60'000; ++i) {
    text += std::to_string(i) + "," + (i == 55'000 ? "oops" : std::to_string(i)) + "\n";
  }
  engine_ = open_test_engine();
  const DataSource source{.uri = folder_.write("late.csv", text),
                          .schema = Schema{{{"id", Type::kInteger}, {"v", Type::kNumber}}}};
  ASSERT_TRUE(engine_->attach("t", source));
  const Error cast = error_of(query_rows(*engine_, "SELECT sum(v) FROM t"));
  EXPECT_EQ(cast.place.line, 55'002U) << cast.text();
  EXPECT_EQ(cast.place.field, "v");
  EXPECT_THAT(cast.message, HasSubstr("oops"));
  EXPECT_THAT(rows("SELECT count(id) FROM t"), ElementsAre("60000"));
}

TEST_F(CsvAttach, RefusesAFractionUnderAGivenIntegerType) {
  engine_ = open_test_engine();
  const DataSource source{.uri = folder_.write("data.csv", "v\n1\n2.5\n"),
                          .schema = Schema{{{"v", Type::kInteger}}}};
  ASSERT_TRUE(engine_->attach("t", source));
  const Error fraction = error_of(query_rows(*engine_, "SELECT * FROM t"));
  EXPECT_EQ(fraction.place.line, 3U) << fraction.text();
  EXPECT_THAT(fraction.message, HasSubstr("2.5"));
}

TEST_F(CsvAttach, KeepsLargeIntegersExact) {
  EXPECT_EQ(attach("v\n9007199254740993\n-9223372036854775807\n"), "v integer");
  EXPECT_THAT(rows(), ElementsAre("9007199254740993", "-9223372036854775807"));
}

TEST_F(CsvAttach, RefusesEqualColumnNames) {
  const Error same = error("a,b,a\n1,2,3\n");
  EXPECT_EQ(same.code, Code::kSchemaMismatch);
  EXPECT_EQ(same.place.field, "a");
  EXPECT_THAT(same.message, HasSubstr("number 1 and 3"));
  EXPECT_THAT(error("a,A\n1,2\n").message, HasSubstr("differ only in case"));
}

TEST_F(CsvAttach, NamesColumnsWithoutAName) {
  EXPECT_EQ(attach(",b\n1,2\n"), "column0 integer, b integer");
  EXPECT_THAT(rows("SELECT column0 FROM t"), ElementsAre("1"));
}

TEST_F(CsvAttach, FindsTheDelimiterFromTheHeader) {
  EXPECT_EQ(attach("a;b\n1,5;2\n"), "a text, b integer");
  EXPECT_EQ(engine_->dialects().at(0).second, "delimiter ';', quote '\"', header, missing '' 'NA'");
  EXPECT_EQ(attach("a\tb\n1\t2\n"), "a integer, b integer");
  EXPECT_EQ(attach("a|b\n1|2\n"), "a integer, b integer");
  EXPECT_EQ(attach("\"x,y\";b\n1;2\n"), "x,y integer, b integer");
  EXPECT_EQ(attach("a\n1\n"), "a integer");
}

TEST_F(CsvAttach, RefusesOneColumnWhoseNameHoldsADelimiter) {
  const Error one = error("a;b\n1;2\n", {.delimiter = ','});
  EXPECT_EQ(one.code, Code::kCorruptData);
  EXPECT_THAT(one.hint, HasSubstr("--delimiter"));
}

TEST_F(CsvAttach, ComparesTheHeadersOfAllFiles) {
  folder_.write("set/1.csv", "a,b\n1,2\n");
  folder_.write("set/2.csv", "a;b\n3;4\n");
  EXPECT_THAT(attach_file(folder_.path("set")), HasSubstr("the header of"));
  folder_.write("set/2.csv", "a,c\n3,4\n");
  EXPECT_THAT(attach_file(folder_.path("set/*.csv")), HasSubstr("column 2 is 'c', not 'b'"));
  folder_.write("set/2.csv", "b,a\n3,4\n");
  EXPECT_THAT(attach_file(folder_.path("set")), HasSubstr("2.csv:1"));
  folder_.write("set/2.csv", "a,b\n3,4\n");
  EXPECT_EQ(attach_file(folder_.path("set")), "a integer, b integer");
  EXPECT_THAT(rows(), ElementsAre("1|2", "3|4"));
}

TEST_F(CsvAttach, SettlesTypesOverAllFiles) {
  folder_.write("set/1.csv", "a,b\n1,2\n");
  folder_.write("set/2.csv", "a,b\nx,2.5\n");
  EXPECT_EQ(attach_file(folder_.path("set")), "a text, b number");
  EXPECT_THAT(rows(), ElementsAre("1|2", "x|2.5"));
}

TEST_F(CsvAttach, TakesQuotedNullTextsForMissing) {
  // As our own reader does: some writers quote everything.
  EXPECT_EQ(attach("a,b\n1,\"NA\"\n\"\",NA\n3,x\n"), "a integer, b text");
  EXPECT_THAT(rows(), ElementsAre("1|NULL", "NULL|NULL", "3|x"));
}

TEST_F(CsvAttach, RefusesUtf16AndNulAndSaysSo) {
  using namespace std::string_view_literals;
  EXPECT_THAT(error("\xFF\xFE"
                    "a\0,\0b\0\n\0"sv)
                  .text(),
              HasSubstr("--encoding utf-16"));
  const Error nul = error("a,b\n1,x\0y\n"sv);
  EXPECT_EQ(nul.place.line, 2U);
  EXPECT_THAT(nul.message, HasSubstr("NUL"));
}

TEST_F(CsvAttach, ReadsANamedEncoding) {
  EXPECT_EQ(attach("a,b\n1,caf\xe9\n", {.encoding = "latin-1"}), "a integer, b text");
  EXPECT_THAT(rows("SELECT b FROM t"), ElementsAre("café"));
  using namespace std::string_view_literals;
  EXPECT_EQ(attach("\xFF\xFE"
                   "a\0,\0b\0\n\0001\0,\0002\0\n\0"sv,
                   {.encoding = "utf-16"}),
            "a integer, b integer");
}

TEST_F(CsvAttach, RefusesInvalidUtf8) {
  const Error encoding = error("a,b\n1,ok\n2,caf\xe9\n");
  EXPECT_EQ(encoding.place.line, 3U) << encoding.text();
  EXPECT_EQ(encoding.place.field, "b");
  EXPECT_THAT(encoding.message, HasSubstr("UTF-8"));
}

TEST_F(CsvAttach, LeavesInvalidUtf8OutWhicheverColumnsAreRead) {
  skip_ = true;  // DuckDB alone breaks down when the second column alone is read
  EXPECT_EQ(attach("a,b,c\n1,caf\xe9,x\n2,ok,y\n"), "a integer, b text, c text");
  for (const char* column : {"a", "b", "c", "*"}) {
    EXPECT_EQ(rows(std::string("SELECT ") + column + " FROM t").size(), 1U) << column;
  }
  EXPECT_THAT(rows("SELECT count(*) FROM t"), ElementsAre("1"));
  ASSERT_EQ(engine_->bad_rows().size(), 1U);
  EXPECT_EQ(engine_->bad_rows()[0].line, 2U);
  EXPECT_EQ(engine_->bad_rows()[0].column, "b");
}

TEST_F(CsvAttach, CountsARowOfSeveralUnusableValuesOnce) {
  skip_ = true;
  EXPECT_EQ(attach("a,b\n1.5,2.5\n1e400,-1e400\n2.5,1e400\n"), "a number, b number");
  EXPECT_THAT(rows(), ElementsAre("1.5|2.5"));
  EXPECT_EQ(engine_->bad_row_count(), 2U);
  EXPECT_EQ(engine_->bad_rows().size(), 2U);
}

TEST_F(CsvAttach, RefusesAnEmptyFileAndReadsAHeaderAlone) {
  EXPECT_THAT(error("").message, HasSubstr("is empty"));
  EXPECT_THAT(error("").hint, HasSubstr("a header"));
  EXPECT_THAT(error("\n\n").message, HasSubstr("holds no text"));
  EXPECT_EQ(attach("a,b,c\n"), "a text, b text, c text");
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_EQ(attach("a,b,c"), "a text, b text, c text");
}

TEST_F(CsvAttach, RefusesAFileWithoutAHeader) {
  EXPECT_THAT(error("1,2\n3,4\n").message, HasSubstr("only numbers"));
}

TEST_F(CsvAttach, KeepsTextFilesHeaderAndLinesThatLookLikeComments) {
  EXPECT_EQ(attach("name,city\nAnn,Rome\n#Bob,Oslo\n"), "name text, city text");
  EXPECT_THAT(rows(), ElementsAre("Ann|Rome", "#Bob|Oslo"));
  // Leading lines are not skipped: a title makes the file ragged.
  EXPECT_EQ(error("title\n\na,b\n1,2\n").place.line, 3U);
}

TEST_F(CsvAttach, CountsPhysicalLinesInErrors) {
  // DuckDB counts records: the bad row is record 4 but line 6.
  const Error late = error("a,b\n1,\"x\ny\nz\"\n2,w\n3\n");
  EXPECT_EQ(late.place.line, 6U);
}

TEST_F(CsvAttach, FindsTheRightLineInAFileReadInParts) {
  std::string text = "a,b\n";
  for (int i = 0; i < 1'000'000; ++i) text += "12345,\"line\n" + std::to_string(i) + "\"\n";
  text += "1,2,3\n";
  EXPECT_EQ(error(text).place.line, 2'000'002U);
}

TEST_F(CsvAttach, SettlesDatesTimesAndBooleansStrictly) {
  EXPECT_EQ(attach("d,t,b,e\n2024-01-02,2024-01-02 03:04:05,true,01/02/2024\n"
                   "2024-12-31,2024-01-02T03:04:05+02:00,FALSE,03/04/2024\n"),
            "d date, t timestamp, b boolean, e text");
  EXPECT_THAT(rows(), ElementsAre("2024-01-02|2024-01-02T03:04:05|true|01/02/2024",
                                  "2024-12-31|2024-01-02T01:04:05|false|03/04/2024"));
}

TEST_F(CsvAttach, ChecksAGivenSchema) {
  engine_ = open_test_engine();
  const std::string path = folder_.write("data.csv", "a,b\n1,2\n");
  const Schema other{{{"a", Type::kInteger}, {"c", Type::kInteger}}};
  EXPECT_THAT(attach_text(*engine_, {.uri = path, .schema = other}), HasSubstr("no column 'c'"));
  const Schema swapped{{{"b", Type::kText}, {"a", Type::kFloat}}};
  EXPECT_EQ(attach_text(*engine_, {.uri = path, .schema = swapped}), "b text, a float");
  EXPECT_THAT(rows(), ElementsAre("2|1"));
}

TEST_F(CsvAttach, RefusesWhatIsNoFile) {
  EXPECT_THAT(attach_file(folder_.path("none.csv")), HasSubstr("none.csv"));
  std::filesystem::create_directories(folder_.path("hollow"));
  EXPECT_THAT(attach_file(folder_.path("hollow")), HasSubstr("no data file"));
  EXPECT_THAT(attach_file(folder_.path("*.csv")), HasSubstr("no data file"));
  EXPECT_THAT(attach_file("/dev/null"), HasSubstr("error: "));
  EXPECT_THAT(attach_file(folder_.write("data.xyz", "a\n1\n")), HasSubstr("--format"));
}

}  // namespace
}  // namespace skymill
