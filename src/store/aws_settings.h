// What users have set for AWS tools: environment variables and the shared files in ~/.aws.
#pragma once

#include "base/result.h"
#include "store/aws_identity.h"
#include "store/aws_signature.h"

namespace skymill {

struct AwsSettings {
  AwsCredentials credentials;                             // when they are not temporary
  std::shared_ptr<AwsTemporaryKeys> temporary = nullptr;  // else
  std::string region;
  std::string endpoint;  // empty: Amazon's

  /// Those to sign with now.
  Result<AwsCredentials> credentials_now() const {
    return temporary == nullptr ? credentials : temporary->get();
  }
};

/// Keys: AWS_ACCESS_KEY_ID (with AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), else the profile
/// AWS_PROFILE ("default") of AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials), unless a platform
/// has set aws_platform_keys() and no profile is named; else aws_machine_keys() where that was
/// asked for; else none: requests are anonymous. Region: AWS_REGION, AWS_DEFAULT_REGION, the
/// profile in AWS_CONFIG_FILE
/// (~/.aws/config), else us-east-1. Endpoint: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL.
/// Errors: half a pair of keys, a profile that was named and is nowhere, an endpoint that is no
/// http or https URL or would send without TLS to another machine.
Result<AwsSettings> aws_settings();

}  // namespace skymill
