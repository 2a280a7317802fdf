// Temporary keys of AWS: of a Kubernetes service account (web identity), a container, a machine.
#pragma once

#include <memory>
#include <string>

#include "store/aws_signature.h"
#include "store/renewed.h"

namespace skymill {

using AwsTemporaryKeys = Renewed<AwsCredentials>;

/// AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, which a cluster sets: the token is exchanged at
/// STS in the region (or AWS_ENDPOINT_URL_STS). Else AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or
/// _FULL_URI. Null when neither is set. Errors: a URI that would be asked in the open.
Result<std::shared_ptr<AwsTemporaryKeys>> aws_platform_keys(const std::string& region);

/// The role of this machine (EC2, by IMDSv2, or AWS_EC2_METADATA_SERVICE_ENDPOINT).
Result<std::shared_ptr<AwsTemporaryKeys>> aws_machine_keys();

}  // namespace skymill
