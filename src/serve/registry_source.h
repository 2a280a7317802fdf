// RegistrySource: the model that a reference into a registry means, and news of it.
#pragma once

#include <optional>

#include "registry/registry.h"
#include "serve/service.h"

namespace skymill {

class RegistrySource {
 public:
  RegistrySource(Registry registry, ModelReference reference)
      : registry_(std::move(registry)),
        reference_(std::move(reference)),
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
  ModelHistory history_;
  uint64_t served_ = 0;  // the version
};

}  // namespace skymill
