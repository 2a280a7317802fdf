// run_server: the body of `skymill serve` and of skymill-serve: load a model file, serve it until
// told to stop, drain.
#pragma once

#include <functional>
#include <string>

#include "serve/server.h"

namespace skymill {

/// A model file, in any store, as it is served: named after the file, the version being the start
/// of the SHA-256 of its bytes.
Result<ServedModel> load_served_model(const std::string& uri);

struct RunHooks {
  /// Called once the server answers.
  std::function<void(const Server&)> started;
  /// Returns when the server shall stop; see stop_signal.h.
  std::function<void()> wait;
};

/// Returns after the drain.
Result<void> run_server(const std::string& model_uri, const ServerOptions& options,
                        const RunHooks& hooks);

}  // namespace skymill
