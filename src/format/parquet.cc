#include "format/parquet.h"

#include "base/loadable_module.h"
#include "format/arrow_module.h"

namespace skymill {
namespace {

const Result<ArrowModule>& module() {
  static const auto kLoaded =
      open_module<ArrowModule>("Parquet", "skymill_arrow.so", "skymill_arrow_module");
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
