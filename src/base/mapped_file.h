// A whole file, read-only in memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace skymill {

/// Maps a regular file; a directory, a missing or an unreadable file is an error that says so.
/// The bytes live as long as the object. An empty file is an empty view.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_;
  size_t size_;
};

/// An Error for a failed call on `path`, from errno.
Error file_error(const std::string& path, const std::string& doing, int error_number);

}  // namespace skymill
