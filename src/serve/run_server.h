// run_server: the body of `skymill serve` and of skymill-serve: load a model, serve it until told
// to stop, drain. A model of a registry is followed: when its alias moves, the other one is served.
#pragma once

#include <functional>
#include <string>

#include "registry/registry.h"
#include "serve/server.h"

namespace skymill {

/// A model file, in any store, as it is served: named after the file, the version being the start
/// of the SHA-256 of its bytes.
/// With a `trusted_key`, its owner must have signed it, in the file's name with ".sig".
Result<ServedModel> load_served_model(const std::string& uri, const std::string& trusted_key = {});

/// What is served.
struct ModelOrigin {
  std::string model;  // a file in any store, or "name@at"
  /// Where "name@at" is looked up; asked for only then.
  std::function<Result<Registry>()> registry = {};
  /// The public key, in PEM, that must have signed what is served; empty: none is asked for.
  std::string trusted_key = {};
  /// How often the registry is asked for news.
  std::chrono::milliseconds poll{5000};
};

struct RunHooks {
  /// Called once the server answers.
  std::function<void(const Server&)> started;
  /// Returns when the server shall stop; see stop_signal.h.
  std::function<void()> wait;
};

/// Returns after the drain. A registry that is silent, or offers a damaged model, leaves the last
/// good one served; the log and /metrics tell.
Result<void> run_server(const ModelOrigin& origin, const ServerOptions& options,
                        const RunHooks& hooks);

}  // namespace skymill
