#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace skymill {

Error file_error(const std::string& path, const std::string& doing, int error_number) {
  Error error{
      Code::kInternal, cat(doing, " failed: ", std::strerror(error_number)), {}, {.source = path}};
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      error.code = Code::kNotFound;
      error.message = "there is no such file";
      error.hint = "check the path";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      error.code = Code::kPermissionDenied;
      error.hint = "check the permissions of the file and its folder";
      break;
    case EISDIR:
      error.code = Code::kInvalidArgument;
      error.message = "this is a directory, not a file";
      error.hint = "name a file in it";
      break;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      error.code = Code::kResourceExhausted;
      break;
    case EEXIST:
      error.code = Code::kAlreadyExists;
      break;
    default:
      break;
  }
  return error;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return file_error(path, "opening", errno);
  struct stat status = {};
  const bool known = fstat(descriptor, &status) == 0;
  const int stat_error = errno;
  const auto size = static_cast<size_t>(status.st_size);
  void* data = nullptr;
  int map_error = 0;
  if (known && S_ISREG(status.st_mode) && size != 0) {
    data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    map_error = errno;
  }
  close(descriptor);
  if (!known) return file_error(path, "reading the status", stat_error);
  if (S_ISDIR(status.st_mode)) return file_error(path, "opening", EISDIR);
  if (!S_ISREG(status.st_mode)) {
    return Error{Code::kInvalidArgument, "this is not a regular file", {}, {.source = path}};
  }
  if (data == MAP_FAILED) return file_error(path, "mapping", map_error);
  return std::shared_ptr<const MappedFile>(new MappedFile(static_cast<const char*>(data), size));
}

MappedFile::~MappedFile() {
  if (size_ != 0) munmap(const_cast<char*>(data_), size_);
}

}  // namespace skymill
