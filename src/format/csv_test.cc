#include "format/csv.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "format/format_testing.h"

namespace skymill {
namespace {

using std::string_literals::operator""s;

ReadOptions options_of(std::vector<Field> fields) { return {.schema = {std::move(fields)}}; }

const std::vector<Field> kIntegerAndText = {{"a", Type::kInteger}, {"b", Type::kText}};

std::string read(std::string_view bytes, const ReadOptions& options) {
  return read_all(open_csv, bytes, options);
}

Error error_of(std::string_view bytes, const ReadOptions& options) {
  return read_error(open_csv, bytes, options);
}

TEST(CsvReader, ReadsColumnsByNameInTheOrderOfTheSchema) {
  EXPECT_EQ(read("x,b,a\n9,two,2\n9,three,3\n", options_of(kIntegerAndText)), "2|two\n3|three\n");
}

TEST(CsvReader, KeepsOtherColumnsAsTextAndAllInFileOrder) {
  ReadOptions options = options_of({{"b", Type::kInteger}});
  options.keep_others = true;
  EXPECT_EQ(read("z,b,a\n1.50,02,x\n", options), "1.50|2|x\n");
  // NA may be a country there; what means missing is said of the columns that are asked for.
  EXPECT_EQ(read("z,b,a\nNA,NA,\n", options), "NA|-|-\n");
}

TEST(CsvReader, KeepsNewlineInsideQuotes) {
  EXPECT_EQ(read("a,b\n1,\"x\ny\"\r\n2,\"p\r\nq\"\n", options_of(kIntegerAndText)),
            "1|x\ny\n2|p\r\nq\n");
}

TEST(CsvReader, UndoublesQuotes) {
  EXPECT_EQ(read("a,b\n1,\"say \"\"hi\"\"\"\n2,\"\"\"\"\n3,x\"y\n", options_of(kIntegerAndText)),
            "1|say \"hi\"\n2|\"\n3|x\"y\n");
}

TEST(CsvReader, TakesBlanksAroundQuotes) {
  EXPECT_EQ(read("a,b\n1, \"x\" \n2, y \n", options_of(kIntegerAndText)), "1|x\n2| y \n");
}

TEST(CsvReader, TakesAnyMixtureOfLineEnds) {
  EXPECT_EQ(read("a,b\r\n1,x\n2,y\r\n3,z", options_of(kIntegerAndText)), "1|x\n2|y\n3|z\n");
}

TEST(CsvReader, SkipsAByteOrderMark) {
  EXPECT_EQ(read("\xEF\xBB\xBF\"a\",b\n1,x\n", options_of(kIntegerAndText)), "1|x\n");
  EXPECT_EQ(error_of(std::string("\xFF\xFE"
                                 "a\0",
                                 4),
                     options_of(kIntegerAndText))
                .message,
            "the file is UTF-16");
}

TEST(CsvReader, TakesNullTextsForMissingAlsoInQuotes) {
  EXPECT_EQ(read("a,b\nNA,\"NA\"\n,\"\"\n1,na\n", options_of(kIntegerAndText)), "-|-\n-|-\n1|na\n");
  ReadOptions options = options_of(kIntegerAndText);
  options.null_texts = {"?"};
  EXPECT_EQ(read("a,b\n?,NA\n1,\n", options), "-|NA\n1|\n");
}

TEST(CsvReader, SkipsBlankLinesUnlessTheyAreARow) {
  EXPECT_EQ(read("a,b\n\n1,x\r\n\r\n\n2,y\n\n", options_of(kIntegerAndText)), "1|x\n2|y\n");
  EXPECT_EQ(read("a\n1\n\n3\n", options_of({{"a", Type::kInteger}})), "1\n-\n3\n");
}

TEST(CsvReader, ReadsAHeaderAlone) {
  EXPECT_EQ(read("a,b\n", options_of(kIntegerAndText)), "");
  EXPECT_EQ(read("a,b", options_of(kIntegerAndText)), "");
}

TEST(CsvReader, UsesTheDialect) {
  ReadOptions options = options_of(kIntegerAndText);
  options.delimiter = ';';
  options.quote = '\'';
  EXPECT_EQ(read("a;b\n1;'x;''y,\"'\n", options), "1|x;'y,\"\n");
  options.quote = 0;
  EXPECT_EQ(read("a;b\n1;\"x\n", options), "1|\"x\n");
  options.quote = ';';
  EXPECT_EQ(error_of("a;b\n", options).code, Code::kInvalidArgument);
}

TEST(CsvReader, ReadsTabsByTheSuffix) {
  auto location = *locate("memory://csv-test/x.tsv");
  ASSERT_TRUE(write_object(*location.store, location.key, "a\tb\n1\tx,y\n"));
  auto stream = open_csv(location, options_of(kIntegerAndText));
  ASSERT_TRUE(stream);
  EXPECT_EQ(*drain(**stream), "1|x,y\n");
}

TEST(CsvReader, RefusesNulBytes) {
  const std::string bytes("a,b\n1,x\0y\n", 10);
  EXPECT_EQ(error_of(bytes, options_of(kIntegerAndText)).place,
            (Place{"memory://format-test/input", 2, 3, "b"}));
  EXPECT_EQ(error_of(std::string("a,b\n1\0,x\n", 9), options_of(kIntegerAndText)).place,
            (Place{"memory://format-test/input", 2, 1, "a"}));
}

TEST(CsvReader, SaysWhereAValueDoesNotFit) {
  const Error error = error_of("b,a\n\"x\ny\",1\n\"u\nv\",16.5\n", options_of(kIntegerAndText));
  EXPECT_EQ(error.code, Code::kSchemaMismatch);
  EXPECT_EQ(error.place, (Place{"memory://format-test/input", 5, 4, "a"}));
  EXPECT_EQ(error.message, "'16.5' has a fraction, but the column holds integers");
  const Error doubled = error_of("b,a\n\"x\"\"\n\"\"y\",z\n", options_of(kIntegerAndText));
  EXPECT_EQ(doubled.place, (Place{"memory://format-test/input", 3, 6, "a"}));
}

TEST(CsvReader, SaysWhereARowIsRagged) {
  const Error few = error_of("a,b\n1,x\n2\n", options_of(kIntegerAndText));
  EXPECT_EQ(few.code, Code::kCorruptData);
  EXPECT_EQ(few.place, (Place{"memory://format-test/input", 3, 2, "b"}));
  EXPECT_EQ(few.message, "the row has 1 field, but the header has 2");
  const Error many = error_of("a,b\n1,x,\n", options_of(kIntegerAndText));
  EXPECT_EQ(many.place, (Place{"memory://format-test/input", 2, 5, ""}));
}

TEST(CsvReader, SaysWhereAQuoteOpensThatNeverCloses) {
  const Error error = error_of("a,b\n1,x\n2,\"y\n3,z\n", options_of(kIntegerAndText));
  EXPECT_EQ(error.code, Code::kCorruptData);
  EXPECT_EQ(error.place, (Place{"memory://format-test/input", 3, 3, ""}));
  const std::string large = "a,b\n1,x\n2,\"y\n" + std::string(70 << 20, 'x');
  EXPECT_EQ(error_of(large, options_of(kIntegerAndText)).place.line, 3U);
}

TEST(CsvReader, RefusesTextAfterAClosingQuote) {
  const Error error = error_of("a,b\n1,\"x\"y\n", options_of(kIntegerAndText));
  EXPECT_EQ(error.place, (Place{"memory://format-test/input", 2, 6, ""}));
}

TEST(CsvReader, RefusesALoneCarriageReturn) {
  EXPECT_EQ(error_of("a,b\n1\r,x\n", options_of(kIntegerAndText)).place.column, 2U);
  EXPECT_EQ(error_of("a,b\r1,x\r", options_of(kIntegerAndText)).code, Code::kCorruptData);
}

TEST(CsvReader, RefusesInvalidUtf8WhereItIsUsed) {
  const std::string bytes = "a,b,c\n1,x\xff,\xfe\n";
  EXPECT_EQ(error_of(bytes, options_of(kIntegerAndText)).place,
            (Place{"memory://format-test/input", 2, 3, "b"}));
  EXPECT_EQ(read(bytes, options_of({{"a", Type::kInteger}})), "1\n");
  EXPECT_EQ(error_of("a,\xff\n", options_of({{"a", Type::kInteger}})).place.line, 1U);
}

TEST(CsvReader, RefusesAFileWithoutAHeader) {
  EXPECT_EQ(error_of("", options_of(kIntegerAndText)).place.line, 1U);
  EXPECT_EQ(error_of("\n\na,b\n", options_of(kIntegerAndText)).code, Code::kCorruptData);
}

TEST(CsvReader, ComparesTheHeaderByName) {
  const Error missing = error_of("aa,b\n", options_of(kIntegerAndText));
  EXPECT_EQ(missing.code, Code::kSchemaMismatch);
  EXPECT_EQ(missing.place.field, "a");
  EXPECT_EQ(missing.hint, "did you mean 'aa'?");
  const Error twice = error_of("a,b,a\n", options_of(kIntegerAndText));
  EXPECT_EQ(twice.code, Code::kCorruptData);
  EXPECT_EQ(twice.place.column, 5U);
  const Error delimiter = error_of("a;b\n1;x\n", options_of(kIntegerAndText));
  EXPECT_NE(delimiter.hint.find("';'"), std::string::npos);
  const Error tab = error_of("a\tb\n1\tx\n", options_of(kIntegerAndText));
  EXPECT_EQ(tab.hint, "the delimiter seems to be 'tab'; name it with --delimiter");
}

TEST(CsvReader, RefusesFieldsOverTheLimit) {
  const std::string field((16 << 20) + 1, 'x');
  EXPECT_EQ(error_of("a,b\n1," + field + "\n", options_of(kIntegerAndText)).code,
            Code::kResourceExhausted);
  EXPECT_EQ(error_of("a,b\n1,\"" + field + "\"\n", options_of(kIntegerAndText)).code,
            Code::kResourceExhausted);
  EXPECT_EQ(error_of(std::string(200'000, ','), options_of(kIntegerAndText)).code,
            Code::kResourceExhausted);
}

// Rows of every length around the size of a piece, so that every state meets a piece's end.
TEST(CsvReader, ReadsRowsAcrossPieces) {
  std::mt19937_64 random(3);
  for (const size_t start : {(1U << 20) - 40U, (1U << 20) - 3U, (1U << 20) - 1U}) {
    std::string bytes = "a,b\n1," + std::string(start - 8, 'f') + "\r\n";
    std::string expected = "1|" + std::string(start - 8, 'f') + "\n";
    for (int row = 0; row < 40'000; ++row) {
      const std::string text(random() % 40, "ax\n\",öä"[random() % 4]);
      std::string written;
      for (const char c : text) written += c == '"' ? "\"\"" : std::string(1, c);
      bytes += cat(row, ",\"", written, "\"", row % 2 == 0 ? "\r\n" : "\n");
      expected += cat(row, "|", text.empty() ? "-" : text, "\n");
    }
    EXPECT_EQ(read(bytes, options_of(kIntegerAndText)), expected);
  }
}

TEST(CsvReader, DeliversBatches) {
  ReadOptions options = options_of({{"a", Type::kInteger}});
  options.batch_rows = 2;
  auto location = stored("a\n1\n2\n3\n4\n5\n");
  auto stream = open_csv(location, options);
  ASSERT_TRUE(stream);
  std::vector<size_t> sizes;
  for (auto table = (*stream)->next(); table && *table; table = (*stream)->next()) {
    sizes.push_back((**table).num_rows);
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{2, 2, 1}));
}

// Random edits of a file: rows or an error with a line, never a crash; run under ASan by CI.
TEST(CsvReader, SurvivesRandomEdits) {
  const std::string good =
      "a,b,c,d\r\n1,x,2.5,true\n-2,\"y\n\"\"z\"\"\",1e3,f\r\n\n3, \"q\" ,NA,\n4,größe,.5,no\n";
  const std::string pieces = "\",\n\r\0\xff\xc3 x1NA"s;
  ReadOptions options = options_of(
      {{"a", Type::kInteger}, {"b", Type::kText}, {"c", Type::kNumber}, {"d", Type::kBoolean}});
  options.keep_others = true;
  std::mt19937_64 random(11);
  size_t read_whole = 0;
  for (int i = 0; i < 8000; ++i) {
    std::string bytes = good;
    for (uint64_t edits = 1 + random() % 4; edits > 0 && !bytes.empty(); --edits) {
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
    auto stream = open_csv(stored(bytes), options);
    const auto rows = stream ? drain(**stream) : Result<std::string>(stream.error());
    read_whole += rows ? 1 : 0;
    if (!rows) {
      EXPECT_NE(rows.error().place.line, 0U) << rows.error().text();
      EXPECT_LE(rows.error().place.line, 12U);
    }
  }
  EXPECT_GT(read_whole, 100U);
}

TEST(CsvWriter, QuotesOnlyWhereNeeded) {
  const Table table{std::make_shared<Schema>(Schema{{{"a", Type::kText}, {"n,1", Type::kNumber}}}),
                    {text_column({"plain", "x,y", "q\"q", "l\nl", "", " s "}),
                     number_column({0.1, 1, 1e300, std::nan(""), -0.0, 12345678})},
                    6};
  EXPECT_EQ(written(create_csv, table),
            "a,\"n,1\"\nplain,0.1\n\"x,y\",1\n\"q\"\"q\",1e+300\n\"l\nl\",\n\"\",-0\n"
            " s ,12345678\n");
}

TEST(CsvWriter, WritesAMissingValueOfASingleColumnAsARow) {
  const Table table{std::make_shared<Schema>(Schema{{{"a", Type::kNumber}}}),
                    {number_column({1, std::nan("")})},
                    2};
  EXPECT_EQ(written(create_csv, table), "a\n1\n\"\"\n");
}

TEST(CsvWriter, LeavesNothingWithoutFinish) {
  const auto location = *locate("memory://csv-test/unfinished");
  {
    auto writer = create_csv(location, std::make_shared<Schema>(Schema{{{"a", Type::kText}}}));
    ASSERT_TRUE(writer);
  }
  EXPECT_EQ(location.store->stat(location.key).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace skymill
