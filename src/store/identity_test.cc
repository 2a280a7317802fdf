// Identities that a platform gives a program: temporary keys and tokens, from servers that follow a
// script.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "base/time_text.h"
#include "store/gcs_settings.h"
#include "store/gcs_token.h"
#include "store/s3_store.h"
#include "store/scripted_server_testing.h"
#include "store/stores.h"

namespace skymill {
namespace {

constexpr const char* kCanary = "canary-of-an-identity";

/// Variables for the length of a test; every other that could name credentials is unset.
class Identity : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ROLE_ARN",
          "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
          "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN",
          "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE",
          "GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST", "SKYMILL_MACHINE_IDENTITY"}) {
      unsetenv(name);
    }
    set("HOME", testing::TempDir() + "nobody");
    set("CLOUDSDK_CONFIG", testing::TempDir() + "nobody");
  }
  void TearDown() override {
    for (const std::string& name : set_) unsetenv(name.c_str());
    setenv("HOME", home_.c_str(), 1);
    if (!file_.empty()) std::remove(file_.c_str());
  }

  void set(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }
  /// A file that the platform keeps a token in.
  std::string token_file() {
    file_ = cat(testing::TempDir(), "token-", getpid());
    std::ofstream(file_) << kCanary << "\n";
    return file_;
  }
  static void expect_no_canary(const Error& error) {
    EXPECT_EQ(error.text().find(kCanary), std::string::npos) << error.text();
  }

 private:
  std::string home_ = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  std::vector<std::string> set_;
  std::string file_;
};

/// What STS answers: keys with this number, good for so many seconds.
std::string sts_keys(int number, int64_t seconds) {
  return answer(
      200, "",
      cat("<R><Credentials><AccessKeyId>AKIA", number, "</AccessKeyId><SecretAccessKey>", kCanary,
          "</SecretAccessKey><SessionToken>session-", number, "</SessionToken><Expiration>",
          iso_time(now_in_seconds() + seconds), "</Expiration></Credentials></R>"));
}

std::string keys_in_json(int64_t seconds) {
  return answer(
      200, "",
      cat(R"({"AccessKeyId":"AKIA1","SecretAccessKey":")", kCanary,
          R"(","Token":"session-1","Expiration":")", iso_time(now_in_seconds() + seconds), "\"}"));
}

TEST_F(Identity, AServiceAccountOfAClusterGetsKeysAndNewOnesInTime) {
  ScriptedServer sts({{sts_keys(1, 0)}, {sts_keys(2, 3600)}});
  ScriptedServer server({{answer(206, "", "x")}});
  set("AWS_ENDPOINT_URL", server.url());
  set("AWS_ENDPOINT_URL_STS", sts.url());
  set("AWS_ROLE_ARN", "arn:aws:iam::1:role/reader");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token_file());
  const auto store = *s3_store("b");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*store->read("k", 0, 1, ""), "x");
  ASSERT_EQ(sts.requests().size(), 2U) << "keys that are good are kept";
  EXPECT_TRUE(sts.requests()[0].ends_with(
      cat("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3A"
          "role%2Freader&RoleSessionName=skymill&WebIdentityToken=",
          kCanary)));
  std::vector<std::string> sessions;
  for (const auto& request : server.requests()) {
    sessions.push_back(header_of(request, "x-amz-security-token"));
    EXPECT_NE(header_of(request, "authorization").find("Credential=AKIA"), std::string::npos);
  }
  EXPECT_EQ(sessions, (std::vector<std::string>{"session-1", "session-2", "session-2"}));
}

TEST_F(Identity, ARefusedRoleIsSaid) {
  ScriptedServer sts({{answer(403, "", cat("<E><Code>AccessDenied</Code><Message>", kCanary))}});
  set("AWS_ENDPOINT_URL_STS", sts.url());
  set("AWS_ROLE_ARN", "arn:aws:iam::1:role/refused");
  set("AWS_WEB_IDENTITY_TOKEN_FILE", token_file());
  const auto denied = (*s3_store("b"))->read("k", 0, 1, "");
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kPermissionDenied);
  EXPECT_EQ(denied.error().place.source, "s3://b/k");
  EXPECT_NE(denied.error().message.find("AccessDenied"), std::string::npos);
  expect_no_canary(denied.error());
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token");
  EXPECT_EQ((*s3_store("b"))->stat("k").error().code, Code::kNotFound);
}

TEST_F(Identity, AContainerGetsItsKeys) {
  ScriptedServer agent({{keys_in_json(3600)}});
  ScriptedServer server({{answer(206, "", "x")}});
  set("AWS_ENDPOINT_URL", server.url());
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.url() + "/role");
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN", kCanary);
  EXPECT_EQ(*(*s3_store("b"))->read("k", 0, 1, ""), "x");
  EXPECT_EQ(header_of(agent.requests().front(), "authorization"), kCanary);
  EXPECT_EQ(header_of(server.requests().front(), "x-amz-security-token"), "session-1");
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://elsewhere.example/role");
  EXPECT_EQ(s3_store("b").error().code, Code::kPermissionDenied) << "in the open";
}

