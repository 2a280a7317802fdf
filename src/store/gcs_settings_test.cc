// Credentials of Google's store as users have them, and the tokens made of them. The canary stands
// for every secret: no error may hold it.
#include "store/gcs_settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/base64.h"
#include "base/json.h"
#include "base/signing.h"
#include "base/signing/test_keys.h"
#include "store/gcs_store.h"
#include "store/gcs_token.h"
#include "store/scripted_server_testing.h"

namespace skymill {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCanary = "canary-secret";

/// Files of credentials in a folder of their own; the environment is as before afterwards.
class GcsAccess : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "gcs_settings_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    setenv("CLOUDSDK_CONFIG", folder_.c_str(), 1);
    unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
    unsetenv("STORAGE_EMULATOR_HOST");
  }
  void TearDown() override {
    fs::remove_all(folder_);
    for (const char* name :
         {"CLOUDSDK_CONFIG", "GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"}) {
      unsetenv(name);
    }
  }

  /// Writes a file and names it in GOOGLE_APPLICATION_CREDENTIALS.
  void use(const std::string& text) {
    const std::string path = folder_ + "/key.json";
    std::ofstream(path) << text;
    setenv("GOOGLE_APPLICATION_CREDENTIALS", path.c_str(), 1);
  }
  static std::string service_account(const std::string& private_pem) {
    Json json;
    json.set("type", "service_account").set("client_email", "robot@project.example");
    json.set("private_key_id", "key-1").set("private_key", private_pem);
    return json.dump();
  }
  static std::string user(const std::string& token_uri) {
    Json json;
    json.set("type", "authorized_user").set("client_id", "client").set("client_secret", kCanary);
    json.set("refresh_token", std::string("1//") + kCanary).set("token_uri", token_uri);
    return json.dump();
  }
  static std::string token_answer(const std::string& token, int seconds) {
    return answer(200, "",
                  cat(R"({"access_token":")", token, R"(","expires_in":)", seconds,
                      R"(,"token_type":"Bearer"})"));
  }
  static void expect_no_secret(const Error& error) {
    EXPECT_EQ(error.text().find(kCanary), std::string::npos) << error.text();
  }

  std::string folder_;
};

TEST_F(GcsAccess, WithoutAnyRequestsAreAnonymous) {
  const auto settings = gcs_settings();
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->credentials.kind, GcsAccount::kNone);
  EXPECT_EQ(settings->endpoint, "https://storage.googleapis.com");
}

TEST_F(GcsAccess, ReadsAServiceAccountFile) {
  use(service_account("pem"));
  const auto settings = gcs_settings();
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->credentials.kind, GcsAccount::kService);
  EXPECT_EQ(settings->credentials.email, "robot@project.example");
  EXPECT_EQ(settings->credentials.private_key.reveal(), "pem");
  EXPECT_EQ(settings->credentials.origin, folder_ + "/key.json");
}

TEST_F(GcsAccess, ReadsTheFileOfGcloudUnlessAnotherServerIsNamed) {
  std::ofstream(folder_ + "/application_default_credentials.json")
      << R"({"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"})";
  const auto settings = gcs_settings();
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->credentials.kind, GcsAccount::kUser);
  EXPECT_EQ(settings->credentials.token_uri, "https://oauth2.googleapis.com/token");
  setenv("STORAGE_EMULATOR_HOST", "localhost:9023", 1);
  EXPECT_EQ(gcs_settings()->credentials.kind, GcsAccount::kNone);
}

TEST_F(GcsAccess, KnowsTheEmulatorWithAndWithoutAScheme) {
  for (const auto& [host, endpoint] :
       {std::pair("localhost:9023", "http://localhost:9023"),
        std::pair("http://127.0.0.1:9023/", "http://127.0.0.1:9023"),
        std::pair("https://storage.example", "https://storage.example")}) {
    setenv("STORAGE_EMULATOR_HOST", host, 1);
    EXPECT_EQ(gcs_settings()->endpoint, endpoint);
  }
  setenv("STORAGE_EMULATOR_HOST", "storage.example:80", 1);
  EXPECT_EQ(gcs_settings().error().code, Code::kPermissionDenied);
}

