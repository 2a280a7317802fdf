// Signed models, in the layout of OpenSSF model signing 1.0: a Sigstore bundle that holds a DSSE
// envelope around an in-toto statement of the model file's SHA-256. The public `model_signing` tool
// reads what is written here, and the reverse.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "store/object_store.h"

namespace skymill {

/// The bundle, as JSON. `name` says for people what is signed. Errors: the key is none of P-256,
/// whose signatures the layout makes over SHA-256.
Result<std::string> sign_model(const std::string& name, const std::string& sha256,
                               const Secret& private_key_pem);

/// A public key from a file of any store, which must be one.
Result<std::string> read_public_key(const std::string& uri);

/// Whether the owner of the key has signed the model with this hash. Errors: kPermissionDenied with
/// the reason when not; an unusable key.
Result<void> verify_model_signature(std::string_view bundle, const std::string& sha256,
                                    const std::string& public_key_pem);

/// The same for a model file, whose bundle lies beside it under its name with kSignatureSuffix.
Result<void> check_file_signature(const ObjectLocation& model, std::string_view bytes,
                                  const std::string& public_key_pem);

/// The error for a model without a signature where one is required.
Error unsigned_model(const std::string& what);

/// Larger ones are not read.
inline constexpr uint64_t kMaxBundleBytes = 1 << 20;
inline constexpr uint64_t kMaxKeyBytes = 64 << 10;
/// A signature lies beside a model file under the file's name with this suffix.
inline constexpr const char* kSignatureSuffix = ".sig";

}  // namespace skymill
