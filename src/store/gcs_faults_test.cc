// What Google's store and the network may do to a request, told by a server that follows a script.
#include <gtest/gtest.h>

#include "store/gcs_store.h"
#include "store/scripted_server_testing.h"

namespace skymill {
namespace {

constexpr size_t kPiece = 8 << 20;
constexpr const char* kBegun =
    "Location: $URL/upload/storage/v1/b/bucket/o?uploadType=resumable&name=k&upload_id=u-1\r\n";

/// The server that gs:// means in this process, asked without credentials.
class GcsScript : public ScriptedServer {
 public:
  explicit GcsScript(std::vector<Step> script) : ScriptedServer(std::move(script)) {
    setenv("STORAGE_EMULATOR_HOST", url().c_str(), 1);
    unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
  }
};

std::shared_ptr<ObjectStore> bucket() { return *gcs_store("bucket"); }

std::string failure(int status, const std::string& message) {
  return answer(status, "",
                cat(R"({"error":{"code":)", status, R"(,"message":")", message, "\"}}"));
}

std::string object(const std::string& write_id) {
  return answer(
      200, "",
      cat(R"({"size":"1","generation":"7","metadata":{"skymill-write":")", write_id, R"("}})"));
}

std::string has(size_t bytes) { return answer(308, cat("Range: bytes=0-", bytes - 1, "\r\n")); }

/// Method and path, and the range of a piece where there is one.
std::string line_of(const std::string& request) {
  const std::string range = header_of(request, "content-range");
  return request.substr(0, request.find(" HTTP/")) + (range.empty() ? "" : " " + range);
}

std::vector<std::string> lines_of(const std::vector<std::string>& requests) {
  std::vector<std::string> lines;
  for (const std::string& request : requests) lines.push_back(line_of(request));
  return lines;
}

constexpr const char* kBegin =
    "POST /upload/storage/v1/b/bucket/o?uploadType=resumable&name=k&fields=generation";
const std::string kPut = "PUT /upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=u-1 ";
const std::string kGiveUp =
    "DELETE /upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=u-1";

TEST(GcsFaults, ALostCreateThatWorkedIsASuccess) {
  GcsScript server({{""}, {failure(412, "conditionNotMet")}, {object("$ID")}});
  EXPECT_TRUE(write_object(*bucket(), "a/b", "x", WriteMode::kCreate));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(line_of(requests[0]),
            "POST /upload/storage/v1/b/bucket/o?uploadType=multipart&name=a%2Fb&fields=generation&"
            "ifGenerationMatch=0");
  EXPECT_EQ(requests[0].substr(requests[0].find("\r\n\r\n")),
            requests[1].substr(requests[1].find("\r\n\r\n")));
  EXPECT_EQ(line_of(requests[2]),
            "GET /storage/v1/b/bucket/o/a%2Fb?fields=size%2Cgeneration%2Cupdated%2Cmetadata");
}

TEST(GcsFaults, ALostCreateIsNoSuccessOfAnother) {
  GcsScript server({{""}, {failure(412, "conditionNotMet")}, {object("another")}});
  EXPECT_EQ(write_object(*bucket(), "k", "x", WriteMode::kCreate).error().code,
            Code::kAlreadyExists);
}

TEST(GcsFaults, WhatAServerDidNotTakeIsSentAgain) {
  GcsScript server({{answer(200, kBegun)},
                    {has(kPiece / 2)},
                    {has(kPiece)},
                    {answer(308, cat("Range: bytes=0-", kPiece - 1, "\r\n"))},
                    {answer(200)}});
  ASSERT_TRUE(write_object(*bucket(), "k", std::string(kPiece + 5, 'x')));
  EXPECT_EQ(
      lines_of(server.requests()),
      (std::vector<std::string>{
          kBegin, cat(kPut, "bytes 0-8388607/*"), cat(kPut, "bytes 4194304-8388607/*"),
          cat(kPut, "bytes 8388608-8388612/8388613"), cat(kPut, "bytes 8388608-8388612/8388613")}));
}

TEST(GcsFaults, ALostAnswerToAPieceIsAskedFor) {
  GcsScript server({{answer(200, kBegun)},
                    kLost,
                    {has(kPiece / 4)},
                    {answer(503, kNow)},
                    {has(kPiece)},
                    {answer(200)}});
  ASSERT_TRUE(write_object(*bucket(), "k", std::string(kPiece, 'x')));
  EXPECT_EQ(lines_of(server.requests()),
            (std::vector<std::string>{kBegin, cat(kPut, "bytes 0-8388607/*"),
                                      cat(kPut, "bytes */*"), cat(kPut, "bytes 2097152-8388607/*"),
                                      cat(kPut, "bytes */*"), cat(kPut, "bytes */8388608")}));
}

TEST(GcsFaults, ALostEndThatWorkedIsASuccess) {
  GcsScript server({{answer(200, kBegun)}, {has(kPiece)}, kLost, {answer(200)}});
  ASSERT_TRUE(write_object(*bucket(), "k", std::string(kPiece + 1, 'x')));
  EXPECT_EQ(line_of(server.requests().back()), cat(kPut, "bytes */8388609"));
  // The same when the server forgets an upload as soon as it has ended.
  GcsScript forgetful(
      {{answer(200, kBegun)}, {has(kPiece)}, kLost, {failure(404, "")}, {object("$ID")}});
  EXPECT_TRUE(write_object(*bucket(), "k", std::string(kPiece + 1, 'x')));
}

TEST(GcsFaults, AServerThatTakesNothingIsGivenUp) {
  GcsScript server({{answer(200, kBegun)}, {answer(308)}});
  const auto written = write_object(*bucket(), "k", std::string(kPiece, 'x'));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kUnavailable);
  EXPECT_EQ(written.error().place.source, "gs://bucket/k");
  EXPECT_EQ(server.requests().size(), 7U);  // begin, five pieces, give up
  EXPECT_EQ(line_of(server.requests().back()), kGiveUp);
}

