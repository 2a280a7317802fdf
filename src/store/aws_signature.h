// AWS Signature Version 4, as "Authenticating Requests" of the Amazon S3 API reference has it.
#pragma once

#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace skymill {

struct AwsCredentials {
  std::string access_key;
  Secret secret_key;
  Secret session_token = {};
  std::string origin = {};  // where they were found, for people

  bool anonymous() const { return access_key.empty(); }
  bool operator==(const AwsCredentials&) const = default;
};

/// What is signed. `path` is percent-encoded as in the URL; query names and values are not encoded;
/// header names are in lower case and hold "host".
struct AwsRequest {
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> query = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string payload_sha256 = {};  // hex
  std::string region = {};
  std::string service = "s3";
};

/// 20130524T000000Z
std::string aws_time(std::time_t now);
/// Encoded and ordered, as it stands in the URL too: a=1&b=%20
std::string aws_query(std::vector<std::pair<std::string, std::string>> query);
/// The value of the Authorization header. `time` is that of the x-amz-date header.
std::string aws_authorization(const AwsRequest& request, const AwsCredentials& credentials,
                              const std::string& time);

}  // namespace skymill
