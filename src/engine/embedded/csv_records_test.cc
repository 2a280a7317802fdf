#include "engine/embedded/csv_records.h"

#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::ElementsAre;

TEST(CsvRecords, CountsPhysicalLines) {
  CsvRecords records("a,b\n1,\"x\ny\"\n\n2,\"q\"\"q\"\r\n3,z", ',', '"');
  std::vector<uint64_t> lines;
  std::vector<std::string> last;
  while (records.next()) {
    lines.push_back(records.line());
    last.push_back(records.fields().back());
    EXPECT_FALSE(records.quoting_broken());
  }
  EXPECT_THAT(lines, ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(last, ElementsAre("b", "x\ny", "q\"q", "z"));
}

TEST(CsvRecords, SeesBrokenQuotes) {
  for (const char* text : {"\"a", "\"a\"b", "x,\"a\"b\"\n"}) {
    CsvRecords records(text, ',', '"');
    ASSERT_TRUE(records.next());
    EXPECT_TRUE(records.quoting_broken()) << text;
  }
}

TEST(CsvRecords, TellsMixedLineEnds) {
  EXPECT_FALSE(mixed_line_ends("a\nb\n"));
  EXPECT_FALSE(mixed_line_ends("a\r\nb\r\n"));
  EXPECT_TRUE(mixed_line_ends("a\r\nb\n"));
  EXPECT_FALSE(mixed_line_ends(""));
}

TEST(CsvRecords, FindsLinesOfOffsets) {
  EXPECT_THAT(lines_at("a\nb\nc\n", {0, 2, 4, 100}), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace skymill
