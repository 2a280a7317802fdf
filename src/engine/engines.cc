// The list of engines; the embedded one is a module of its own.
#include <array>

#include "base/loadable_module.h"
#include "engine/engine_module.h"

namespace skymill {
namespace {

Result<std::unique_ptr<Engine>> open_embedded(const EngineOptions& options) {
  static const auto kModule =
      open_module<EngineModule>("SQL", "skymill_duckdb.so", "skymill_module");
  if (!kModule) return kModule.error();
  return kModule->open(options);
}

constexpr std::array<EngineInfo, 1> kEngines = {{
    {"local", "DuckDB inside this process, on local files", open_embedded},
}};

}  // namespace

std::span<const EngineInfo> engines() { return kEngines; }

Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options) {
  return kEngines.front().open(options);
}

}  // namespace skymill
