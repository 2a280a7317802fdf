// What users have set for Azure's tools.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace skymill {

struct AzureSettings {
  std::string account;
  std::string endpoint;  // https://<account>.blob.core.windows.net, or another server's
  Secret key;            // decoded bytes; empty: none
  Secret sas;            // name=value&…, percent-encoded; empty: none
  std::string origin;    // where these were found, for people
};

/// AZURE_STORAGE_CONNECTION_STRING, else AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or
/// AZURE_STORAGE_SAS_TOKEN; with neither, requests are anonymous. Errors: no account, a key that is
/// no base64, an endpoint that checked_endpoint() refuses. No error holds a secret.
Result<AzureSettings> azure_settings();

}  // namespace skymill
