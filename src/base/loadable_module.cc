#include "base/loadable_module.h"

#include <dlfcn.h>

#include <filesystem>

#include "base/text.h"

namespace skymill {
namespace {

/// The folder of the library or program this code was linked into, with a '/' at its end.
std::string own_folder() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0) return {};
  std::string path = info.dli_fname == nullptr ? "" : info.dli_fname;
  // A program that was found by PATH is known by its first argument, which names no folder.
  std::error_code unknown;
  if (path.find('/') == std::string::npos) {
    path = std::filesystem::read_symlink("/proc/self/exe", unknown).string();
  }
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

const char* build_id() { return SKYMILL_BUILD_ID; }

Error module_error(const std::string& purpose, const std::string& file, const std::string& reason) {
  return {Code::kUnsupported, cat(purpose, " needs ", own_folder(), file, ": ", reason),
          "install skymill whole: its libraries lie beside each other"};
}

Result<void*> module_entry(const std::string& purpose, const std::string& file,
                           const std::string& entry) {
  void* library = dlopen((own_folder() + file).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* reason = dlerror();
    return module_error(purpose, file, reason == nullptr ? "it cannot be opened" : reason);
  }
  void* symbol = dlsym(library, entry.c_str());
  if (symbol == nullptr) return module_error(purpose, file, "it is no module of skymill");
  return symbol;
}

}  // namespace skymill
