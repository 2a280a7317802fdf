// Objects of a store as tables: one, a folder of them, a pattern; here in memory, so that what is
// tested is the choice of objects and not the network.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/engine_testing.h"
#include "store/stores.h"

namespace skymill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FetchedFiles : public testing::Test {
 protected:
  void put(const std::string& key, std::string_view text) {
    const ObjectLocation location = *locate(cat("memory://fetched/", key));
    ASSERT_TRUE(write_object(*location.store, location.key, text));
  }
  TextRows sum(const std::string& uri) {
    return rows_or_error(*engine_, cat("SELECT count(*), sum(a) FROM '", uri, "'"));
  }
  void TearDown() override {
    const ObjectLocation all = *locate("memory://fetched/");
    const auto objects = all.store->list("");
    for (const ObjectInfo& object : *objects) EXPECT_TRUE(all.store->remove(object.key));
  }

  std::unique_ptr<Engine> engine_ = open_test_engine();
};

TEST_F(FetchedFiles, AreChosenByNameFolderOrPattern) {
  put("d/1.csv", "a\n1\n");
  put("d/2.csv", "a\n2\n");
  put("d/deep/3.csv", "a\n4\n");
  put("d/_SUCCESS.csv", "");
  put("d/.part.csv", "x");
  put("d/notes.md", "x");
  EXPECT_THAT(sum("memory://fetched/d/1.csv"), ElementsAre("1|1"));
  EXPECT_THAT(sum("memory://fetched/d/"), ElementsAre("2|3"));
  EXPECT_THAT(sum("memory://fetched/d/*.csv"), ElementsAre("2|3"));
  EXPECT_THAT(sum("memory://fetched/d/*/*.csv"), ElementsAre("1|4"));
  EXPECT_THAT(sum("memory://fetched/d/[2-9].csv"), ElementsAre("1|2"));
}

TEST_F(FetchedFiles, ErrorsNameTheUri) {
  put("bad.csv", "a,b\n1,2\n3\n");
  put("empty.csv", "");
  EXPECT_THAT(sum("memory://fetched/none.csv").front(), HasSubstr("memory://fetched/none.csv"));
  EXPECT_THAT(sum("memory://fetched/none/").front(), HasSubstr("holds no data file"));
  EXPECT_THAT(sum("memory://fetched/x*.csv").front(), HasSubstr("matches no data file"));
  EXPECT_THAT(sum("memory://fetched/**/x.csv").front(), HasSubstr("'**'"));
  EXPECT_THAT(sum("memory://fetched/empty.csv").front(), HasSubstr("memory://fetched/empty.csv"));
  EXPECT_THAT(sum("memory://fetched/bad.csv").front(), HasSubstr("memory://fetched/bad.csv:3"));
}

TEST_F(FetchedFiles, GoWithTheEngine) {
  const TestFolder folder;
  const auto entries = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path("")), {});
  };
  put("1.csv", "a\n1\n");
  auto engine = open_test_engine({.spill_directory = folder.path("")});
  EXPECT_EQ(attach_text(*engine, {.uri = "memory://fetched/1.csv"}), "a integer");
  const auto with_copy = entries();
  engine.reset();
  EXPECT_GT(with_copy, 0);
  EXPECT_EQ(entries(), 0);
}

}  // namespace
}  // namespace skymill
