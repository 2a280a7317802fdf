// The examples of the Amazon S3 API reference, "Signature Calculations for the Authorization
// Header", and those of RFC 4231 for the code below it.
#include "store/aws_signature.h"

#include <gtest/gtest.h>

#include "base/sha256.h"

namespace skymill {
namespace {

const AwsCredentials kExample = {.access_key = "AKIAIOSFODNN7EXAMPLE",
                                 .secret_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
constexpr const char* kTime = "20130524T000000Z";
constexpr const char* kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string signature_of(AwsRequest request) {
  request.region = "us-east-1";
  request.headers.emplace_back("host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  request.headers.emplace_back("x-amz-date", kTime);
  const std::string text = aws_authorization(request, kExample, kTime);
  return text.substr(text.find("Signature=") + 10);
}

TEST(AwsSignature, IsThatOfTheReference) {
  EXPECT_EQ(signature_of({.method = "GET",
                          .path = "/test.txt",
                          .headers = {{"range", "bytes=0-9"}},
                          .payload_sha256 = kEmptyHash}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(signature_of({.method = "PUT",
                          .path = "/test%24file.text",
                          .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                      {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                          .payload_sha256 = sha256_hex("Welcome to Amazon S3.")}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(signature_of({.method = "GET",
                          .path = "/",
                          .query = {{"lifecycle", ""}},
                          .payload_sha256 = kEmptyHash}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature_of({.method = "GET",
                          .path = "/",
                          .query = {{"prefix", "J"}, {"max-keys", "2"}},
                          .payload_sha256 = kEmptyHash}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(AwsSignature, NamesKeyScopeAndHeaders) {
  const std::string text = aws_authorization({.method = "GET",
                                              .path = "/",
                                              .headers = {{"x-amz-date", kTime}, {"host", "h"}},
                                              .payload_sha256 = kEmptyHash,
                                              .region = "eu-west-1"},
                                             kExample, kTime);
  EXPECT_TRUE(text.starts_with(
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request,"
      "SignedHeaders=host;x-amz-date,Signature="));
  EXPECT_EQ(text.find(kExample.secret_key.reveal()), std::string::npos);
}

TEST(AwsTime, IsUtc) { EXPECT_EQ(aws_time(1369353600), kTime); }

TEST(AwsQuery, EncodesAndOrders) {
  EXPECT_EQ(aws_query({{"b", "ü/+ "}, {"a", ""}, {"a-b", "~"}}), "a=&a-b=~&b=%C3%BC%2F%2B%20");
}

TEST(HmacSha256, IsThatOfRfc4231) {
  EXPECT_EQ(hex_text(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_text(hmac_sha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace skymill
