// Files of web servers: what a server that honours ranges answers, and what others do.
#include "store/http_store.h"

#include <gtest/gtest.h>

#include "store/scripted_server_testing.h"
#include "store/stores.h"

namespace skymill {
namespace {

constexpr const char* kTag = "ETag: \"one\"\r\n";

ObjectLocation place(const ScriptedServer& server, const std::string& path) {
  return *locate(cat("http://127.0.0.1:", server.port(), "/", path));
}

std::string part(const std::string& range, const std::string& body,
                 const std::string& headers = kTag) {
  return answer(206, cat("Content-Range: bytes ", range, "\r\n", headers), body);
}

TEST(HttpStore, ReadsPartsOfTheFileThatAnEtagTells) {
  ScriptedServer server({{"HTTP/1.1 200 x\r\nContent-Length: 10\r\nETag: \"one\"\r\n\r\n"},
                         {part("2-4/10", "234")},
                         {part("2-4/10", "xyz", "ETag: \"two\"\r\n")}});
  const auto file = place(server, "a/b.csv");
  const ObjectInfo info = *file.store->stat(file.key);
  EXPECT_EQ(info.size, 10U);
  EXPECT_EQ(info.etag, "\"one\"");
  EXPECT_EQ(*file.store->read(file.key, 2, 3, info.etag), "234");
  const auto changed = file.store->read(file.key, 2, 3, info.etag);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().text(), object_changed(file.text()).text());
  const auto requests = server.requests();
  EXPECT_TRUE(requests[0].starts_with("HEAD /a/b.csv "));
  EXPECT_TRUE(requests[1].starts_with("GET /a/b.csv "));
  EXPECT_EQ(header_of(requests[1], "range"), "bytes=2-4");
}

TEST(HttpStore, TellsFilesApartByTimeAndSizeWithoutEtags) {
  const std::string modified = "Last-Modified: Tue, 01 Jul 2025 00:00:00 GMT\r\n";
  ScriptedServer server({{"HTTP/1.1 200 x\r\nContent-Length: 4\r\n" + modified + "\r\n"},
                         {part("1-2/4", "bc", modified)},
                         {part("1-2/5", "bc", modified)}});
  const auto file = place(server, "f");
  const std::string etag = file.store->stat("f")->etag;
  EXPECT_EQ(*file.store->read("f", 1, 2, etag), "bc");
  EXPECT_EQ(file.store->read("f", 1, 2, etag).error().code, Code::kCorruptData);
}

TEST(HttpStore, SendsTheQueryAndDoesNotShowIt) {
  ScriptedServer server({{answer(403)}});
  const auto file = place(server, "a%20b/c d.csv?signature=hunter2%2F&x=1#part");
  EXPECT_EQ(file.text(), cat("http://127.0.0.1:", server.port(), "/a%20b/c d.csv"));
  const auto denied = file.store->read(file.key, 0, 1, "");
  EXPECT_EQ(denied.error().code, Code::kPermissionDenied);
  EXPECT_EQ(denied.error().text().find("hunter2"), std::string::npos);
  EXPECT_TRUE(server.requests()[0].starts_with(
      "GET /a%20b/c%20d.csv?signature=hunter2%2F&x=1 HTTP/1.1\r\n"));
}

TEST(HttpStore, AsksForAByteWhereHeadIsRefused) {
  for (const int status : {403, 405, 501}) {
    ScriptedServer server(
        {{cat("HTTP/1.1 ", status, " x\r\n\r\n"), false}, {part("0-0/1234", "x")}});
    EXPECT_EQ(place(server, "f").store->stat("f")->size, 1234U) << status;
  }
  ScriptedServer empty(
      {{"HTTP/1.1 405 x\r\n\r\n", false}, {answer(416, "Content-Range: bytes */0\r\n")}});
  EXPECT_EQ(place(empty, "f").store->stat("f")->size, 0U);
}

TEST(HttpStore, ReadsSmallFilesWholeWhereRangesAreIgnored) {
  ScriptedServer server({{answer(200, kTag, "0123456789")}});
  auto file = place(server, "f");
  EXPECT_EQ(*file.store->read("f", 0, 10, "\"one\""), "0123456789");
  EXPECT_EQ(*file.store->read("f", 0, 1000, "\"one\""), "0123456789");
  EXPECT_EQ(file.store->read("f", 0, 1000, "\"two\"").error().code, Code::kCorruptData);
  EXPECT_EQ(file.store->read("f", 0, 9, "").error().code, Code::kUnsupported);
  EXPECT_EQ(file.store->read("f", 5, 5, "").error().code, Code::kUnsupported);
  ScriptedServer large({{answer(200, kTag, std::string(100'000, 'x'))}});
  EXPECT_EQ(place(large, "f").store->read("f", 0, 10, "").error().code, Code::kUnsupported);
}

TEST(HttpStore, RefusesAnotherPartThanItAskedFor) {
  ScriptedServer server({{part("0-2/10", "012")}});
  EXPECT_EQ(place(server, "f").store->read("f", 2, 3, "").error().code, Code::kUnsupported);
}

TEST(HttpStore, ReadsNothingPastTheEnd) {
  ScriptedServer server({{answer(416, "Content-Range: bytes */10\r\n")},
                         {"HTTP/1.1 200 x\r\nContent-Length: 10\r\nETag: \"one\"\r\n\r\n"}});
  EXPECT_EQ(*place(server, "f").store->read("f", 10, 5, "\"one\""), "");
}

TEST(HttpStore, FollowsRedirectsOfThisMachine) {
  ScriptedServer server({{answer(302, "Location: /b?y=2\r\n")},
                         {answer(307, "Location: http://127.0.0.1:$PORT/c\r\n")},
                         {part("0-1/2", "ok")}});
  EXPECT_EQ(*place(server, "a?x=1").store->read("a", 0, 2, ""), "ok");
  const auto requests = server.requests();
  EXPECT_TRUE(requests[0].starts_with("GET /a?x=1 "));
  EXPECT_TRUE(requests[1].starts_with("GET /b?y=2 "));
  EXPECT_TRUE(requests[2].starts_with("GET /c "));
}

TEST(HttpStore, RefusesRedirectsIntoTheOpen) {
  for (const char* target : {"http://storage.example/f", "http://127.0.0.1.storage.example/f",
                             "http://127.0.0.1@storage.example/f", "ftp://127.0.0.1/f"}) {
    ScriptedServer server({{answer(302, cat("Location: ", target, "?hunter2\r\n"))}});
    const auto refused = place(server, "f").store->read("f", 0, 2, "");
    ASSERT_FALSE(refused) << target;
    EXPECT_EQ(refused.error().code, Code::kPermissionDenied) << target;
    EXPECT_EQ(refused.error().text().find("hunter2"), std::string::npos);
  }
}

TEST(HttpStore, RedirectsEnd) {
  ScriptedServer server({{answer(302, "Location: /f\r\n")}});
  EXPECT_EQ(place(server, "f").store->read("f", 0, 2, "").error().code, Code::kUnavailable);
  EXPECT_EQ(server.requests().size(), 6U);
}

TEST(HttpStore, OnlyReads) {
  ScriptedServer server({{answer(200)}});
  const auto file = place(server, "f");
  EXPECT_EQ(file.store->list("").error().code, Code::kUnsupported);
  EXPECT_EQ(file.store->remove("f").error().code, Code::kUnsupported);
  const auto refused = write_object(*file.store, "f", "x", WriteMode::kReplace);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_EQ(refused.error().place.source, file.text());
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpStore, SaysWhatIsMissing) {
  ScriptedServer server({{"HTTP/1.1 404 x\r\n\r\n", false}});
  EXPECT_EQ(place(server, "f").store->stat("f").error().code, Code::kNotFound);
}

TEST(HttpStore, AsksOtherMachinesByHttpsOnly) {
  EXPECT_EQ(locate("http://storage.example/f").error().code, Code::kPermissionDenied);
  EXPECT_EQ(locate("http://127.0.0.1.storage.example/f").error().code, Code::kPermissionDenied);
  EXPECT_TRUE(locate("https://storage.example/f"));
  EXPECT_EQ(locate("https://a b/f").error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace skymill
