#include "format/parquet.h"

#include <dlfcn.h>

#include "base/text.h"
#include "format/arrow_module.h"

namespace skymill {
namespace {

constexpr const char* kModuleFile = "skymill_arrow.so";
constexpr const char* kModuleEntry = "skymill_arrow_module";

/// The folder of the library or program this code was linked into, with a '/' at its end.
std::string own_folder() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0) return {};
  const std::string path = info.dli_fname == nullptr ? "" : info.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string("./") : path.substr(0, slash + 1);
}

Error module_error(const std::string& path, const char* reason) {
  return {Code::kUnsupported, cat("Parquet needs ", path, ": ", reason),
          "install skymill whole: its libraries lie beside each other"};
}

Result<ArrowModule> load_module() {
  const std::string path = own_folder() + kModuleFile;
  // RTLD_NODELETE: tables may outlive the reader, so the code that frees them must never go away.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* reason = dlerror();
    return module_error(path, reason == nullptr ? "it cannot be opened" : reason);
  }
  auto entry = reinterpret_cast<ArrowModuleEntry>(dlsym(library, kModuleEntry));
  if (entry == nullptr) return module_error(path, "it is no module of skymill");
  ArrowModule module;
  if (const char* reason = entry(SKYMILL_BUILD_ID, &module)) return module_error(path, reason);
  return module;
}

const Result<ArrowModule>& module() {
  static const Result<ArrowModule> kLoaded = load_module();
  return kLoaded;
}

}  // namespace

Result<std::unique_ptr<TableStream>> open_parquet(const ObjectLocation& location,
                                                  const ReadOptions& options) {
  if (!module()) return module().error();
  return module().value().open_parquet(location, options);
}

Result<std::unique_ptr<TableWriter>> create_parquet(const ObjectLocation& location,
                                                    std::shared_ptr<const Schema> schema) {
  if (!module()) return module().error();
  return module().value().create_parquet(location, std::move(schema));
}

}  // namespace skymill
