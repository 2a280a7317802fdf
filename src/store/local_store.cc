#include "store/local_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/mapped_file.h"
#include "base/text.h"
#include "store/local_writer.h"

namespace skymill {
namespace {

/// A rewritten file has another time or size, a renamed one another inode.
std::string etag_of(const struct stat& status) {
  return cat(status.st_dev, "-", status.st_ino, "-", status.st_size, "-", status.st_mtim.tv_sec,
             "-", status.st_mtim.tv_nsec);
}

/// An open regular file; closed with the object.
class OpenFile {
 public:
  static Result<OpenFile> open(const std::string& path);
  OpenFile(OpenFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), status_(other.status_) {}
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  /// As it was opened.
  uint64_t size() const { return static_cast<uint64_t>(status_.st_size); }
  std::string etag() const { return etag_of(status_); }
  int64_t modified() const { return status_.st_mtim.tv_sec; }
  Result<std::string> read(const std::string& path, uint64_t offset, uint64_t length) const;
  /// Whether it still is what `etag` tells.
  bool is(const std::string& etag) const;

 private:
  OpenFile(int descriptor, const struct stat& status) : descriptor_(descriptor), status_(status) {}

  int descriptor_;
  struct stat status_;
};

Result<OpenFile> OpenFile::open(const std::string& path) {
  // O_NONBLOCK: opening a pipe nobody writes to must not hang.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return file_error(path, "opening", errno);
  struct stat status = {};
  const bool known = fstat(descriptor, &status) == 0;
  const int error = errno;
  OpenFile file(descriptor, status);
  if (!known) return file_error(path, "reading the status", error);
  if (S_ISDIR(status.st_mode)) return file_error(path, "opening", EISDIR);
  if (!S_ISREG(status.st_mode)) {
    return Error{Code::kInvalidArgument,
                 "this is not a regular file",
                 "name a regular file",
                 {.source = path}};
  }
  return file;
}

Result<std::string> OpenFile::read(const std::string& path, uint64_t offset,
                                   uint64_t length) const {
  std::string out;
  if (offset >= size()) return out;
  out.resize(std::min(length, size() - offset));
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t count =
        pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error(path, "reading", errno);
    if (count == 0) break;  // the file became shorter
    done += static_cast<size_t>(count);
  }
  out.resize(done);
  return out;
}

bool OpenFile::is(const std::string& etag) const {
  struct stat now = {};
  return fstat(descriptor_, &now) == 0 && etag_of(now) == etag;
}

class LocalStore final : public ObjectStore {
 public:
  explicit LocalStore(std::string root) : root_(std::move(root)) {
    if (!root_.empty() && root_.back() != '/') root_ += '/';
  }

  std::string where(const std::string& key) const override { return root_ + key; }
  Result<ObjectInfo> stat(const std::string& key) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) override;
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Result<void> remove(const std::string& key) override;

 private:
  Result<std::string> path_of(const std::string& key) const;

  std::string root_;  // empty, or ends in '/'
};

Result<std::string> LocalStore::path_of(const std::string& key) const {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return where(key);
}

Result<ObjectInfo> LocalStore::stat(const std::string& key) {
  const OpenFile file = SKYMILL_TRY(OpenFile::open(SKYMILL_TRY(path_of(key))));
  return ObjectInfo{
      .key = key, .size = file.size(), .etag = file.etag(), .modified = file.modified()};
}

Result<std::vector<ObjectInfo>> LocalStore::list(const std::string& prefix) {
  namespace fs = std::filesystem;
  const std::string folder = prefix.substr(0, prefix.rfind('/') + 1);
  if (!folder.empty()) SKYMILL_TRY(path_of(folder.substr(0, folder.size() - 1)));
  std::vector<ObjectInfo> found;
  const std::string start = root_.empty() && folder.empty() ? "." : root_ + folder;
  std::error_code error;
  // Links to folders are not followed: they can form loops.
  auto entry = fs::recursive_directory_iterator(start, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(kTemporaryPrefix) || !entry->is_regular_file(ignored)) continue;
    std::string key = folder + entry->path().lexically_relative(start).string();
    struct stat status = {};
    if (!key.starts_with(prefix) || ::stat(entry->path().c_str(), &status) != 0) continue;
    found.push_back({.key = std::move(key),
                     .size = static_cast<uint64_t>(status.st_size),
                     .modified = status.st_mtim.tv_sec});
  }
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory) {
    return file_error(start, "listing", error.value());
  }
  std::ranges::sort(found, {}, &ObjectInfo::key);
  return found;
}

Result<std::string> LocalStore::read(const std::string& key, uint64_t offset, uint64_t length,
                                     const std::string& etag) {
  const std::string path = SKYMILL_TRY(path_of(key));
  const OpenFile file = SKYMILL_TRY(OpenFile::open(path));
  std::string bytes = SKYMILL_TRY(file.read(path, offset, length));
  // After reading: a writer may come between any earlier check and the bytes.
  if (!etag.empty() && !file.is(etag)) return object_changed(path);
  return bytes;
}

Result<std::unique_ptr<ObjectWriter>> LocalStore::write(const std::string& key, WriteMode mode) {
  return open_local_writer(SKYMILL_TRY(path_of(key)), mode);
}

Result<void> LocalStore::remove(const std::string& key) {
  const std::string path = SKYMILL_TRY(path_of(key));
  if (unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
  return file_error(path, "removing", errno);
}

}  // namespace

std::shared_ptr<ObjectStore> local_store(std::string root) {
  return std::make_shared<LocalStore>(std::move(root));
}

}  // namespace skymill
