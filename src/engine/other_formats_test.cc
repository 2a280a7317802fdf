// JSON and Parquet files as tables.
#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class JsonAttach : public testing::Test {
 protected:
  std::string attach(std::string_view text, const std::string& name = "data.jsonl") {
    engine_ = open_test_engine();
    return attach_text(*engine_, {.uri = folder_.write(name, text)});
  }
  TextRows rows() { return rows_or_error(*engine_, "SELECT * FROM t"); }

  TestFolder folder_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(JsonAttach, ReadsAnObjectALine) {
  EXPECT_EQ(attach("{\"a\":1,\"b\":\"x\",\"c\":1.5,\"d\":\"2024-01-02\"}\n"
                   "{\"a\":null,\"b\":\"y\",\"e\":{\"z\":1},\"f\":true}\n"),
            "a integer, b text, c number, d date, e text, f boolean");
  EXPECT_THAT(rows(),
              ElementsAre("1|x|1.5|2024-01-02|NULL|NULL", "NULL|y|NULL|NULL|{\"z\":1}|true"));
}

TEST_F(JsonAttach, ReadsAnArrayOfObjects) {
  EXPECT_EQ(attach("[{\"a\":1},\n {\"a\":2.5}]", "data.json"), "a number");
  EXPECT_THAT(rows(), ElementsAre("1", "2.5"));
}

TEST_F(JsonAttach, NamesTheLineThatIsMalformed) {
  engine_ = open_test_engine();
  const Error error = error_of(engine_->attach(
      "t", {.uri = folder_.write("bad.jsonl", "{\"a\":1}\n{\"a\":2,\n{\"a\":3}\n")}));
  EXPECT_EQ(error.code, Code::kCorruptData);
  EXPECT_EQ(error.place.source, folder_.path("bad.jsonl"));
  EXPECT_GE(error.place.line, 2U) << error.text();
  EXPECT_THAT(error.message, HasSubstr("malformed JSON"));
}

TEST_F(JsonAttach, RefusesKeysThatDifferOnlyInCase) {
  for (const char* text :
       {"{\"a\":1,\"A\":2}\n", "{\"A\":2}\n{\"a\":1}\n", "{\"b\":1}\n{\"a\":1,\"A\":2}\n"}) {
    EXPECT_THAT(attach(text), HasSubstr("differ only in case")) << text;
  }
  EXPECT_THAT(attach("[{\"a\":1,\"A\":2}]", "data.json"), HasSubstr("differ only in case"));
  EXPECT_EQ(attach("{\"a\":1,\"a_1\":2}\n"), "a integer, a_1 integer");
  EXPECT_THAT(rows(), ElementsAre("1|2"));
}

TEST_F(JsonAttach, RefusesNumbersTooLargeForADouble) {
  EXPECT_THAT(attach("{\"a\":1e400}\n{\"a\":2}\n"), HasSubstr("too large for a double"));
}

TEST_F(JsonAttach, RefusesAnEmptyFileOfAnyFormatByItsOwnHint) {
  engine_ = open_test_engine();
  for (const auto& [name, hint] :
       {std::pair("empty.jsonl", "write one object a line"),
        std::pair("empty.parquet", "check that it was written completely")}) {
    const Error error = error_of(engine_->attach("t", {.uri = folder_.write(name, "")}));
    EXPECT_EQ(error.code, Code::kCorruptData);
    EXPECT_THAT(error.message, HasSubstr("is empty"));
    EXPECT_EQ(error.hint, hint);
  }
}

TEST_F(JsonAttach, RefusesWhatIsNoObject) {
  EXPECT_THAT(attach("3\n"), HasSubstr("no JSON objects"));
  EXPECT_THAT(attach("   \n"), HasSubstr("no JSON objects"));
  EXPECT_THAT(attach("[1, 2]"), HasSubstr("error: "));
}

TEST_F(JsonAttach, ChecksAGivenSchema) {
  engine_ = open_test_engine();
  const std::string path = folder_.write("data.jsonl", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2.5}\n");
  EXPECT_THAT(
      attach_text(*engine_,
                  {.uri = path, .schema = Schema{{{"a", Type::kInteger}, {"b", Type::kText}}}}),
      HasSubstr("holds values of type number, not integer"));
  EXPECT_EQ(attach_text(*engine_,
                        {.uri = path, .schema = Schema{{{"b", Type::kText}, {"a", Type::kFloat}}}}),
            "b text, a float");
}

class ParquetAttach : public testing::Test {
 protected:
  TestFolder folder_;
};

TEST_F(ParquetAttach, RefusesWhatIsNoParquet) {
  const auto engine = open_test_engine();
  const Error error = error_of(
      engine->attach("t", {.uri = folder_.write("data.parquet", "a,b\n1,2\n and some more text")}));
  EXPECT_EQ(error.code, Code::kCorruptData) << error.text();
  EXPECT_EQ(error.place.source, folder_.path("data.parquet"));
}

TEST(DataFiles, RefusesSeveralFormatsInOneFolder) {
  const TestFolder folder;
  folder.write("a.csv", "a\n1\n");
  folder.write("b.json", "{\"a\":1}\n");
  const auto engine = open_test_engine();
  EXPECT_THAT(attach_text(*engine, {.uri = folder.path("")}), HasSubstr("another format"));
}

TEST(DataFiles, SkipsHiddenFilesAndMarkers) {
  const TestFolder folder;
  folder.write("set/a.csv", "a\n1\n");
  folder.write("set/.hidden.csv", "z\n1\n");
  folder.write("set/_SUCCESS", "");
  const auto engine = open_test_engine();
  EXPECT_EQ(attach_text(*engine, {.uri = folder.path("set")}), "a integer");
}

TEST(DataFiles, FollowsASymbolicLinkThatWasNamed) {
  const TestFolder folder;
  folder.write("real.csv", "a\n1\n");
  std::filesystem::create_symlink(folder.path("real.csv"), folder.path("link.csv"));
  const auto engine = open_test_engine();
  EXPECT_EQ(attach_text(*engine, {.uri = folder.path("link.csv")}), "a integer");
  EXPECT_THAT(rows_or_error(*engine, "SELECT * FROM t"), ElementsAre("1"));
}

}  // namespace
}  // namespace skymill
