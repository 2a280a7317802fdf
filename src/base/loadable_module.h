// Loadable modules: libraries beside this one, opened when a command first needs them, because
// loading them costs more than all of `skymill version`.
#pragma once

#include <string>

#include "base/result.h"

namespace skymill {

/// The C symbol `entry` of the library `file` in the folder of this library. The code is never
/// unloaded: what it made may outlive all who know of it. `purpose` begins the error's message.
Result<void*> module_entry(const std::string& purpose, const std::string& file,
                           const std::string& entry);

/// Which build this library is of.
const char* build_id();

Error module_error(const std::string& purpose, const std::string& file, const std::string& reason);

/// Lets a module fill its table of functions. Errors: it is missing, no module of skymill, or of
/// another build.
template <typename Functions>
Result<Functions> open_module(const std::string& purpose, const std::string& file,
                              const std::string& entry) {
  using Entry = const char* (*)(const char* build_id, Functions* out);
  const auto fill = reinterpret_cast<Entry>(SKYMILL_TRY(module_entry(purpose, file, entry)));
  Functions functions;
  const char* refusal = fill(build_id(), &functions);
  if (refusal != nullptr) return module_error(purpose, file, refusal);
  return functions;
}

}  // namespace skymill