TEST_F(Identity, AMachineIsAskedOnlyWhenThatIsWanted) {
  ScriptedServer machine(
      {{answer(200, "", kCanary)}, {answer(200, "", "role one\n")}, {keys_in_json(3600)}});
  ScriptedServer server({{answer(206, "", "x")}});
  set("AWS_ENDPOINT_URL", server.url());
  set("AWS_EC2_METADATA_SERVICE_ENDPOINT", machine.url());
  EXPECT_EQ(*(*s3_store("b"))->read("k", 0, 1, ""), "x");
  EXPECT_TRUE(machine.requests().empty());
  EXPECT_EQ(header_of(server.requests().front(), "authorization"), "") << "anonymous";

  set("SKYMILL_MACHINE_IDENTITY", "1");
  EXPECT_EQ(*(*s3_store("b"))->read("k", 0, 1, ""), "x");
  const auto asked = machine.requests();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_TRUE(asked[0].starts_with("PUT /latest/api/token "));
  EXPECT_TRUE(asked[2].starts_with("GET /latest/meta-data/iam/security-credentials/role%20one "));
  EXPECT_EQ(header_of(asked[2], "x-aws-ec2-metadata-token"), kCanary);
  EXPECT_EQ(header_of(server.requests().back(), "x-amz-security-token"), "session-1");
}

TEST_F(Identity, AnIncompleteAnswerIsNoKey) {
  for (const std::string& said :
       {answer(200, "", "{}"), answer(200, "", kCanary), answer(404),
        answer(200, "", cat(R"({"AccessKeyId":"A","SecretAccessKey":")", kCanary, "\"}"))}) {
    ScriptedServer agent({{said}});
    set("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.url() + "/role");
    const auto bytes = (*s3_store("b"))->read("k", 0, 1, "");
    ASSERT_FALSE(bytes) << said;
    expect_no_canary(bytes.error());
  }
}

TEST_F(Identity, AnApplicationGetsTokensForAzure) {
  ScriptedServer seller({{answer(200, "", R"({"access_token":"token-1","expires_in":3600})")}});
  ScriptedServer server({{answer(206, "", "x")}});
  set("AZURE_STORAGE_CONNECTION_STRING", "AccountName=acc;BlobEndpoint=" + server.url());
  set("AZURE_AUTHORITY_HOST", seller.url());
  set("AZURE_TENANT_ID", "tenant");
  set("AZURE_CLIENT_ID", "client");
  set("AZURE_FEDERATED_TOKEN_FILE", token_file());
  EXPECT_EQ(*locate("az://c/")->store->read("k", 0, 1, ""), "x");
  EXPECT_EQ(header_of(server.requests().front(), "authorization"), "Bearer token-1");
  const std::string bought = seller.requests().front();
  EXPECT_TRUE(bought.starts_with("POST /tenant/oauth2/v2.0/token "));
  EXPECT_TRUE(bought.ends_with(cat("&client_assertion=", kCanary)));
  unsetenv("AZURE_FEDERATED_TOKEN_FILE");
  set("AZURE_CLIENT_SECRET", kCanary);
  EXPECT_EQ(*locate("az://c/")->store->read("k", 0, 1, ""), "x");
  EXPECT_TRUE(seller.requests().back().ends_with(cat("&client_secret=", kCanary)));
}

TEST_F(Identity, MachinesOfAzureAndGoogleAreAskedWhenThatIsWanted) {
  // As a text on Azure, a number on Google.
  ScriptedServer azure({{answer(200, "", R"({"access_token":"token-a","expires_in":"3600"})")}});
  ScriptedServer google({{answer(200, "", R"({"access_token":"token-g","expires_in":3600})")}});
  ScriptedServer server({{answer(206, "", "x")}});
  set("AZURE_STORAGE_CONNECTION_STRING", "AccountName=acc;BlobEndpoint=" + server.url());
  set("AZURE_POD_IDENTITY_AUTHORITY_HOST", azure.url());
  set("GCE_METADATA_HOST", google.url().substr(7));
  set("SKYMILL_MACHINE_IDENTITY", "1");
  EXPECT_EQ(*locate("az://c/")->store->read("k", 0, 1, ""), "x");
  EXPECT_EQ(header_of(server.requests().front(), "authorization"), "Bearer token-a");
  EXPECT_EQ(header_of(azure.requests().front(), "metadata"), "true");
  EXPECT_EQ(*gcs_tokens(gcs_settings()->credentials)->get(), Secret("token-g"));
  const std::string asked = google.requests().front();
  EXPECT_TRUE(
      asked.starts_with("GET /computeMetadata/v1/instance/service-accounts/default/token "));
  EXPECT_EQ(header_of(asked, "metadata-flavor"), "Google");
}

}  // namespace
}  // namespace skymill
