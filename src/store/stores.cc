// The list of stores: a new one is a file beside this and a line here.
#include "store/stores.h"

#include <array>

#include "base/text.h"
#include "store/local_store.h"
#include "store/memory_store.h"
#include "store/s3_store.h"

namespace skymill {
namespace {

Result<ObjectLocation> open_local(const Uri& uri) {
  std::string path = uri.path;
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ObjectLocation{local_store(""), std::move(path)};
  return ObjectLocation{local_store(path.substr(0, slash + 1)), path.substr(slash + 1)};
}

Result<ObjectLocation> open_memory(const Uri& uri) {
  return ObjectLocation{memory_store(uri.bucket), uri.path};
}

Result<ObjectLocation> open_s3(const Uri& uri) {
  return ObjectLocation{SKYMILL_TRY(s3_store(uri.bucket).at_source(uri.text())), uri.path};
}

constexpr std::array<StoreInfo, 3> kStores = {{
    {"file", "files and folders of this machine", open_local},
    {"s3", "Amazon S3 and what speaks its language", open_s3},
    {"memory", "objects in this process's memory, gone when it ends", open_memory},
}};

}  // namespace

std::span<const StoreInfo> stores() { return kStores; }

Result<ObjectLocation> locate(std::string_view uri) {
  const Uri parsed = SKYMILL_TRY(Uri::parse(uri));
  std::vector<std::string> known;
  for (const StoreInfo& store : kStores) {
    if (store.scheme == parsed.scheme) return store.open(parsed);
    known.emplace_back(store.scheme);
  }
  return Error{Code::kUnsupported,
               cat("there is no store for ", parsed.scheme, "://"),
               suggest(parsed.scheme, known),
               {.source = parsed.text()}};
}

}  // namespace skymill
