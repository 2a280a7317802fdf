// The entry of an engine's module: a C symbol, so that no exception, no type test and no second
// copy of a global crosses between the core and what it opens.
#pragma once

#include "engine/engine.h"

namespace skymill {

struct EngineModule {
  /// Must not throw.
  Result<std::unique_ptr<Engine>> (*open)(const EngineOptions& options) = nullptr;
};

/// Fills `out` and returns null, or returns why it refuses: `build_id` is not its own.
using EngineModuleEntry = const char* (*)(const char* build_id, EngineModule* out);

}  // namespace skymill