TEST(GcsFaults, AServerThatLosesBytesIsRefused) {
  GcsScript server({{answer(200, kBegun)}, {has(kPiece)}, {has(kPiece / 2)}, {answer(499)}});
  EXPECT_EQ(write_object(*bucket(), "k", std::string(2 * kPiece, 'x')).error().code,
            Code::kInternal);
  GcsScript boaster({{answer(200, kBegun)}, {has(kPiece + 1)}, {answer(499)}});
  EXPECT_EQ(write_object(*bucket(), "k", std::string(kPiece, 'x')).error().code, Code::kInternal);
}

TEST(GcsFaults, ALostUploadSaysSo) {
  for (const int status : {404, 410}) {
    GcsScript server({{answer(200, kBegun)}, {failure(status, "Not Found")}});
    const auto written = write_object(*bucket(), "k", std::string(kPiece, 'x'));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().message, "the server has lost the upload");
  }
}

TEST(GcsFaults, AnUploadToAnotherHostIsRefused) {
  ScriptedServer other({{has(kPiece)}});
  for (const std::string& location :
       {other.url() + "/upload/storage/v1/b/bucket/o?upload_id=u",
        std::string("https://storage.example/o?upload_id=u"),
        std::string("$URL.example/o?upload_id=u"), std::string("/o?upload_id=u"),
        std::string("$URL/o?upload_id="), std::string("$URL/o?x=u"),
        std::string("$URL/o?upload_id=a/b")}) {
    GcsScript server({{answer(200, cat("Location: ", location, "\r\n"))}});
    EXPECT_FALSE(write_object(*bucket(), "k", std::string(kPiece, 'x'))) << location;
    EXPECT_EQ(server.requests().size(), 1U);
  }
  EXPECT_TRUE(other.requests().empty());
}

TEST(GcsFaults, AnUploadThatMayNotBeginWasNotFirst) {
  GcsScript server({{failure(412, "conditionNotMet")}, {object("another")}});
  auto writer = *bucket()->write("k", WriteMode::kCreate);
  EXPECT_EQ(writer->append(std::string(kPiece, 'x')).error().code, Code::kAlreadyExists);
  EXPECT_EQ(line_of(server.requests().front()), cat(kBegin, "&ifGenerationMatch=0"));
}

TEST(GcsFaults, AMissingBucketIsNamed) {
  const std::string missing = "there is no bucket 'bucket'";
  GcsScript server({{failure(404, "The specified bucket does not exist.")}});
  EXPECT_EQ(bucket()->stat("k").error().message, missing);
  EXPECT_EQ(bucket()->read("k", 0, 1, "").error().message, missing);
  EXPECT_EQ(bucket()->remove("k").error().message, missing);
  EXPECT_EQ(bucket()->list("k").error().message, missing);
  EXPECT_EQ(write_object(*bucket(), "k", "x").error().message, missing);
  EXPECT_EQ(write_object(*bucket(), "k", std::string(kPiece, 'x')).error().message, missing);
}

TEST(GcsFaults, WhatIsDeniedSaysByWhomAndForWhom) {
  GcsScript server({{failure(401, "Anonymous caller does not have storage.objects.get access.")}});
  const auto denied = bucket()->stat("k");
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kPermissionDenied);
  EXPECT_NE(denied.error().message.find("Anonymous caller"), std::string::npos);
  EXPECT_NE(denied.error().hint.find("nowhere"), std::string::npos);
  EXPECT_EQ(server.requests().size(), 1U) << "there is no other token to try";
}

TEST(GcsFaults, AReplacedObjectIsToldFromOneThatIsGone) {
  GcsScript replaced({{failure(404, "No such object: bucket/k")}, {object("x")}});
  EXPECT_EQ(bucket()->read("k", 2, 1, "5").error().text(), object_changed("gs://bucket/k").text());
  EXPECT_EQ(line_of(replaced.requests().front()),
            "GET /storage/v1/b/bucket/o/k?alt=media&generation=5");
  EXPECT_EQ(header_of(replaced.requests().front(), "range"), "bytes=2-2");
  GcsScript gone({{failure(404, "No such object: bucket/k")}});
  EXPECT_EQ(bucket()->read("k", 2, 1, "5").error().code, Code::kNotFound);
}

TEST(GcsFaults, AnswersThatAreNoneAreRefused) {
  for (const char* body :
       {"", "<html>", R"({"items":[{"name":"k"}]})", R"({"items":7})", R"({"nextPageToken":7})"}) {
    GcsScript server({{answer(200, "", body)}});
    EXPECT_FALSE(bucket()->stat("k")) << body;
    EXPECT_FALSE(bucket()->list("")) << body;
  }
  GcsScript endless({{answer(200, "", R"({"nextPageToken":"t"})")}});
  EXPECT_EQ(bucket()->list("").error().code, Code::kInternal);
}

}  // namespace
}  // namespace skymill
