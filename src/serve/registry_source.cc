#include "serve/registry_source.h"

namespace skymill {

Result<ServedModel> RegistrySource::load() {
  history_ = SKYMILL_TRY(registry_.read(reference_.name));
  return load_present();
}

Result<ServedModel> RegistrySource::load_present() {
  const ModelVersion* version = SKYMILL_TRY(history_.find(reference_.at));
  if (!trusted_key_.empty()) SKYMILL_TRY(registry_.check_signature(*version, trusted_key_));
  ServedModel served{.model = SKYMILL_TRY(registry_.load(*version)),
                     .name = reference_.name,
                     .version = std::to_string(version->number)};
  served_ = version->number;
  return served;
}

Result<std::optional<ServedModel>> RegistrySource::poll() {
  SKYMILL_TRY(registry_.refresh(history_));
  const ModelVersion* version = SKYMILL_TRY(history_.find(reference_.at));
  if (version->number == served_) return std::optional<ServedModel>();
  return std::optional<ServedModel>(SKYMILL_TRY(load_present()));
}

}  // namespace skymill
