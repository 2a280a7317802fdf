// What every store promises: the tests run over the list, so a new store is tested when listed.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.h"
#include "base/time_text.h"
#include "store/local_store.h"
#include "store/store_places_testing.h"
#include "store/stores.h"

namespace skymill {
namespace {

namespace fs = std::filesystem;

class StoreConformance : public testing::TestWithParam<Instance> {
 protected:
  void SetUp() override {
    store_ = empty_place(GetParam(), {SKYMILL_SOURCE_DIR, SKYMILL_BINARY_DIR}, folder_).store;
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }
  std::string content(const std::string& key) {
    auto bytes = read_object(*store_, key, 1 << 20);
    return bytes ? *bytes : "error: " + bytes.error().text();
  }
  std::vector<std::string> keys(const std::string& prefix = "") {
    std::vector<std::string> out;
    const auto listed = store_->list(prefix);
    for (const ObjectInfo& info : listed.value()) out.push_back(info.key);
    return out;
  }
  /// Everything in a local store's folder, temporary files and folders included.
  size_t entries() const {
    if (folder_.empty()) return 0;
    return static_cast<size_t>(std::distance(fs::recursive_directory_iterator(folder_), {}));
  }

  std::shared_ptr<ObjectStore> store_;
  std::string folder_;
};

/// Stores that are only read have tests of their own: http_store_test.cc.
INSTANTIATE_TEST_SUITE_P(Stores, StoreConformance, testing::ValuesIn(writable_stores()),
                         [](const auto& param) { return param.param.name; });

TEST_P(StoreConformance, WritesAndReadsBack) {
  ASSERT_TRUE(write_object(*store_, "a/b.txt", "hello"));
  EXPECT_EQ(content("a/b.txt"), "hello");
  EXPECT_EQ(store_->stat("a/b.txt")->size, 5U);
  ASSERT_TRUE(write_object(*store_, "a/b.txt", "shorter"));
  ASSERT_TRUE(write_object(*store_, "a/b.txt", "x"));
  EXPECT_EQ(content("a/b.txt"), "x");
}

TEST_P(StoreConformance, SaysWhenAnObjectWasWritten) {
  const int64_t before = now_in_seconds();
  ASSERT_TRUE(write_object(*store_, "dated", "x"));
  for (const int64_t time :
       {store_->stat("dated")->modified, store_->list("dated")->at(0).modified}) {
    EXPECT_GE(time, before - 2);
    EXPECT_LE(time, now_in_seconds() + 2);
  }
}

TEST_P(StoreConformance, KeepsEveryByteOfManyPieces) {
  std::string whole;
  auto writer = store_->write("large", WriteMode::kReplace);
  ASSERT_TRUE(writer);
  for (int i = 0; i < 3000; ++i) {
    const std::string piece(static_cast<size_t>(i % 400 == 0 ? 300'000 : i), static_cast<char>(i));
    ASSERT_TRUE((*writer)->append(piece));
    whole += piece;
  }
  ASSERT_TRUE((*writer)->commit());
  EXPECT_EQ(*store_->read("large", 0, UINT64_MAX, ""), whole);
}

TEST_P(StoreConformance, ReadsRanges) {
  ASSERT_TRUE(write_object(*store_, "r", "0123456789"));
  const auto range = [&](uint64_t offset, uint64_t length) {
    const auto bytes = store_->read("r", offset, length, "");
    return bytes ? *bytes : "error: " + bytes.error().text();
  };
  EXPECT_EQ(range(2, 3), "234");
  EXPECT_EQ(range(8, 100), "89");
  EXPECT_EQ(range(0, UINT64_MAX), "0123456789");
  EXPECT_EQ(range(4, UINT64_MAX), "456789");
  EXPECT_EQ(range(10, 1), "");
  EXPECT_EQ(range(UINT64_MAX, UINT64_MAX), "");
  EXPECT_EQ(range(3, 0), "");
}

TEST_P(StoreConformance, HoldsEmptyObjects) {
  ASSERT_TRUE(write_object(*store_, "empty", ""));
  EXPECT_EQ(store_->stat("empty")->size, 0U);
  EXPECT_EQ(content("empty"), "");
}

TEST_P(StoreConformance, SaysWhatIsMissing) {
  for (const auto& error :
       {store_->stat("none").error(), store_->read("no/ne", 0, 1, "").error()}) {
    EXPECT_EQ(error.code, Code::kNotFound);
    EXPECT_FALSE(error.place.source.empty());
  }
  EXPECT_TRUE(keys().empty());
  EXPECT_TRUE(keys("no/where/").empty());
}

TEST_P(StoreConformance, ListsByPrefixInByteOrder) {
  for (const char* key : {"b/z", "b/a", "b-1", "a", "b/c/d", "bb"}) {
    ASSERT_TRUE(write_object(*store_, key, key));
  }
  EXPECT_EQ(keys(), (std::vector<std::string>{"a", "b-1", "b/a", "b/c/d", "b/z", "bb"}));
  EXPECT_EQ(keys("b/"), (std::vector<std::string>{"b/a", "b/c/d", "b/z"}));
  EXPECT_EQ(keys("b"), (std::vector<std::string>{"b-1", "b/a", "b/c/d", "b/z", "bb"}));
  EXPECT_EQ(keys("b/c"), (std::vector<std::string>{"b/c/d"}));
  EXPECT_EQ(store_->list("b/z")->front().size, 3U);
}

TEST_P(StoreConformance, TakesOddNames) {
  for (const char* key : {"a b", "größe.csv", "100%", "x=1/y=2", "a&b?c#d", "-", "~", "...",
                          "quote'\"", "new\nline", ".hidden"}) {
    if (GetParam().name == "moto" && std::strchr(key, '\n') != nullptr) continue;  // it cannot
    ASSERT_TRUE(write_object(*store_, key, key)) << key;
    EXPECT_EQ(content(key), key);
    EXPECT_EQ(keys(key), std::vector<std::string>{key});
    EXPECT_TRUE(store_->remove(key));
  }
  const std::string longest(255, 'n');
  EXPECT_TRUE(write_object(*store_, longest, "x"));
  EXPECT_EQ(content(longest), "x");
}

TEST_P(StoreConformance, RefusesKeysThatClimbOut) {
  for (const std::string& key :
       {std::string(""), std::string("/a"), std::string("a//b"), std::string("a/"),
        std::string(".."), std::string("../a"), std::string("a/../b"), std::string("a/.."),
        std::string("."), std::string("./a"), std::string("a\0b", 3)}) {
    EXPECT_EQ(store_->stat(key).error().code, Code::kInvalidArgument) << key;
    EXPECT_EQ(store_->read(key, 0, 1, "").error().code, Code::kInvalidArgument) << key;
    EXPECT_EQ(store_->remove(key).error().code, Code::kInvalidArgument) << key;
    EXPECT_EQ(write_object(*store_, key, "x").error().code, Code::kInvalidArgument) << key;
  }
  const auto listed = store_->list("../");
  EXPECT_TRUE(!listed || listed->empty());
}

TEST_P(StoreConformance, ShowsNothingBeforeCommit) {
  ASSERT_TRUE(write_object(*store_, "kept", "old"));
  const size_t before = entries();
  {
    auto fresh = store_->write("x/y/fresh", WriteMode::kReplace);
    auto kept = store_->write("kept", WriteMode::kReplace);
    ASSERT_TRUE((*fresh)->append(std::string(1 << 20, 'x')));
    ASSERT_TRUE((*kept)->append("new"));
    EXPECT_EQ(content("kept"), "old");
    EXPECT_EQ(keys(), std::vector<std::string>{"kept"});
  }
  EXPECT_EQ(content("kept"), "old");
  EXPECT_EQ(entries(), before) << "an aborted write leaves nothing";
}

TEST_P(StoreConformance, CreatesOnlyOnce) {
  ASSERT_TRUE(write_object(*store_, "log/1", "first", WriteMode::kCreate));
  const auto second = write_object(*store_, "log/1", "second", WriteMode::kCreate);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_EQ(content("log/1"), "first");
  EXPECT_EQ(entries(), folder_.empty() ? 0U : 2U);
}

TEST_P(StoreConformance, LetsOneOfManyCreatorsWin) {
  for (int round = 0; round < 20; ++round) {
    const std::string key = cat("race/", round);
    std::atomic<int> winners = 0;
    std::atomic<int> losers = 0;
    std::vector<std::thread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        const auto done = write_object(*store_, key, std::to_string(t), WriteMode::kCreate);
        if (done) {
          ++winners;
        } else if (done.error().code == Code::kAlreadyExists) {
          ++losers;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, 7);
    EXPECT_EQ(content(key).size(), 1U);
  }
}

TEST_P(StoreConformance, ReplacesWhole) {
  std::vector<std::thread> threads;
  ASSERT_TRUE(write_object(*store_, "k", std::string(100'000, 'z')));
  std::atomic<bool> torn = false;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        (void)write_object(*store_, "k", std::string(100'000, static_cast<char>('a' + t)));
        const auto bytes = store_->read("k", 0, 100'000, "");
        torn = torn || !bytes || bytes->size() != 100'000 ||
               bytes->find_first_not_of(bytes->front()) != std::string::npos;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(torn);
}

TEST_P(StoreConformance, ReadsOnlyTheObjectThatAnEtagTells) {
  ASSERT_TRUE(write_object(*store_, "k", "old one"));
  const ObjectInfo old = *store_->stat("k");
  EXPECT_EQ(store_->stat("k")->etag, old.etag);
  EXPECT_EQ(*store_->read("k", 4, 3, old.etag), "one");
  ASSERT_TRUE(write_object(*store_, "k", "new one"));
  const auto changed = store_->read("k", 4, 3, old.etag);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().text(), object_changed(store_->where("k")).text());
  EXPECT_EQ(*store_->read("k", 4, 3, store_->stat("k")->etag), "one");
  ASSERT_TRUE(store_->remove("k"));
  EXPECT_EQ(store_->read("k", 4, 3, old.etag).error().code, Code::kNotFound);
  ASSERT_TRUE(write_object(*store_, "k", "one of another size"));
  EXPECT_EQ(store_->read("k", 4, 3, old.etag).error().text(),
            object_changed(store_->where("k")).text());
}

TEST_P(StoreConformance, RemovesAndForgives) {
  ASSERT_TRUE(write_object(*store_, "a/b", "x"));
  EXPECT_TRUE(store_->remove("a/b"));
  EXPECT_TRUE(store_->remove("a/b"));
  EXPECT_TRUE(keys().empty());
}

TEST_P(StoreConformance, RefusesToReadTooMuch) {
  ASSERT_TRUE(write_object(*store_, "big", std::string(1000, 'x')));
  EXPECT_EQ(read_object(*store_, "big", 999).error().code, Code::kResourceExhausted);
}

TEST_P(StoreConformance, ListsMoreThanAPage) {
  constexpr int kThreads = 8;
  // More than two pages of 1,000 keys, or than one of Azure's.
  const int count = GetParam().scheme == "az" ? 5100 : 2500;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < count; i += kThreads) {
        EXPECT_TRUE(write_object(*store_, cat("many/", 10'000 + i), "x"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> expected;
  for (int i = 0; i < count; ++i) expected.push_back(cat("many/", 10'000 + i));
  EXPECT_EQ(keys("many/"), expected);
  EXPECT_EQ(keys("many/1249").size(), 10U);
}

TEST_P(StoreConformance, HoldsLargeObjects) {
  constexpr size_t kSize = 64 << 20;  // a whole number of parts
  std::string whole(kSize, '\0');
  uint64_t state = 1;
  for (size_t at = 0; at < kSize; at += sizeof state) {
    state = state * 6364136223846793005 + 1442695040888963407;
    std::memcpy(whole.data() + at, &state, sizeof state);
  }
  for (const size_t size : {kSize, kSize - 12'345}) {
    const std::string_view bytes = std::string_view(whole).substr(0, size);
    auto writer = *store_->write("large", WriteMode::kReplace);
    for (size_t at = 0; at < size; at += 5'000'011) {
      const auto appended = writer->append(bytes.substr(at, 5'000'011));
      ASSERT_TRUE(appended) << appended.error().text();
    }
    ASSERT_TRUE(writer->commit());
    const ObjectInfo info = *store_->stat("large");
    ASSERT_EQ(info.size, size);
    EXPECT_TRUE(*store_->read("large", 0, size, info.etag) == bytes);
    EXPECT_TRUE(*store_->read("large", (8 << 20) - 7, 14, "") == bytes.substr((8 << 20) - 7, 14));
    EXPECT_TRUE(*store_->read("large", size - 3, 9, "") == bytes.substr(size - 3));
  }
  auto second = *store_->write("large", WriteMode::kCreate);
  const auto appended = second->append(whole);
  const auto created = appended ? second->commit() : appended;
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Code::kAlreadyExists);
  EXPECT_EQ(store_->stat("large")->size, kSize - 12'345);
}

TEST_P(StoreConformance, APrefixIsNoObject) {
  ASSERT_TRUE(write_object(*store_, "a/b", "x"));
  EXPECT_FALSE(store_->stat("a"));
  EXPECT_FALSE(store_->read("a", 0, 1, ""));
  EXPECT_TRUE(keys("a/b/").empty());
  EXPECT_TRUE(keys("a/c").empty());
  EXPECT_EQ(keys("a"), std::vector<std::string>{"a/b"});
  EXPECT_EQ(store_->stat("a/b/c").error().code, Code::kNotFound);
  EXPECT_FALSE(store_->read("a/b/c", 0, 1, ""));
}

TEST_P(StoreConformance, NamesAMissingBucket) {
  const std::string_view scheme = GetParam().scheme;
  const bool makes_it = scheme == "file" || scheme == "hdfs" || scheme == "memory";
  if (makes_it) return;
  const auto missing = locate(cat(scheme, "://no-such-bucket/"))->store;
  for (const Error& error : {missing->list("").error(), missing->list("a/").error(),
                             write_object(*missing, "k", "x").error(),
                             write_object(*missing, "k", std::string(9 << 20, 'x')).error()}) {
    EXPECT_EQ(error.code, Code::kNotFound) << error.text();
    EXPECT_NE(error.message.find("'no-such-bucket'"), std::string::npos) << error.text();
  }
  // A server need not tell here which of the two is missing.
  EXPECT_EQ(missing->stat("k").error().code, Code::kNotFound);
  EXPECT_EQ(missing->read("k", 0, 1, "").error().code, Code::kNotFound);
}

TEST_P(StoreConformance, WrongKeysAreDenied) {
  const std::string& scheme = GetParam().name;
  const char* name = scheme == "s3"   ? "AWS_SECRET_ACCESS_KEY"
                     : scheme == "az" ? "AZURE_STORAGE_CONNECTION_STRING"
                                      : nullptr;
  if (name == nullptr) return;  // no keys, or a server that does not look at them
  ASSERT_TRUE(write_object(*store_, "k", "x"));
  const std::string right = std::getenv(name);
  std::string wrong = right;
  const size_t key = scheme == "az" ? right.find("AccountKey=") + 11 : 0;
  wrong[key] = wrong[key] == 'X' ? 'Y' : 'X';
  setenv(name, wrong.c_str(), 1);
  const std::string place = store_->where("");
  const auto denied = locate(place)->store;
  setenv(name, right.c_str(), 1);
  for (const Error& error :
       {denied->stat("k").error(), denied->list("").error(), denied->read("k", 0, 1, "").error(),
        denied->remove("k").error(), write_object(*denied, "k", "y").error(),
        write_object(*denied, "k", std::string(9 << 20, 'x')).error()}) {
    EXPECT_EQ(error.code, Code::kPermissionDenied) << error.text();
    EXPECT_EQ(error.text().find(wrong.substr(key, 20)), std::string::npos);
  }
  EXPECT_EQ(content("k"), "x");
}

TEST(LocalStore, TellsDirectoriesFromFiles) {
  std::string folder;
  const auto place = empty_place({"file", "file"}, {}, folder);
  ASSERT_TRUE(write_object(*place.store, "dir/file", "x"));
  for (const Error& error :
       {place.store->stat("dir").error(), place.store->read("dir", 0, 1, "").error(),
        write_object(*place.store, "dir", "x").error()}) {
    EXPECT_EQ(error.code, Code::kInvalidArgument) << error.text();
    EXPECT_EQ(error.place.source, folder + "/dir");
  }
  EXPECT_EQ(place.store->stat("dir/file/x").error().code, Code::kNotFound);
  EXPECT_FALSE(write_object(*place.store, "dir/file/x", "y"));
  ASSERT_EQ(mkfifo((folder + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(place.store->stat("pipe").error().code, Code::kInvalidArgument);
  EXPECT_EQ(write_object(*place.store, "pipe", "x").error().code, Code::kInvalidArgument);
  EXPECT_EQ(write_object(*local_store("/dev"), "null", "x").error().code, Code::kInvalidArgument);
  fs::remove_all(folder);
}

TEST(LocalStore, SeesAFileRewrittenInPlace) {
  std::string folder;
  const auto place = empty_place({"file", "file"}, {}, folder);
  const auto put = [&](const char* bytes) { std::ofstream(folder + "/f") << bytes; };
  put("0123456789");
  const std::string etag = place.store->stat("f")->etag;
  put("0123456789, and more");
  EXPECT_EQ(place.store->read("f", 0, 4, etag).error().code, Code::kCorruptData);
  put("9876543210");
  fs::last_write_time(folder + "/f", fs::file_time_type::clock::now() + std::chrono::seconds(1));
  EXPECT_EQ(place.store->read("f", 0, 4, etag).error().code, Code::kCorruptData);
  fs::remove_all(folder);
}

TEST(LocalStore, FollowsTheUmask) {
  std::string folder;
  const auto place = empty_place({"file", "file"}, {}, folder);
  const mode_t old = umask(027);
  ASSERT_TRUE(write_object(*place.store, "f", "x"));
  umask(old);
  struct stat status = {};
  ASSERT_EQ(stat((folder + "/f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  fs::remove_all(folder);
}

TEST(Stores, LocateTheWorkingFolder) {
  const auto plain = locate("data.csv");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->text(), "data.csv");
  EXPECT_EQ(locate("/a/b.csv")->text(), "/a/b.csv");
  EXPECT_EQ(locate("file:///a/b.csv")->text(), "/a/b.csv");
  EXPECT_EQ(locate("a/")->key, "");
  EXPECT_EQ(locate("memory://b/x/y")->text(), "memory://b/x/y");
}

TEST(Stores, TakeNoSchemeForAFolder) {
  for (const char* text : {"s3:/b/k", "s3//b/k", "s3:b/k", "gs:/b/k", "https:/h/f"}) {
    const auto refused = locate(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(refused.error().hint.find("://"), std::string::npos) << refused.error().hint;
  }
  for (const char* text : {"./s3:/b/k", "s3/b", "a:b", "data//x", "C:/x"}) {
    EXPECT_TRUE(locate(text)) << text;
  }
}

TEST(Stores, NameTheKnownSchemes) {
  const auto unknown = locate("ftp://host/file");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kUnsupported);
  EXPECT_NE(unknown.error().hint.find("file, s3, gs, az, hdfs, https, memory"), std::string::npos);
  EXPECT_EQ(locate("memroy://b/k").error().hint, "did you mean 'memory'?");
}

TEST(Uri, SplitsSchemesBucketsAndKeys) {
  EXPECT_EQ(*Uri::parse("s3://b/k/l.csv"), (Uri{"s3", "b", "k/l.csv"}));
  EXPECT_EQ(*Uri::parse("S3://b"), (Uri{"s3", "b", ""}));
  EXPECT_EQ(*Uri::parse("a/b.csv"), (Uri{"file", "", "a/b.csv"}));
  EXPECT_EQ(*Uri::parse("file:///a"), (Uri{"file", "", "/a"}));
  EXPECT_EQ(*Uri::parse("odd name://x"), (Uri{"file", "", "odd name://x"}));
  EXPECT_EQ(*Uri::parse("abfss://c-1@a.dfs.core.windows.net/k"),
            (Uri{"abfss", "c-1@a.dfs.core.windows.net", "k"}));
  EXPECT_EQ(*Uri::parse("https://h:1/a/b.csv?x=1&y=/z?#part"),
            (Uri{"https", "h:1", "a/b.csv", "x=1&y=/z?"}));
  EXPECT_EQ(*Uri::parse("https://h?x"), (Uri{"https", "h", "", "x"}));
  EXPECT_EQ(*Uri::parse("s3://b/what?#"), (Uri{"s3", "b", "what?#"}));
  EXPECT_EQ(shown_uri("https://h/a.csv?signature=hunter2"), "https://h/a.csv");
  for (const char* text : {"s3://b/k", "a/b", "memory://b/", "abfss://c@h/k"}) {
    EXPECT_EQ(Uri::parse(text)->text(), text);
  }
}

TEST(Uri, RefusesSecretsWithoutRepeatingThem) {
  for (const char* text : {"s3://user:hunter2@b/k", "http://hunter2@host/x"}) {
    const auto parsed = Uri::parse(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
    EXPECT_EQ(parsed.error().text().find("hunter2"), std::string::npos);
  }
  for (const char* text : {"abfss://c:hunter2@a.dfs.core.windows.net/k", "s3://hunter2@b/k",
                           "abfss://c@hunter2@a.dfs.core.windows.net/k"}) {
    EXPECT_EQ(Uri::parse(text).error().text().find("hunter2"), std::string::npos) << text;
  }
  EXPECT_TRUE(Uri::parse("s3://b/a@b"));
}

TEST(Uri, RefusesWhatNamesNothing) {
  for (const std::string& text :
       {std::string(""), std::string("s3://"), std::string("s3:///k"), std::string("file://host/x"),
        std::string("file://"), std::string("a\0b", 3)}) {
    EXPECT_EQ(Uri::parse(text).error().code, Code::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace skymill
