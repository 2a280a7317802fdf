// The module's one exported entry.
#include <cstring>
#include <exception>
#include <new>

#include "base/text.h"
#include "format/arrow/parquet_file.h"
#include "format/arrow_module.h"

namespace skymill {
namespace {

/// A library's exception ends here: none crosses into the core.
template <typename Made, typename Work>
Result<Made> without_throwing(const ObjectLocation& location, Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error{
        Code::kResourceExhausted, "there is not enough memory", {}, {.source = location.text()}};
  } catch (const std::exception& failure) {
    return Error{Code::kCorruptData, failure.what(), {}, {.source = location.text()}};
  }
}

Result<std::unique_ptr<TableStream>> open_parquet_safely(const ObjectLocation& location,
                                                         const ReadOptions& options) {
  return without_throwing<std::unique_ptr<TableStream>>(
      location, [&] { return open_parquet_file(location, options); });
}

Result<std::unique_ptr<TableWriter>> create_parquet_safely(const ObjectLocation& location,
                                                           std::shared_ptr<const Schema> schema) {
  return without_throwing<std::unique_ptr<TableWriter>>(
      location, [&] { return create_parquet_file(location, std::move(schema)); });
}

}  // namespace
}  // namespace skymill

extern "C" const char* skymill_arrow_module(const char* build_id, skymill::ArrowModule* out) {
  if (std::strcmp(build_id, SKYMILL_BUILD_ID) != 0) return "it is of another build of skymill";
  out->open_parquet = skymill::open_parquet_safely;
  out->create_parquet = skymill::create_parquet_safely;
  return nullptr;
}
