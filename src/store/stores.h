// The list of stores, and the way from a URI to one.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "store/object_store.h"
#include "store/uri.h"

namespace skymill {

struct StoreInfo {
  std::string_view scheme;   // "file"
  std::string_view summary;  // one line
  Result<ObjectLocation> (*open)(const Uri& uri);
  /// As whom this process asks there, without any secret.
  Result<std::string> (*account)(const Uri& uri);
  /// Whether objects can be listed, written and removed: a web server's are only read.
  bool writable = true;
  /// Other schemes of URIs that `open` takes.
  std::array<std::string_view, 2> also = {};
};

/// Every store, in the order `skymill stores` shows them.
std::span<const StoreInfo> stores();

/// The store of a scheme, or nothing.
const StoreInfo* store_of(std::string_view scheme);

/// The store and key of a URI or path. A path or URI that ends in '/' gives the empty key: a place
/// to list. Errors name the known schemes.
Result<ObjectLocation> locate(std::string_view uri);

}  // namespace skymill
