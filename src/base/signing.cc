#include "base/signing.h"

#include "base/loadable_module.h"

namespace skymill {
namespace {

const Result<SigningModule>& signing_module() {
  static const auto kModule =
      open_module<SigningModule>("A signature", "skymill_signing.so", "skymill_signing_module");
  return kModule;
}

}  // namespace

Result<std::string> sign_sha256(const Secret& private_key_pem, std::string_view text) {
  const auto& module = signing_module();
  if (!module) return module.error();
  return module->sign(private_key_pem, text);
}

Result<bool> verify_sha256(const std::string& public_key_pem, std::string_view text,
                           std::string_view signature) {
  const auto& module = signing_module();
  if (!module) return module.error();
  return module->verify(public_key_pem, text, signature);
}

Result<std::string> public_key_of(const Secret& private_key_pem) {
  const auto& module = signing_module();
  if (!module) return module.error();
  return module->public_key_of(private_key_pem);
}

Result<std::string> canonical_public_key(const std::string& public_key_pem) {
  const auto& module = signing_module();
  if (!module) return module.error();
  return module->canonical_public_key(public_key_pem);
}

}  // namespace skymill
