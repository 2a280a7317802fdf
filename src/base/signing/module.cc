// skymill_signing.so: signatures by OpenSSL, apart because few commands sign and libcrypto would be
// loaded by all.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstring>
#include <exception>
#include <memory>

#include "base/signing.h"

namespace skymill {
namespace {

constexpr size_t kMostPemBytes = 64 << 10;
/// Of RSA with 2,048 bits and of P-224: what NIST SP 800-57 asks for.
constexpr int kLeastSecurityBits = 112;

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

/// Without it OpenSSL would ask at the terminal.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

using ReadPem = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

Result<Key> read_key(const std::string& pem, ReadPem read, const std::string& name) {
  const auto refused = [&](Code code, const char* what, const char* hint) {
    ERR_clear_error();
    return Error{code, name + what, hint};
  };
  if (pem.size() > kMostPemBytes) {
    return refused(Code::kResourceExhausted, " is larger than 64 KiB", "give a key in PEM form");
  }
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  bool encrypted = false;
  Key key(bio == nullptr ? nullptr : read(bio.get(), nullptr, no_password, &encrypted));
  if (encrypted) {
    return refused(Code::kUnsupported, " is encrypted", "give it without a password");
  }
  if (key == nullptr) {
    return refused(Code::kInvalidArgument, " cannot be read", "give an RSA or EC key in PEM form");
  }
  const int kind = EVP_PKEY_get_base_id(key.get());
  if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC) {
    return refused(Code::kUnsupported, " is of another kind than RSA and EC",
                   "make one with: openssl genrsa 2048");
  }
  if (EVP_PKEY_get_security_bits(key.get()) < kLeastSecurityBits) {
    return refused(Code::kInvalidArgument, " is too short to be safe",
                   "use RSA with 2,048 bits or more, or P-256");
  }
  return key;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Result<std::string> sign(const Secret& private_key_pem, std::string_view text) {
  const Key key =
      SKYMILL_TRY(read_key(private_key_pem.reveal(), PEM_read_bio_PrivateKey, "the private key"));
  const Context context(EVP_MD_CTX_new());
  std::string signature;
  size_t size = 0;
  const bool done =
      context != nullptr &&
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1 &&
      (signature.resize(size), true) &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(text), text.size()) == 1;
  ERR_clear_error();
  if (!done) return Error{Code::kInternal, "OpenSSL cannot sign with the private key"};
  signature.resize(size);
  return signature;
}

Result<bool> verify(const std::string& public_key_pem, std::string_view text,
                    std::string_view signature) {
  const Key key = SKYMILL_TRY(read_key(public_key_pem, PEM_read_bio_PUBKEY, "the public key"));
  const Context context(EVP_MD_CTX_new());
  if (context == nullptr ||
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) {
    ERR_clear_error();
    return Error{Code::kInternal, "OpenSSL cannot verify with the public key"};
  }
  const bool same = EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                     bytes_of(text), text.size()) == 1;
  ERR_clear_error();
  return same;
}

Result<std::string> public_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), key) != 1) {
    ERR_clear_error();
    return Error{Code::kInternal, "OpenSSL cannot write the public key"};
  }
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

Result<std::string> public_half(const Secret& private_key_pem) {
  const Key key =
      SKYMILL_TRY(read_key(private_key_pem.reveal(), PEM_read_bio_PrivateKey, "the private key"));
  return public_pem(key.get());
}

Result<std::string> canonical(const std::string& public_key_pem) {
  const Key key = SKYMILL_TRY(read_key(public_key_pem, PEM_read_bio_PUBKEY, "the public key"));
  return public_pem(key.get());
}

/// What the standard library throws ends here: nothing crosses into the core.
template <typename Call>
auto without_throwing(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& failure) {
    return Error{Code::kResourceExhausted, std::string("signing: ") + failure.what()};
  }
}

}  // namespace
}  // namespace skymill

extern "C" const char* skymill_signing_module(const char* build_id, skymill::SigningModule* out) {
  using skymill::without_throwing;
  if (std::strcmp(build_id, SKYMILL_BUILD_ID) != 0) return "it is of another build of skymill";
  out->sign = [](const auto& key, auto text) {
    return without_throwing([&] { return skymill::sign(key, text); });
  };
  out->verify = [](const auto& key, auto text, auto signature) {
    return without_throwing([&] { return skymill::verify(key, text, signature); });
  };
  out->public_key_of = [](const auto& key) {
    return without_throwing([&] { return skymill::public_half(key); });
  };
  out->canonical_public_key = [](const auto& key) {
    return without_throwing([&] { return skymill::canonical(key); });
  };
  return nullptr;
}
