// Signatures with private keys over SHA-256: RSA PKCS#1 v1.5 (RS256) or ECDSA, as the key's kind
// has it. Service accounts of stores and signed models use them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace skymill {

/// The signature of `text`: for an elliptic-curve key the DER form. Errors: the key is no PEM, is
/// encrypted (no password is asked for), is of another kind, or is too short to be safe. None
/// repeats the key. Thread-safe.
Result<std::string> sign_sha256(const Secret& private_key_pem, std::string_view text);

/// Whether the owner of the key signed exactly this text; a malformed signature is none. Errors: as
/// above, of the public key.
Result<bool> verify_sha256(const std::string& public_key_pem, std::string_view text,
                           std::string_view signature);

/// The public half of a private key: PEM text that is the same whenever the key is the same.
Result<std::string> public_key_of(const Secret& private_key_pem);
/// A public key in that form, however it is laid out.
Result<std::string> canonical_public_key(const std::string& public_key_pem);

/// The functions of skymill_signing.so, which holds OpenSSL.
struct SigningModule {
  Result<std::string> (*sign)(const Secret& private_key_pem, std::string_view text) = nullptr;
  Result<bool> (*verify)(const std::string& public_key_pem, std::string_view text,
                         std::string_view signature) = nullptr;
  Result<std::string> (*public_key_of)(const Secret& private_key_pem) = nullptr;
  Result<std::string> (*canonical_public_key)(const std::string& public_key_pem) = nullptr;
};

}  // namespace skymill
