// ObjectStore: named byte strings in a bucket, a container or a folder. Writes are atomic: nothing
// is visible before commit, and a failed write leaves nothing behind.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace skymill {

struct ObjectInfo {
  std::string key;
  uint64_t size = 0;
  /// Tells these bytes from others under the key, before or after; empty where a store cannot tell,
  /// and in a list.
  std::string etag = {};
  /// When it was written, in seconds since 1970 by the store's clock; 0 where that is not known.
  int64_t modified = 0;
};

/// Receives an object's bytes in order. Destroyed without commit, it discards them.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Result<void> append(std::string_view bytes) = 0;
  /// Makes the object visible, whole and durable. kAlreadyExists when it was to be created and
  /// another writer was first.
  virtual Result<void> commit() = 0;
};

enum class WriteMode : uint8_t { kReplace, kCreate };

/// Thread-safe. Keys are relative, '/'-separated, and never climb out: check_key says which are
/// refused (kInvalidArgument). Errors name the object in place.source.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// The object as people and messages name it: its path or URI.
  virtual std::string where(const std::string& key) const = 0;

  virtual Result<ObjectInfo> stat(const std::string& key) = 0;
  /// Objects whose key starts with `prefix` (bytes, not folders), ordered by key; no match is an
  /// empty list.
  virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix) = 0;
  /// `length` bytes from `offset`, fewer at the end of the object. With the `etag` of a stat they
  /// are of that object, or the error is object_changed: pieces never mix two. Empty: of any.
  virtual Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                                   const std::string& etag) = 0;
  virtual Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) = 0;
  /// Removing what is not there succeeds.
  virtual Result<void> remove(const std::string& key) = 0;
};

/// Temporary files of stores with folders start with this; lists leave them out.
inline constexpr std::string_view kTemporaryPrefix = ".skymill-";

/// A store and a key in it.
struct ObjectLocation {
  std::shared_ptr<ObjectStore> store;
  std::string key;

  std::string text() const { return store->where(key); }
};

/// Refuses the empty key, one with a leading or doubled '/', a NUL byte, or a part "." or "..".
Result<void> check_key(const std::string& key);

/// The error of a read whose etag is another object's.
Error object_changed(const std::string& where);

/// A fresh name for a write, which tells it from every other: 32 hex digits.
std::string new_write_id();

/// Reads a whole object; refuses one over `limit` bytes.
Result<std::string> read_object(ObjectStore& store, const std::string& key, uint64_t limit);
/// Writes a whole object.
Result<void> write_object(ObjectStore& store, const std::string& key, std::string_view bytes,
                          WriteMode mode = WriteMode::kReplace);

}  // namespace skymill
