// Where a command finds the registry, and models that are named "name@at".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "model/model.h"
#include "registry/registry.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace skymill {

/// --registry, else $SKYMILL_REGISTRY, else ./registry.
struct RegistryOptions {
  std::string uri = {};
  std::optional<std::string> key_file = {};

  void add_to(CLI::App& app);
  /// --require-signed, for commands that use a model.
  void add_trust_to(CLI::App& app);
  /// The public key that must have signed it; empty when none is asked for.
  Result<std::string> trusted_key() const;
  Result<Registry> open() const;
};

/// A model file's bytes, from any store or from the registry when `model` is "name@at"; signed,
/// where that is required.
Result<std::string> read_model_bytes(const std::string& model, const RegistryOptions& registry);
/// The same as a model.
Result<std::shared_ptr<const Model>> open_model(const std::string& model,
                                                const RegistryOptions& registry);

/// What a registry notes of a version, from the model itself: trainer, parameters, task, label,
/// features.
Json about_model(const Model& model);

}  // namespace skymill
