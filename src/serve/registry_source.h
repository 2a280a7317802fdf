// RegistrySource: the model that a reference into a registry means, and news of it.
#pragma once

#include <optional>

#include "registry/registry.h"
#include "serve/service.h"

namespace skymill {

class RegistrySource {
 public:
  /// `trusted_key`: the public key that must have signed what is served; empty: none is asked for.
  RegistrySource(Registry registry, ModelReference reference, std::string trusted_key)
      : registry_(std::move(registry)),
        reference_(std::move(reference)),
        trusted_key_(std::move(trusted_key)),
        history_(reference_.name) {}

  /// The model meant now. To be called first, once.
  Result<ServedModel> load();
  /// Another model, when the reference means another one since; one request to the store when
  /// nothing has changed. After an error, also that of a damaged model, it is tried again at the
  /// next call.
  Result<std::optional<ServedModel>> poll();

  /// Whether the reference can come to mean another model: a number cannot.
  bool changes() const { return !reference_.version(); }

 private:
  Result<ServedModel> load_present();

  Registry registry_;
  ModelReference reference_;
  std::string trusted_key_;
  ModelHistory history_;
  uint64_t served_ = 0;  // the version
};

}  // namespace skymill
