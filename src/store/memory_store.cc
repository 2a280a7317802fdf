#include "store/memory_store.h"

#include <map>
#include <mutex>

#include "base/text.h"
#include "base/time_text.h"

namespace skymill {
namespace {

class MemoryStore final : public ObjectStore, public std::enable_shared_from_this<MemoryStore> {
 public:
  explicit MemoryStore(std::string bucket) : bucket_(std::move(bucket)) {}

  std::string where(const std::string& key) const override {
    return cat("memory://", bucket_, "/", key);
  }
  Result<ObjectInfo> stat(const std::string& key) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) override;
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Result<void> remove(const std::string& key) override;

  Result<void> put(const std::string& key, std::string bytes, WriteMode mode);

 private:
  struct Object {
    std::shared_ptr<const std::string> bytes;
    uint64_t version = 0;
    int64_t modified = 0;
  };
  Result<Object> find(const std::string& key);

  std::string bucket_;
  std::mutex mutex_;
  std::map<std::string, Object> objects_;
  uint64_t versions_ = 0;  // of all objects, so that one made again has another
};

class MemoryWriter final : public ObjectWriter {
 public:
  MemoryWriter(std::shared_ptr<MemoryStore> store, std::string key, WriteMode mode)
      : store_(std::move(store)), key_(std::move(key)), mode_(mode) {}

  Result<void> append(std::string_view bytes) override {
    bytes_ += bytes;
    return {};
  }
  Result<void> commit() override { return store_->put(key_, std::move(bytes_), mode_); }

 private:
  std::shared_ptr<MemoryStore> store_;
  std::string key_;
  WriteMode mode_;
  std::string bytes_;
};

Result<MemoryStore::Object> MemoryStore::find(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found != objects_.end()) return found->second;
  return Error{
      Code::kNotFound, "there is no such object", "check the name", {.source = where(key)}};
}

Result<ObjectInfo> MemoryStore::stat(const std::string& key) {
  const Object object = SKYMILL_TRY(find(key));
  return ObjectInfo{.key = key,
                    .size = object.bytes->size(),
                    .etag = std::to_string(object.version),
                    .modified = object.modified};
}

Result<std::vector<ObjectInfo>> MemoryStore::list(const std::string& prefix) {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectInfo> found;
  for (auto at = objects_.lower_bound(prefix); at != objects_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    const Object& object = at->second;
    found.push_back({.key = at->first, .size = object.bytes->size(), .modified = object.modified});
  }
  return found;
}

Result<std::string> MemoryStore::read(const std::string& key, uint64_t offset, uint64_t length,
                                      const std::string& etag) {
  const Object object = SKYMILL_TRY(find(key));
  if (!etag.empty() && etag != std::to_string(object.version)) return object_changed(where(key));
  return offset >= object.bytes->size() ? std::string() : object.bytes->substr(offset, length);
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::write(const std::string& key, WriteMode mode) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return std::make_unique<MemoryWriter>(shared_from_this(), key, mode);
}

Result<void> MemoryStore::remove(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
  return {};
}

Result<void> MemoryStore::put(const std::string& key, std::string bytes, WriteMode mode) {
  auto stored = std::make_shared<const std::string>(std::move(bytes));
  const std::lock_guard lock(mutex_);
  if (mode == WriteMode::kCreate && objects_.contains(key)) {
    return Error{Code::kAlreadyExists, "another writer was first", {}, {.source = where(key)}};
  }
  objects_[key] = {std::move(stored), ++versions_, now_in_seconds()};
  return {};
}

}  // namespace

std::shared_ptr<ObjectStore> memory_store(const std::string& bucket) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<ObjectStore>> stores;
  const std::lock_guard lock(mutex);
  auto& store = stores[bucket];
  if (store == nullptr) store = std::make_shared<MemoryStore>(bucket);
  return store;
}

}  // namespace skymill
