// Copies of a store's objects on this machine, for the engine's native readers.
#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace skymill {

struct FetchedFile {
  std::string uri;
  std::string path;
};

/// Keeps them in a private folder, made on first use and removed with the object. Not thread-safe.
class FetchedFiles {
 public:
  /// `parent`: where the folder is made; empty: the system's temporary one.
  explicit FetchedFiles(std::string parent) : parent_(std::move(parent)) {}
  FetchedFiles(const FetchedFiles&) = delete;
  FetchedFiles& operator=(const FetchedFiles&) = delete;
  ~FetchedFiles();

  /// Fetches what a URI names: an object, those right below a prefix that ends in '/', or those
  /// that match a pattern; ordered by key. Below a prefix only names of known formats count, unless
  /// `any_name`. Each object is one as a whole: one that changes meanwhile is an error.
  Result<std::vector<FetchedFile>> fetch(const std::string& uri, bool any_name,
                                         const Cancel* cancel);

 private:
  Result<std::string> new_path(const std::string& key);

  std::string parent_;
  std::string folder_;
  size_t count_ = 0;
};

}  // namespace skymill
