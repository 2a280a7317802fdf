#include "store/local_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>

#include "base/mapped_file.h"
#include "base/text.h"

namespace skymill {
namespace {

/// Also the most that is written at once: of larger writes ext4 makes huge pages of its cache,
/// which took 4 to 10 times as long.
constexpr size_t kBuffer = 256 << 10;
/// So much is handed to the disk while more arrives, so that the flush at the end is short.
constexpr off_t kWrittenBehind = 16 << 20;

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_folder(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// Makes the names in a folder durable.
Result<void> flush_folder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return file_error(folder, "opening the folder", errno);
  // Some file systems cannot flush a folder, and say so by EINVAL.
  const bool flushed = fsync(descriptor) == 0 || errno == EINVAL;
  const int error = errno;
  close(descriptor);
  if (!flushed) return file_error(folder, "flushing the folder", error);
  return {};
}

/// Creates `folder` and what is missing above it; appends what it created, outermost first.
Result<void> create_folders(const std::string& folder, std::vector<std::string>& created) {
  if (is_folder(folder)) return {};
  if (folder != "." && folder != "/") SKYMILL_TRY(create_folders(folder_of(folder), created));
  if (mkdir(folder.c_str(), 0777) == 0) {
    created.push_back(folder);
  } else if (errno != EEXIST || !is_folder(folder)) {
    return file_error(folder, "creating the folder", errno);
  }
  return {};
}

class LocalWriter final : public ObjectWriter {
 public:
  LocalWriter(std::string path, WriteMode mode) : path_(std::move(path)), mode_(mode) {}
  LocalWriter(const LocalWriter&) = delete;
  LocalWriter& operator=(const LocalWriter&) = delete;
  ~LocalWriter() override { discard(); }

  Result<void> open_temporary();
  Result<void> append(std::string_view bytes) override;
  Result<void> commit() override;

 private:
  Result<void> flush(std::string_view bytes);
  Result<void> close_file();
  Result<void> take_name();
  void discard();

  std::string path_;
  WriteMode mode_;
  std::string temporary_;  // empty once it has its name or was removed
  std::vector<std::string> created_folders_;
  int descriptor_ = -1;
  off_t written_ = 0;
  off_t handed_over_ = 0;
  std::string buffer_;
};

Result<void> LocalWriter::open_temporary() {
  struct stat status = {};
  if (stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) return file_error(path_, "writing", EISDIR);
    return Error{Code::kInvalidArgument,
                 "this is not a regular file, so it cannot be replaced",
                 "name another file",
                 {.source = path_}};
  }
  const std::string folder = folder_of(path_);
  SKYMILL_TRY(create_folders(folder, created_folders_));
  std::random_device random;
  for (int attempt = 0; attempt < 16; ++attempt) {
    std::array<char, 24> name;
    std::snprintf(name.data(), name.size(), "%08x%08x", random(), random());
    temporary_ = cat(folder, "/", kTemporaryPrefix, name.data(), ".tmp");
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return {};
    if (errno == ENOENT) {
      // Another writer gave up and took the folder with it.
      SKYMILL_TRY(create_folders(folder, created_folders_));
    } else if (errno != EEXIST) {
      break;
    }
  }
  const int error = errno;
  temporary_.clear();
  return file_error(path_, "creating a file in its folder", error);
}

Result<void> LocalWriter::append(std::string_view bytes) {
  if (descriptor_ < 0) return Error{Code::kInternal, "the file is closed", {}, {.source = path_}};
  if (buffer_.size() + bytes.size() <= kBuffer) {
    buffer_ += bytes;
    return {};
  }
  SKYMILL_TRY(flush(buffer_));
  buffer_.clear();
  if (bytes.size() >= kBuffer) return flush(bytes);
  buffer_ += bytes;
  return {};
}

Result<void> LocalWriter::flush(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kBuffer));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error(path_, "writing", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
    written_ += written;
  }
  if (written_ - handed_over_ >= kWrittenBehind) {
    // A hint: what goes wrong the flush at the end tells.
    sync_file_range(descriptor_, handed_over_, written_ - handed_over_, SYNC_FILE_RANGE_WRITE);
    handed_over_ = written_;
  }
  return {};
}

Result<void> LocalWriter::close_file() {
  if (descriptor_ < 0) return Error{Code::kInternal, "the file is closed", {}, {.source = path_}};
  SKYMILL_TRY(flush(buffer_));
  if (fsync(descriptor_) != 0) return file_error(path_, "flushing to disk", errno);
  const int closed = close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) return file_error(path_, "closing", errno);
  return {};
}

Result<void> LocalWriter::take_name() {
  if (mode_ == WriteMode::kReplace) {
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
      return file_error(path_, "renaming to it", errno);
    }
    temporary_.clear();
    return {};
  }
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return {};
  }
  // File systems without RENAME_NOREPLACE: a hard link is created only if the name is free.
  int error = errno;
  if (error == EINVAL || error == ENOSYS || error == ENOTSUP) {
    if (link(temporary_.c_str(), path_.c_str()) == 0) return {};  // discard() drops the other name
    error = errno;
  }
  Error failure = file_error(path_, "creating", error);
  if (failure.code == Code::kAlreadyExists) failure.message = "another writer was first";
  return failure;
}

Result<void> LocalWriter::commit() {
  SKYMILL_TRY(close_file());
  SKYMILL_TRY(take_name());
  SKYMILL_TRY(flush_folder(folder_of(path_)));
  for (const std::string& folder : created_folders_) SKYMILL_TRY(flush_folder(folder_of(folder)));
  created_folders_.clear();
  return {};
}

void LocalWriter::discard() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
  // Folders made for this file go too, unless someone else uses them by now.
  while (!created_folders_.empty() && rmdir(created_folders_.back().c_str()) == 0) {
    created_folders_.pop_back();
  }
}

}  // namespace

Result<std::unique_ptr<ObjectWriter>> open_local_writer(const std::string& path, WriteMode mode) {
  auto writer = std::make_unique<LocalWriter>(path, mode);
  SKYMILL_TRY(writer->open_temporary());
  return writer;
}

}  // namespace skymill
