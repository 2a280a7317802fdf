// Access tokens of Microsoft Entra for Azure's stores.
#pragma once

#include <memory>
#include <string>

#include "store/access_token.h"

namespace skymill {

struct AzureIdentity {
  std::shared_ptr<AccessTokens> tokens;  // null: there is none
  std::string origin;                    // for people
};

/// AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_FEDERATED_TOKEN_FILE (a Kubernetes service
/// account) or AZURE_CLIENT_SECRET (a program's own), at AZURE_AUTHORITY_HOST; else the managed
/// identity of this machine, where machine_may_be_asked(). Errors: an authority that would be asked
/// in the open.
Result<AzureIdentity> azure_identity();

}  // namespace skymill
