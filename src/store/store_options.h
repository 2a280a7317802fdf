// What users may set for the requests to stores, beside credentials.
#pragma once

#include <span>
#include <string>

#include "base/param_spec.h"

namespace skymill {

struct StoreOptions {
  double timeout = 9;    // seconds in which a try may begin and a silence may last
  int64_t retries = 5;   // of a request that may pass later
  std::string endpoint;  // of S3, Google's or Azure's store; empty: what their own settings say
  std::string region;    // of S3; empty: the same
  std::string addressing = "auto";  // of S3 buckets: auto, path, virtual
  std::string ca_file;  // trusted authorities; empty: AWS_CA_BUNDLE, SSL_CERT_FILE, the system's
  bool requester_pays = false;  // S3
  std::string encryption_key;   // S3: the KMS key that new objects are encrypted with

  /// "key=value" texts, checked against the specs.
  static Result<StoreOptions> parse(std::span<const std::string> assignments);
};

/// The same as data, for help and reference.
std::span<const ParamSpec> store_option_specs();

/// Those of this process.
const StoreOptions& store_options();
/// To be called before stores are opened and threads started.
void set_store_options(StoreOptions options);

}  // namespace skymill
