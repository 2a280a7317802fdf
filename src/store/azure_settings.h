// What users have set for Azure's tools.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "store/access_token.h"

namespace skymill {

struct AzureSettings {
  std::string account;
  std::string endpoint;  // https://<account>.blob.core.windows.net, or another server's
  Secret key;            // decoded bytes; empty: none
  Secret sas;            // name=value&…, percent-encoded; empty: none
  std::shared_ptr<AccessTokens> tokens = nullptr;  // null: none
  std::string origin = {};                         // where these were found, for people
};

/// AZURE_STORAGE_CONNECTION_STRING, else AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or
/// AZURE_STORAGE_SAS_TOKEN; with neither, azure_identity(), and
/// without that requests are anonymous. Errors: no account, a key that is
/// no base64, an endpoint that checked_endpoint() refuses. No error holds a secret. `host` is that
/// of an abfss:// URI, <account>.dfs.core.windows.net, else empty: it names the account where
/// nothing else does; another account than that of the settings is an error, and so is a host that
/// is not Azure's (or that of EndpointSuffix), which would be sent the signatures.
Result<AzureSettings> azure_settings(const std::string& host = {});

}  // namespace skymill
