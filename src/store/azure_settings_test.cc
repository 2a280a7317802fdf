// Which account a URI and the settings agree on; azurite behind the names that Hadoop users write.
#include "store/azure_settings.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "store/store_servers_testing.h"
#include "store/stores.h"

namespace skymill {
namespace {

constexpr const char* kHost = "ann.dfs.core.windows.net";

/// Without the settings that other tests have made, which return afterwards.
class AzureSettingsTest : public testing::Test {
 protected:
  static constexpr std::array<const char*, 4> kNames = {
      "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY",
      "AZURE_STORAGE_SAS_TOKEN"};

  void SetUp() override {
    for (const char* name : kNames) {
      const char* value = std::getenv(name);
      kept_.push_back(value == nullptr ? std::string() : std::string(value));
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (size_t i = 0; i < kNames.size(); ++i) setenv(kNames[i], kept_[i].c_str(), 1);
  }

 private:
  std::vector<std::string> kept_;
};

TEST_F(AzureSettingsTest, TakeTheAccountFromTheUriWhenNothingElseNamesOne) {
  setenv("AZURE_STORAGE_SAS_TOKEN", "?sig=hunter2", 1);
  EXPECT_FALSE(azure_settings());
  const auto settings = azure_settings(kHost);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->account, "ann");
  EXPECT_EQ(settings->endpoint, "https://ann.blob.core.windows.net");
  EXPECT_EQ(azure_settings("Ann.blob.core.windows.net")->account, "ann");
}

TEST_F(AzureSettingsTest, RefuseAnotherAccountThanTheirs) {
  setenv("AZURE_STORAGE_ACCOUNT", "ann", 1);
  EXPECT_TRUE(azure_settings(kHost));
  setenv("AZURE_STORAGE_ACCOUNT", "bob", 1);
  const auto refused = azure_settings(kHost);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_NE(refused.error().text().find("the account ann, the settings bob"), std::string::npos);
  const std::string sas = ";SharedAccessSignature=sig=hunter2";
  setenv("AZURE_STORAGE_CONNECTION_STRING",
         ("BlobEndpoint=https://bob-secondary.blob.core.windows.net" + sas).c_str(), 1);
  const auto other = azure_settings(kHost);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().text().find("hunter2"), std::string::npos);
  EXPECT_EQ(azure_settings("bob.dfs.core.windows.net")->endpoint,
            "https://bob-secondary.blob.core.windows.net");
}

TEST_F(AzureSettingsTest, RefuseHostsThatAreNotAzures) {
  for (const char* host : {"ann.dfs.core.windows.net.storage.example", "ann.dfs.storage.example",
                           "core.windows.net", "a.b.dfs.core.windows.net", "ann"}) {
    EXPECT_EQ(azure_settings(host).error().code, Code::kInvalidArgument) << host;
  }
  setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName=ann;EndpointSuffix=core.chinacloudapi.cn",
         1);
  EXPECT_EQ(azure_settings("ann.dfs.core.chinacloudapi.cn")->endpoint,
            "https://ann.blob.core.chinacloudapi.cn");
  EXPECT_FALSE(azure_settings(kHost));
}

TEST_F(AzureSettingsTest, ServeTheUrisOfHadoopsDrivers) {
  const AzureServer server;
  server.make_container("box");
  for (const std::string scheme : {"abfss", "abfs"}) {
    const auto place = locate(scheme + "://box@devstoreaccount1.dfs.core.windows.net/a/b");
    ASSERT_TRUE(place) << place.error().text();
    EXPECT_EQ(place->text(), scheme + "://box@devstoreaccount1.dfs.core.windows.net/a/b");
    ASSERT_TRUE(write_object(*place->store, place->key, scheme));
    EXPECT_EQ(*read_object(*locate("az://box/a/b")->store, "a/b", 100), scheme);
  }
  EXPECT_EQ(locate("abfss://box@ann.dfs.core.windows.net/k").error().code, Code::kInvalidArgument);
  for (const char* uri : {"abfss://box/k", "abfss://@devstoreaccount1.dfs.core.windows.net/k"}) {
    EXPECT_EQ(locate(uri).error().code, Code::kInvalidArgument) << uri;
  }
}

}  // namespace
}  // namespace skymill
