#include "base/signing.h"

#include <gtest/gtest.h>

#include "base/signing/test_keys.h"
#include "base/text.h"

namespace skymill {
namespace {

constexpr const char* kText = "header.claims";

class Signing : public testing::TestWithParam<const char*> {
 protected:
  static TestKeys keys() {
    return std::string_view(GetParam()) == "rsa" ? rsa_keys() : p256_keys();
  }
};

INSTANTIATE_TEST_SUITE_P(Keys, Signing, testing::Values("rsa", "p256"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(Signing, IsVerifiedByTheSameKeyAndText) {
  const TestKeys mine = keys();
  for (const std::string& text : {std::string(kText), std::string(), std::string(1 << 20, 'x')}) {
    const auto signature = sign_sha256(Secret(mine.private_pem), text);
    ASSERT_TRUE(signature) << signature.error().text();
    EXPECT_TRUE(*verify_sha256(mine.public_pem, text, *signature));
    EXPECT_FALSE(*verify_sha256(mine.public_pem, text + "x", *signature));
    EXPECT_FALSE(*verify_sha256(keys().public_pem, text, *signature));
  }
}

TEST_P(Signing, AMalformedSignatureIsNone) {
  const TestKeys mine = keys();
  std::string signature = *sign_sha256(Secret(mine.private_pem), kText);
  EXPECT_FALSE(*verify_sha256(mine.public_pem, kText, ""));
  EXPECT_FALSE(*verify_sha256(mine.public_pem, kText, "garbage"));
  EXPECT_FALSE(*verify_sha256(mine.public_pem, kText, signature.substr(1)));
  EXPECT_FALSE(*verify_sha256(mine.public_pem, kText, signature + "x"));
  signature[signature.size() / 2] = static_cast<char>(signature[signature.size() / 2] ^ 1);
  EXPECT_FALSE(*verify_sha256(mine.public_pem, kText, signature));
}

TEST(SigningForm, IsRs256AndDer) {
  const TestKeys keys = rsa_keys();
  EXPECT_EQ(sign_sha256(Secret(keys.private_pem), kText)->size(), 256U);
  // PKCS#1 v1.5 has no random part.
  EXPECT_EQ(*sign_sha256(Secret(keys.private_pem), kText),
            *sign_sha256(Secret(keys.private_pem), kText));
  const std::string der = *sign_sha256(Secret(p256_keys().private_pem), kText);
  EXPECT_EQ(der.front(), '\x30');  // a DER sequence
  EXPECT_EQ(static_cast<size_t>(der[1]) + 2, der.size());
}

TEST(SigningKeys, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  const TestKeys keys = rsa_keys();
  std::string cut = keys.private_pem;
  cut.erase(cut.size() / 2, 40);
  for (const std::string& pem :
       {std::string(), std::string("garbage"), cut, keys.public_pem, std::string(100'000, 'A')}) {
    const auto signature = sign_sha256(Secret(pem), kText);
    ASSERT_FALSE(signature);
    EXPECT_EQ(signature.error().text().find(cut.substr(200, 20)), std::string::npos);
  }
  EXPECT_EQ(verify_sha256("garbage", kText, "x").error().code, Code::kInvalidArgument);
  EXPECT_EQ(verify_sha256(keys.private_pem, kText, "x").error().code, Code::kInvalidArgument);
}

TEST(SigningKeys, APasswordIsNotAskedFor) {
  for (const TestKeys& keys : {rsa_keys(2048, "canary"), p256_keys("canary")}) {
    const auto signature = sign_sha256(Secret(keys.private_pem), kText);
    ASSERT_FALSE(signature);
    EXPECT_EQ(signature.error().code, Code::kUnsupported);
    EXPECT_NE(signature.error().message.find("encrypted"), std::string::npos);
  }
}

TEST(SigningKeys, ShortAndOtherOnesAreRefused) {
  EXPECT_EQ(sign_sha256(Secret(rsa_keys(1024).private_pem), kText).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(sign_sha256(Secret(ed25519_keys().private_pem), kText).error().code,
            Code::kUnsupported);
}

TEST_P(Signing, ThePublicHalfIsTheSameHoweverItIsLaidOut) {
  const TestKeys mine = keys();
  EXPECT_EQ(*public_key_of(Secret(mine.private_pem)), mine.public_pem);
  EXPECT_EQ(*canonical_public_key("\n" + mine.public_pem + "\n"), mine.public_pem);
  EXPECT_FALSE(canonical_public_key(mine.private_pem));
  EXPECT_FALSE(public_key_of(Secret(mine.public_pem)));
}

}  // namespace
}  // namespace skymill
