// What S3 and the network may do to a request: a server that follows a script answers late, wrongly
// or not at all. The result is the right one or an error that says what failed.
#include <gtest/gtest.h>

#include "store/s3_store.h"
#include "store/scripted_server_testing.h"

namespace skymill {
namespace {

/// The server that s3:// means in this process.
class S3Script : public ScriptedServer {
 public:
  explicit S3Script(std::vector<Step> script) : ScriptedServer(std::move(script)) {
    setenv("AWS_ENDPOINT_URL", url().c_str(), 1);
    setenv("AWS_ACCESS_KEY_ID", S3Server::kKey, 1);
    setenv("AWS_SECRET_ACCESS_KEY", S3Server::kSecret, 1);
  }
};

TEST(S3Faults, LaterIsTriedAgain) {
  for (const int status : {429, 500, 502, 503, 504}) {
    S3Script server({{answer(status, kNow)}, {answer(status, kNow)}, {answer(200, "", "ok")}});
    EXPECT_EQ(*(*s3_store("b"))->read("k", 0, 2, ""), "ok") << status;
    EXPECT_EQ(server.requests().size(), 3U);
  }
}

TEST(S3Faults, LaterForeverEnds) {
  S3Script server({{answer(503, kNow, "<Error><Code>SlowDown</Code></Error>")}});
  const auto bytes = (*s3_store("b"))->read("k", 0, 2, "");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kUnavailable);
  EXPECT_NE(bytes.error().message.find("503 SlowDown"), std::string::npos);
  EXPECT_EQ(bytes.error().place.source, "s3://b/k");
  EXPECT_EQ(server.requests().size(), 6U);
}

TEST(S3Faults, APauseBeyondTheTimeIsNotTaken) {
  S3Script server({{answer(503, "Retry-After: 3600\r\n")}});
  EXPECT_EQ((*s3_store("b"))->stat("k").error().code, Code::kUnavailable);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(S3Faults, ABrokenConnectionIsTriedAgain) {
  S3Script server({{""}, {answer(200, "", "ok")}});
  EXPECT_EQ(*(*s3_store("b"))->read("k", 0, 2, ""), "ok");
}

TEST(S3Faults, ACutOffAnswerIsNoAnswer) {
  S3Script server({{"HTTP/1.1 206 x\r\nContent-Length: 10\r\n\r\n0123", false},
                   {answer(206, "", "0123456789")}});
  EXPECT_EQ(*(*s3_store("b"))->read("k", 5, 10, ""), "0123456789");
}

TEST(S3Faults, WhatWillNotPassIsNotTriedAgain) {
  S3Script server({{answer(403, "", "<Error><Code>AccessDenied</Code></Error>")}});
  const auto denied = (*s3_store("b"))->read("k", 0, 2, "");
  EXPECT_EQ(denied.error().code, Code::kPermissionDenied);
  EXPECT_EQ(denied.error().text().find(S3Server::kSecret), std::string::npos);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(S3Faults, AnAnswerThatIsTooLongIsRefused) {
  S3Script server({{answer(206, "", std::string(100'000, 'x'))}});
  EXPECT_EQ((*s3_store("b"))->read("k", 0, 2, "").error().code, Code::kResourceExhausted);
}

TEST(S3Faults, AServerWithoutRangesIsRefused) {
  S3Script server({{answer(200, "", "0123456789")}});
  EXPECT_EQ((*s3_store("b"))->read("k", 5, 100, "").error().code, Code::kUnsupported);
}

TEST(S3Faults, AListThatDoesNotEndIsRefused) {
  const std::string page =
      "<L><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></L>";
  S3Script server({{answer(200, "", page)}});
  EXPECT_EQ((*s3_store("b"))->list("").error().code, Code::kInternal);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(S3Faults, ALostCreateIsNoSuccessOfAnother) {
  S3Script server({{""},
                   {answer(412, "", "<Error><Code>PreconditionFailed</Code></Error>")},
                   {answer(200, "x-amz-meta-skymill-write: another\r\n")}});
  const auto done = write_object(**s3_store("b"), "k", "x", WriteMode::kCreate);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kAlreadyExists);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(header_of(requests[0], "if-none-match"), "*");
  EXPECT_EQ(header_of(requests[0], "x-amz-meta-skymill-write"),
            header_of(requests[1], "x-amz-meta-skymill-write"));
  EXPECT_TRUE(requests[2].starts_with("HEAD "));
}

TEST(S3Faults, ALostCreateThatWorkedIsASuccess) {
  S3Script server({{""},
                   {answer(412, "", "<Error><Code>PreconditionFailed</Code></Error>")},
                   {answer(200, "x-amz-meta-skymill-write: $ID\r\n")}});
  EXPECT_TRUE(write_object(**s3_store("b"), "k", "x", WriteMode::kCreate));
}

TEST(S3Faults, ALostCreateThatCurlRepeatedIsASuccess) {
  S3Script server({{answer(200, "", "ok")},
                   {""},  // a kept connection: curl sends again without telling
                   {answer(412, "", "<Error><Code>PreconditionFailed</Code></Error>")},
                   {answer(200, "x-amz-meta-skymill-write: $ID\r\n")}});
  EXPECT_EQ(*(*s3_store("b"))->read("k", 0, 2, ""), "ok");
  EXPECT_TRUE(write_object(**s3_store("b"), "k", "x", WriteMode::kCreate));
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST(S3Faults, WhatCannotBeAskedIsNotCalledAnothers) {
  S3Script server({{answer(412)}, {answer(503, "Retry-After: 3600\r\n")}});
  const auto created = write_object(**s3_store("b"), "k", "x", WriteMode::kCreate);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Code::kUnavailable) << created.error().text();
}

TEST(S3Faults, AConflictWithNothingIsTriedAgain) {
  const std::string conflict =
      answer(409, "", "<Error><Code>ConditionalRequestConflict</Code></Error>");
  S3Script passes({{conflict}, {answer(404)}, {answer(200)}});
  EXPECT_TRUE(write_object(**s3_store("b"), "k", "x", WriteMode::kCreate));
  S3Script taken({{conflict}, {answer(200)}});
  EXPECT_EQ(write_object(**s3_store("b"), "k", "x", WriteMode::kCreate).error().code,
            Code::kAlreadyExists);
  std::vector<Step> again;
  for (int i = 0; i < 20; ++i) again.push_back({i % 2 == 0 ? conflict : answer(404)});
  S3Script stays(again);
  EXPECT_EQ(write_object(**s3_store("b"), "k", "x", WriteMode::kCreate).error().code,
            Code::kUnavailable);
  EXPECT_EQ(stays.requests().size(), 10U);
}

TEST(S3Faults, AnExpiredTokenIsADenial) {
  S3Script server({{answer(400, "", "<Error><Code>ExpiredToken</Code></Error>")}});
  const auto denied = (*s3_store("b"))->read("k", 0, 2, "");
  EXPECT_EQ(denied.error().code, Code::kPermissionDenied) << denied.error().text();
}

TEST(S3Faults, ALostUploadIsAborted) {
  const std::string begun = answer(200, "", "<R><UploadId>u</UploadId></R>");
  S3Script server({{begun}, {answer(400)}, {answer(204)}});
  {
    auto writer = *(*s3_store("b"))->write("k", WriteMode::kReplace);
    EXPECT_TRUE(writer->append(std::string(9 << 20, 'x')));  // the part is still on its way
  }
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_TRUE(requests[2].starts_with("DELETE /b/k?uploadId=u "));
}

TEST(S3Faults, APartThatFailsFailsTheWriteForGood) {
  const std::string begun = answer(200, "", "<R><UploadId>u</UploadId></R>");
  const std::string denied = answer(403, "", "<Error><Code>AccessDenied</Code></Error>");
  S3Script server({{begun}, {denied}, {answer(200, "ETag: \"e\"\r\n")}});
  {
    auto writer = *(*s3_store("b"))->write("k", WriteMode::kReplace);
    Result<void> outcome;
    for (int i = 0; i < 10 && outcome; ++i) outcome = writer->append(std::string(8 << 20, 'x'));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Code::kPermissionDenied);
    EXPECT_EQ(writer->append("x").error().code, Code::kPermissionDenied);
    EXPECT_EQ(writer->commit().error().code, Code::kPermissionDenied);
  }
  const auto requests = server.requests();
  for (size_t i = 1; i + 1 < requests.size(); ++i)
    EXPECT_TRUE(requests[i].starts_with("PUT ")) << i;
  EXPECT_TRUE(requests.back().starts_with("DELETE "));
}

TEST(S3Faults, PartsThatArriveInAnyOrderAreJoinedInTheirs) {
  // The first parts are answered last.
  S3Script server({{answer(200, "", "<R><UploadId>u</UploadId></R>")},
                   {answer(200, "ETag: \"1\"\r\n"), true, 200},
                   {answer(200, "ETag: \"2\"\r\n"), true, 100},
                   {answer(200, "ETag: \"3\"\r\n")},
                   {answer(200, "ETag: \"4\"\r\n")},
                   {answer(200, "", "<R></R>")}});
  EXPECT_TRUE(write_object(**s3_store("b"), "k", std::string((24 << 20) + 1, 'x')));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 6U);
  for (size_t step = 1; step <= 4; ++step) {
    const size_t number = requests[step].find("partNumber=") + 11;
    EXPECT_NE(requests[5].find(cat("<PartNumber>", requests[step][number], "</PartNumber><ETag>\"",
                                   step, "\"</ETag>")),
              std::string::npos)
        << requests[5];
  }
  for (int i = 1; i <= 4; ++i) {
    const size_t at = requests[5].find(cat("<PartNumber>", i, "<"));
    EXPECT_LT(at, requests[5].find(cat("<PartNumber>", i + 1, "<")));
  }
}

TEST(S3Faults, ASuccessThatTurnsIntoAFailureIsOne) {
  const std::string begun = answer(200, "", "<R><UploadId>u</UploadId></R>");
  S3Script server({{begun},
                   {answer(200, "ETag: \"e\"\r\n")},
                   {answer(200, "ETag: \"e\"\r\n")},
                   {answer(200, "", "<Error><Code>InternalError</Code></Error>")},
                   {answer(204)}});
  EXPECT_FALSE(write_object(**s3_store("b"), "k", std::string(9 << 20, 'x')));
}

TEST(S3Faults, AProxyIsNotAskedForThisMachine) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  S3Script server({{answer(200, "", "ok")}});
  EXPECT_EQ(*(*s3_store("b"))->read("k", 0, 2, ""), "ok");
  unsetenv("http_proxy");
}

TEST(S3Settings, RefusesToSendInTheOpen) {
  setenv("AWS_ENDPOINT_URL", "http://storage.example:9000", 1);
  EXPECT_EQ(s3_store("b").error().code, Code::kPermissionDenied);
  setenv("AWS_ENDPOINT_URL", "ftp://127.0.0.1", 1);
  EXPECT_EQ(s3_store("b").error().code, Code::kInvalidArgument);
  setenv("AWS_ENDPOINT_URL", "https://storage.example", 1);
  EXPECT_TRUE(s3_store("b"));
  setenv("AWS_ENDPOINT_URL", "https://storage.example#x", 1);
  EXPECT_EQ(s3_store("b").error().code, Code::kInvalidArgument);
  setenv("AWS_ENDPOINT_URL", "", 1);
  for (const char* bucket : {"host#", "host:1", "a/b", "", ".a", "a b", "a?"}) {
    EXPECT_EQ(s3_store(bucket).error().code, Code::kInvalidArgument) << bucket;
  }
  setenv("AWS_REGION", "host#", 1);
  EXPECT_EQ(s3_store("b").error().code, Code::kInvalidArgument);
  unsetenv("AWS_REGION");
  unsetenv("AWS_SECRET_ACCESS_KEY");
  setenv("AWS_ACCESS_KEY_ID", "half", 1);
  EXPECT_EQ(s3_store("b").error().code, Code::kInvalidArgument);
  unsetenv("AWS_ACCESS_KEY_ID");
}

}  // namespace
}  // namespace skymill
