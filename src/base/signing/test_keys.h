// For tests: fresh pairs of keys. What includes this links OpenSSL.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string>

namespace skymill {

struct TestKeys {
  std::string private_pem;
  std::string public_pem;
};

inline std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string out(text, static_cast<size_t>(size));
  BIO_free(bio);
  return out;
}

/// With a password the private key is encrypted. Takes the key.
inline TestKeys test_keys(EVP_PKEY* key, const char* password = nullptr) {
  EXPECT_NE(key, nullptr);
  BIO* hidden = BIO_new(BIO_s_mem());
  BIO* shown = BIO_new(BIO_s_mem());
  EXPECT_EQ(
      PEM_write_bio_PKCS8PrivateKey(hidden, key, password == nullptr ? nullptr : EVP_aes_256_cbc(),
                                    nullptr, 0, nullptr, const_cast<char*>(password)),
      1);
  EXPECT_EQ(PEM_write_bio_PUBKEY(shown, key), 1);
  EVP_PKEY_free(key);
  return {.private_pem = text_of(hidden), .public_pem = text_of(shown)};
}

inline TestKeys rsa_keys(size_t bits = 2048, const char* password = nullptr) {
  return test_keys(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits), password);
}

inline TestKeys p256_keys(const char* password = nullptr) {
  return test_keys(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), password);
}

inline TestKeys ed25519_keys() { return test_keys(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

}  // namespace skymill
