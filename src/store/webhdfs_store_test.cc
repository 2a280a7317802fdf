// What HDFS does that other stores do not, on a real NameNode and DataNode.
#include "store/webhdfs_store.h"

#include <gtest/gtest.h>

#include "store/hdfs_server_testing.h"
#include "store/hdfs_settings.h"
#include "store/stores.h"

namespace skymill {
namespace {

class WebHdfsStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = cat(host_, "/", test->name(), "/");
    store_ = locate("hdfs://" + root_)->store;
  }
  /// The status of what the NameNode is asked beside the store.
  int ask(const std::string& method, const std::string& path_and_query) const {
    const std::string url =
        cat("http://", host_, "/webhdfs/v1/", path_and_query, "&user.name=", hdfs_user().name);
    auto answer = send_http({.method = method, .url = url});
    if (answer && answer->status == 307) {
      answer = send_http({.method = method, .url = answer->redirect, .body = "more"});
    }
    return answer ? answer->status : 0;
  }
  std::string folder() const { return root_.substr(root_.find('/') + 1); }

  std::string host_ = hdfs_server(SKYMILL_SOURCE_DIR).authority();
  std::string root_;  // host:port/folder/
  std::shared_ptr<ObjectStore> store_;
};

TEST_F(WebHdfsStoreTest, TellsFoldersFromFiles) {
  ASSERT_TRUE(write_object(*store_, "dir/file", "x"));
  for (const auto& error : {store_->stat("dir").error(), store_->read("dir", 0, 1, "").error(),
                            write_object(*store_, "dir", "x").error(),
                            write_object(*store_, "dir", "x", WriteMode::kCreate).error(),
                            store_->remove("dir").error()}) {
    EXPECT_EQ(error.code, Code::kInvalidArgument) << error.text();
    EXPECT_EQ(error.place.source, cat("hdfs://", root_, "dir"));
  }
  EXPECT_EQ(store_->stat("dir/file/x").error().code, Code::kNotFound);
  EXPECT_TRUE(store_->list("dir/file/")->empty());
  const auto below = write_object(*store_, "dir/file/x", "y");
  ASSERT_FALSE(below);
  EXPECT_NE(below.error().message.find("is not a directory"), std::string::npos);
  EXPECT_EQ(store_->list("")->size(), 1U) << "no refused write leaves a file";
  EXPECT_EQ(ask("GET", folder() + "dir?op=LISTSTATUS"), 200);
}

TEST_F(WebHdfsStoreTest, SaysWhichNamesHdfsDoesNotTake) {
  const auto colon = write_object(*store_, "a:b", "x");
  EXPECT_EQ(colon.error().code, Code::kInvalidArgument);
  EXPECT_NE(colon.error().hint.find("':'"), std::string::npos);
  EXPECT_FALSE(write_object(*store_, ".snapshot/a", "x"));
  EXPECT_FALSE(write_object(*store_, std::string(256, 'n'), "x"));
  EXPECT_EQ(store_->stat("a:b").error().code, Code::kNotFound);
}

TEST_F(WebHdfsStoreTest, AppendsWhatIsLarge) {
  std::string large;
  for (int i = 0; large.size() < (40U << 20); ++i) large += std::to_string(i);
  ASSERT_TRUE(write_object(*store_, "large", large));
  EXPECT_EQ(*store_->read("large", 0, UINT64_MAX, ""), large);
  const ObjectInfo info = *store_->stat("large");
  EXPECT_EQ(*store_->read("large", (16 << 20) - 3, 7, info.etag), large.substr((16 << 20) - 3, 7));
  {
    auto aborted = *store_->write("other", WriteMode::kReplace);
    ASSERT_TRUE(aborted->append(large));
    EXPECT_EQ(store_->list("")->size(), 1U);
  }
  EXPECT_EQ(ask("DELETE", folder() + "large?op=DELETE"), 200);
  EXPECT_EQ(ask("DELETE", folder() + "?op=DELETE"), 200) << "an aborted write leaves nothing";
  EXPECT_EQ(ask("GET", folder() + "?op=GETFILESTATUS"), 404);
}

TEST_F(WebHdfsStoreTest, SeesAFileThatOthersAppendTo) {
  ASSERT_TRUE(write_object(*store_, "log", "0123"));
  const std::string etag = store_->stat("log")->etag;
  ASSERT_EQ(ask("POST", folder() + "log?op=APPEND"), 200);
  EXPECT_EQ(store_->read("log", 0, 2, etag).error().code, Code::kCorruptData);
  EXPECT_EQ(*store_->read("log", 0, 100, ""), "0123more");
}

TEST_F(WebHdfsStoreTest, ListsFoldersOfMoreThanAPage) {
  ASSERT_TRUE(write_object(*store_, "many/f", "x"));
  for (int i = 0; i < 1005; ++i) {
    ASSERT_EQ(ask("PUT", cat(folder(), "many/d", i, "?op=MKDIRS")), 200);
  }
  ASSERT_TRUE(write_object(*store_, "many/z", "x"));
  EXPECT_EQ(store_->list("many/f")->size(), 1U);
  EXPECT_EQ(store_->list("many/z")->size(), 1U);
}

TEST_F(WebHdfsStoreTest, AsksAsTheUserThatIsNamed) {
  ASSERT_TRUE(write_object(*store_, "mine", "x"));
  setenv("HADOOP_USER_NAME", "somebody", 1);
  const auto theirs = locate("webhdfs://" + root_)->store;
  EXPECT_EQ(*theirs->read("mine", 0, 1, ""), "x");
  for (const auto& denied : {write_object(*theirs, "new", "x"), write_object(*theirs, "mine", "y"),
                             theirs->remove("mine")}) {
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code, Code::kPermissionDenied) << denied.error().text();
    EXPECT_NE(denied.error().hint.find("somebody, a name from HADOOP_USER_NAME"),
              std::string::npos);
    EXPECT_EQ(denied.error().text().find("at org.apache"), std::string::npos);
  }
  unsetenv("HADOOP_USER_NAME");
}

TEST_F(WebHdfsStoreTest, ServesOtherAuthoritiesByTheEndpointThatIsSet) {
  ASSERT_TRUE(write_object(*store_, "a", "x"));
  setenv("SKYMILL_WEBHDFS", cat("http://", host_).c_str(), 1);
  const auto place = locate(cat("hdfs://nameservice1/", folder(), "a"));
  unsetenv("SKYMILL_WEBHDFS");
  EXPECT_EQ(place->text(), cat("hdfs://nameservice1/", folder(), "a"));
  EXPECT_EQ(*read_object(*place->store, place->key, 10), "x");
}

}  // namespace
}  // namespace skymill
