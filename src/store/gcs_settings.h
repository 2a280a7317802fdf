// What users have set for Google's tools.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace skymill {

enum class GcsAccount : uint8_t { kNone, kService, kUser, kMachine };

struct GcsCredentials {
  GcsAccount kind = GcsAccount::kNone;
  std::string origin = {};  // where they were found, for people
  std::string email = {};   // of a service account
  std::string key_id = {};  // of its private key
  Secret private_key = {};  // PEM
  std::string client = {};  // of a user: the program that was let in
  Secret client_secret = {};
  Secret refresh_token = {};
  std::string token_uri = {};  // where an access token is to be had, unless it is signed here
};

struct GcsSettings {
  std::string endpoint;  // https://storage.googleapis.com, or another server's
  GcsCredentials credentials;
};

/// Credentials: the file GOOGLE_APPLICATION_CREDENTIALS, else application_default_credentials.json
/// in CLOUDSDK_CONFIG (~/.config/gcloud), else the service account of this machine (at
/// GCE_METADATA_HOST) where machine_may_be_asked(), else none: requests are anonymous. Endpoint:
/// STORAGE_EMULATOR_HOST, with or without http://; it is sent only credentials that
/// GOOGLE_APPLICATION_CREDENTIALS names. Errors: a named file that is not there, a file of another
/// form or kind, an endpoint that checked_endpoint() refuses. No error holds a secret.
Result<GcsSettings> gcs_settings();

}  // namespace skymill
