// The module's one exported entry.
#include <cstring>
#include <exception>
#include <new>

#include "base/text.h"
#include "engine/embedded/embedded_engine.h"
#include "engine/engine_module.h"

namespace skymill {
namespace {

/// A library's exception ends here: none crosses into the core.
Result<std::unique_ptr<Engine>> open_without_throwing(const EngineOptions& options) {
  try {
    return open_embedded_engine(options);
  } catch (const std::bad_alloc&) {
    return Error{Code::kResourceExhausted, "no memory for the SQL engine"};
  } catch (const std::exception& failure) {
    return Error{Code::kInternal, cat("opening the SQL engine: ", failure.what())};
  }
}

}  // namespace
}  // namespace skymill

extern "C" const char* skymill_module(const char* build_id, skymill::EngineModule* out) {
  if (std::strcmp(build_id, SKYMILL_BUILD_ID) != 0) return "it is of another build of skymill";
  out->open = skymill::open_without_throwing;
  return nullptr;
}