TEST_F(GcsAccess, RefusesOtherFilesWithoutRepeatingThem) {
  setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/file", 1);
  EXPECT_EQ(gcs_settings().error().code, Code::kNotFound);
  EXPECT_EQ(gcs_settings().error().place.source, "/no/such/file");
  const std::string secret = kCanary;
  for (const std::string& text :
       {std::string(), secret, "{\"private_key\": \"" + secret, "{\"" + secret + "\" 7}",
        std::string("[]"), std::string("{}"), std::string(R"({"type":"service_account"})"),
        std::string(R"({"type":"external_account"})"), std::string(R"({"type":7})"),
        R"({"type":"service_account","private_key":[")" + secret + R"("]})",
        R"({"type":"authorized_user","client_secret":")" + secret + R"("})",
        user("http://storage.example/token"), user("ftp://127.0.0.1/"), user("")}) {
    use(text);
    const auto settings = gcs_settings();
    ASSERT_FALSE(settings) << text;
    expect_no_secret(settings.error());
    EXPECT_EQ(settings.error().place.source, folder_ + "/key.json");
  }
}

TEST_F(GcsAccess, BucketsAreNames) {
  for (const char* name : {"", "a/b", "a b", "..", ".", "a?b", "a#b", "a%2Fb"}) {
    EXPECT_EQ(gcs_store(name).error().code, Code::kInvalidArgument) << name;
  }
}

std::string part_of(const std::string& token, size_t number) {
  std::string part = split(token, '.').at(number);
  std::ranges::replace(part, '-', '+');
  std::ranges::replace(part, '_', '/');
  part.append((4 - part.size() % 4) % 4, '=');
  return base64_bytes(part).value_or("no base64");
}

TEST_F(GcsAccess, AServiceAccountSignsItsOwnTokens) {
  const TestKeys keys = rsa_keys();
  use(service_account(keys.private_pem));
  ScriptedServer server({{answer(206, "", "x")}});
  setenv("STORAGE_EMULATOR_HOST", server.url().c_str(), 1);
  const auto store = *gcs_store("bucket");
  ASSERT_TRUE(store->read("k", 0, 1, ""));
  ASSERT_TRUE(store->read("k", 0, 1, ""));
  const auto requests = server.requests();
  const std::string sent = header_of(requests[0], "authorization");
  ASSERT_TRUE(sent.starts_with("Bearer "));
  EXPECT_EQ(header_of(requests[1], "authorization"), sent) << "it is used as long as it is good";
  const std::string token = sent.substr(7);
  EXPECT_TRUE(
      *verify_sha256(keys.public_pem, token.substr(0, token.rfind('.')), part_of(token, 2)));
  EXPECT_EQ(part_of(token, 0), R"({"alg":"RS256","typ":"JWT","kid":"key-1"})");
  const Json claims = *Json::parse(part_of(token, 1));
  EXPECT_EQ(*claims.string_at("iss"), "robot@project.example");
  EXPECT_EQ(*claims.string_at("sub"), "robot@project.example");
  EXPECT_NE(claims.string_at("scope")->find("devstorage.read_write"), std::string::npos);
  EXPECT_EQ(*claims.integer_at("exp") - *claims.integer_at("iat"), 3600);
  EXPECT_NEAR(static_cast<double>(*claims.integer_at("iat")),
              static_cast<double>(std::time(nullptr)), 300);
}

TEST_F(GcsAccess, AKeyThatCannotSignIsNotRepeated) {
  use(service_account(
      cat("-----BEGIN PRIVATE KEY-----\n", kCanary, "\n-----END PRIVATE KEY-----")));
  const auto bytes = (*gcs_store("bucket"))->read("k", 0, 1, "");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Code::kInvalidArgument);
  EXPECT_NE(bytes.error().message.find(folder_ + "/key.json"), std::string::npos);
  expect_no_secret(bytes.error());
}

TEST_F(GcsAccess, AUsersTokenIsBoughtOnceForAllThreadsAndStores) {
  ScriptedServer seller({{token_answer("token-1", 3600)}, {token_answer("token-2", 3600)}});
  use(user(seller.url() + "/token"));
  const auto credentials = gcs_settings()->credentials;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::string> tokens;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto token = gcs_tokens(credentials)->get();
      const std::lock_guard lock(mutex);
      tokens.insert(token ? token->reveal() : token.error().text());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tokens, std::set<std::string>{"token-1"});
  ASSERT_EQ(seller.requests().size(), 1U);
  const std::string request = seller.requests().front();
  EXPECT_TRUE(request.starts_with("POST /token HTTP/1.1\r\n"));
  EXPECT_TRUE(
      request.ends_with("\r\n\r\ngrant_type=refresh_token&client_id=client&client_secret="
                        "canary-secret&refresh_token=1%2F%2Fcanary-secret"));
}

