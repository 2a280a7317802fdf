#include "registry/model_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/sha256.h"
#include "base/signing/test_keys.h"
#include "store/memory_store.h"

namespace skymill {
namespace {

using testing::HasSubstr;

const std::string kHash = sha256_hex("a model");

TEST(ModelSignature, HoldsForItsModelAndKeyOnly) {
  const TestKeys mine = p256_keys();
  const auto bundle = sign_model("gender@3", kHash, Secret(mine.private_pem));
  ASSERT_TRUE(bundle) << bundle.error().text();
  EXPECT_TRUE(verify_model_signature(*bundle, kHash, mine.public_pem));
  const auto other = verify_model_signature(*bundle, sha256_hex("another"), mine.public_pem);
  EXPECT_EQ(other.error().code, Code::kPermissionDenied);
  EXPECT_THAT(other.error().message, HasSubstr("another model"));
  const auto stranger = verify_model_signature(*bundle, kHash, p256_keys().public_pem);
  EXPECT_EQ(stranger.error().code, Code::kPermissionDenied);
  EXPECT_THAT(stranger.error().message, HasSubstr("another key"));
}

TEST(ModelSignature, RefusesWhatIsNoBundle) {
  const TestKeys mine = p256_keys();
  for (const char* text :
       {"", "{}", "[]", "null", R"({"dsseEnvelope":{}})",
        R"({"dsseEnvelope":{"payloadType":"x","payload":"e30=","signatures":[]}})",
        R"({"dsseEnvelope":{"payloadType":"x","payload":"!","signatures":[{}]}})"}) {
    EXPECT_EQ(verify_model_signature(text, kHash, mine.public_pem).error().code,
              Code::kPermissionDenied)
        << text;
  }
}

TEST(ModelSignature, EveryChangeOfTheBundleIsSeenOrHarmless) {
  const TestKeys mine = p256_keys();
  const std::string bundle = *sign_model("m", kHash, Secret(mine.private_pem));
  const std::string payload = *Json::parse(bundle)->find("dsseEnvelope")->string_at("payload");
  for (size_t i = 0; i < bundle.size(); ++i) {
    std::string changed = bundle;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (!verify_model_signature(changed, kHash, mine.public_pem)) continue;
    // The change hit the key's hint or a name beside the envelope.
    const Json kept = *Json::parse(changed);
    EXPECT_EQ(*kept.find("dsseEnvelope")->string_at("payload"), payload) << i;
  }
}

TEST(ModelSignature, AsksForAKeyOnP256) {
  EXPECT_EQ(sign_model("m", kHash, Secret(rsa_keys().private_pem)).error().code,
            Code::kUnsupported);
  EXPECT_FALSE(sign_model("m", kHash, Secret("no key")));
  const std::string bundle = *sign_model("m", kHash, Secret(p256_keys().private_pem));
  EXPECT_EQ(verify_model_signature(bundle, kHash, "no key").error().code, Code::kInvalidArgument);
}

TEST(ModelSignature, LiesBesideAModelFile) {
  const TestKeys mine = p256_keys();
  const ObjectLocation file{memory_store("signed-files"), "m.skymill"};
  EXPECT_EQ(check_file_signature(file, "a model", mine.public_pem).error().code,
            Code::kPermissionDenied);
  const std::string bundle = *sign_model("m", kHash, Secret(mine.private_pem));
  ASSERT_TRUE(write_object(*file.store, "m.skymill.sig", bundle));
  EXPECT_TRUE(check_file_signature(file, "a model", mine.public_pem));
  EXPECT_FALSE(check_file_signature(file, "a modem", mine.public_pem));
}

}  // namespace
}  // namespace skymill
