// The list of engines, and how the embedded one's module is opened: beside this library, and only
// when a command needs SQL, because loading it costs more than all of `skymill version`.
#include <dlfcn.h>

#include <array>
#include <cstring>

#include "base/text.h"
#include "engine/engine_module.h"

namespace skymill {
namespace {

constexpr const char* kModuleFile = "skymill_duckdb.so";
constexpr const char* kModuleEntry = "skymill_module";

/// The folder of the library or program this code was linked into, with a '/' at its end.
std::string own_folder() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0) return {};
  const std::string path = info.dli_fname == nullptr ? "" : info.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string("./") : path.substr(0, slash + 1);
}

Error module_error(const std::string& path, const char* reason) {
  return {Code::kUnsupported, cat("SQL needs ", path, ": ", reason),
          "install skymill whole: its libraries lie beside each other"};
}

Result<EngineModule> load_module() {
  const std::string path = own_folder() + kModuleFile;
  // RTLD_NODELETE: results may outlive the engine, so the code must never go away.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* reason = dlerror();
    return module_error(path, reason == nullptr ? "it cannot be opened" : reason);
  }
  auto entry = reinterpret_cast<EngineModuleEntry>(dlsym(library, kModuleEntry));
  if (entry == nullptr) return module_error(path, "it is no module of skymill");
  EngineModule module;
  if (const char* reason = entry(SKYMILL_BUILD_ID, &module)) return module_error(path, reason);
  return module;
}

Result<std::unique_ptr<Engine>> open_embedded(const EngineOptions& options) {
  static const Result<EngineModule> kModule = load_module();
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