TEST_F(GcsAccess, ATransferGoesOnWithTheNextToken) {
  ScriptedServer seller({{token_answer("token-1", 0)},
                         {token_answer("token-2", 0)},
                         {token_answer("token-3", 3600)}});
  ScriptedServer server({{answer(200, "Location: $URL/o?upload_id=u\r\n")},
                         {answer(308, cat("Range: bytes=0-", (8 << 20) - 1, "\r\n"))},
                         {answer(200)}});
  use(user(seller.url() + "/token"));
  setenv("STORAGE_EMULATOR_HOST", server.url().c_str(), 1);
  ASSERT_TRUE(write_object(**gcs_store("bucket"), "k", std::string(9 << 20, 'x')));
  std::vector<std::string> used;
  for (const auto& request : server.requests()) used.push_back(header_of(request, "authorization"));
  EXPECT_EQ(used, (std::vector<std::string>{"Bearer token-1", "Bearer token-2", "Bearer token-3"}));
}

TEST_F(GcsAccess, ARefusedTokenIsReplacedOnce) {
  ScriptedServer seller({{token_answer("token-1", 3600)},
                         {token_answer("token-2", 3600)},
                         {token_answer("token-3", 3600)}});
  ScriptedServer server({{answer(401)}, {answer(206, "", "x")}, {answer(401)}});
  use(user(seller.url() + "/token"));
  setenv("STORAGE_EMULATOR_HOST", server.url().c_str(), 1);
  const auto store = *gcs_store("bucket");
  EXPECT_EQ(*store->read("k", 0, 1, ""), "x");
  EXPECT_EQ(header_of(server.requests()[1], "authorization"), "Bearer token-2");
  EXPECT_EQ(store->read("k", 0, 1, "").error().code, Code::kPermissionDenied);
  EXPECT_EQ(server.requests().size(), 4U) << "one more try with token-3, no more";
  // Another thread's refusal of the one before does not cost the token that is good.
  EXPECT_EQ(gcs_tokens(gcs_settings()->credentials)->get(Secret("token-2"))->reveal(), "token-3");
}

TEST_F(GcsAccess, WhatTheSellerSaysIsNotRepeated) {
  const std::string secret = kCanary;
  for (const std::string& said :
       {answer(400, "", R"({"error":"invalid_grant","error_description":")" + secret + "\"}"),
        answer(401, "", R"({"error":")" + secret + " \"}"), answer(403, "", secret),
        answer(302, "Location: /\r\n", secret), answer(200, "", "{\"access_token\":\"" + secret),
        answer(200, "", R"({"access_token":")" + secret + "\"}"),
        token_answer(secret + "\\r\\nx: y", 3600), token_answer("", 3600)}) {
    ScriptedServer seller({{said}});
    use(user(seller.url() + "/token"));
    const auto bytes = (*gcs_store("bucket"))->read("k", 0, 1, "");
    ASSERT_FALSE(bytes) << said;
    expect_no_secret(bytes.error());
    EXPECT_EQ(bytes.error().place.source, "gs://bucket/k");
    EXPECT_NE(bytes.error().message.find(folder_ + "/key.json"), std::string::npos);
  }
  ScriptedServer seller({{answer(400, "", R"({"error":"invalid_grant"})")}});
  use(user(seller.url() + "/token"));
  const auto refused = (*gcs_store("bucket"))->list("");
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_NE(refused.error().message.find("invalid_grant"), std::string::npos);
}

TEST_F(GcsAccess, ThreadsThatWaitedSeeTheFailureOnce) {
  ScriptedServer seller(
      {{.answer = answer(400, "", R"({"error":"invalid_grant"})"), .late_milliseconds = 300}});
  use(user(seller.url() + "/token"));
  AccessTokens& tokens = *gcs_tokens(gcs_settings()->credentials);
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto token = tokens.get();
      if (!token && token.error().code == Code::kPermissionDenied) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 8);
  EXPECT_LT(seller.requests().size(), 8U);
}

TEST_F(GcsAccess, AGoodTokenOutlivesADeadSeller) {
  ScriptedServer seller({{token_answer("token-1", 40)}, {answer(400)}});
  use(user(seller.url() + "/token"));
  AccessTokens& tokens = *gcs_tokens(gcs_settings()->credentials);
  EXPECT_EQ(tokens.get()->reveal(), "token-1");
  EXPECT_FALSE(tokens.get(Secret("token-1"))) << "a refused one is not good";
  EXPECT_EQ(tokens.get(Secret("another"))->reveal(), "token-1");
}

}  // namespace
}  // namespace skymill
