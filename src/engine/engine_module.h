// The entry of an engine's module: a C symbol, so that no exception, no type test and no second
// copy of a global crosses between the core and what it opens. It fills the table and returns null,
// or returns why it refuses: the build is not its own.
#pragma once

#include "engine/engine.h"

namespace skymill {

struct EngineModule {
  /// Must not throw.
  Result<std::unique_ptr<Engine>> (*open)(const EngineOptions& options) = nullptr;
};

}  // namespace skymill
