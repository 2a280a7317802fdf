#include "store/store_options.h"

#include <gtest/gtest.h>

#include "store/s3_store.h"
#include "store/scripted_server_testing.h"

namespace skymill {
namespace {

/// Options of the process for the length of a test.
class StoreOptionsTest : public testing::Test {
 protected:
  static void use(const std::vector<std::string>& assignments) {
    const auto options = StoreOptions::parse(assignments);
    ASSERT_TRUE(options) << options.error().text();
    set_store_options(*options);
  }
  void SetUp() override {
    setenv("AWS_ACCESS_KEY_ID", "key", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  }
  void TearDown() override {
    set_store_options({});
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
  }
};

TEST_F(StoreOptionsTest, DefaultsAreThoseOfTheSpecs) {
  const StoreOptions fresh;
  const auto parsed = StoreOptions::parse({});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->timeout, fresh.timeout);
  EXPECT_EQ(parsed->retries, fresh.retries);
  EXPECT_EQ(parsed->requester_pays, fresh.requester_pays);
}

TEST_F(StoreOptionsTest, AreCheckedAndNamed) {
  const auto refused = [](const std::string& text) {
    return StoreOptions::parse(std::vector<std::string>{text}).error();
  };
  EXPECT_NE(refused("endpiont=x").hint.find("endpoint"), std::string::npos);
  for (const char* text : {"timeout=0", "timeout=x", "retries=-1", "addressing=other", "region"}) {
    EXPECT_EQ(refused(text).code, Code::kInvalidArgument) << text;
  }
}

TEST_F(StoreOptionsTest, ReachTheRequestsOfS3) {
  ScriptedServer server({{answer(200)}});
  use({"endpoint=" + server.url(), "region=eu-west-3", "requester_pays=true",
       "encryption_key=arn:key"});
  ASSERT_TRUE(write_object(**s3_store("b"), "k", "x"));
  const std::string request = server.requests().front();
  EXPECT_TRUE(request.starts_with("PUT /b/k "));
  EXPECT_EQ(header_of(request, "x-amz-request-payer"), "requester");
  EXPECT_EQ(header_of(request, "x-amz-server-side-encryption"), "aws:kms");
  EXPECT_EQ(header_of(request, "x-amz-server-side-encryption-aws-kms-key-id"), "arn:key");
  const std::string signature = header_of(request, "authorization");
  EXPECT_NE(signature.find("/eu-west-3/s3/"), std::string::npos);
  EXPECT_NE(signature.find("x-amz-request-payer"), std::string::npos) << "signed too";
}

TEST_F(StoreOptionsTest, SayHowOftenAndHowLongIsTried) {
  ScriptedServer server({{answer(503, kNow)}});
  use({"endpoint=" + server.url(), "retries=2"});
  EXPECT_EQ((*s3_store("b"))->stat("k").error().code, Code::kUnavailable);
  EXPECT_EQ(server.requests().size(), 3U);
}

}  // namespace
}  // namespace skymill
