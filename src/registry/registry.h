// Registry: models by name in any store. Blobs are immutable; each model has a log whose entries
// are created one after the other, so that of two writers one is second and sees the first. There
// is no lock and no database; docs/formats/registry.md draws the objects.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "model/model.h"
#include "registry/model_history.h"
#include "store/object_store.h"

namespace skymill {

/// Makes the next entry's changes from what there is. Asked again when another writer was first.
using MakeChanges = std::function<Result<std::vector<Change>>(const ModelHistory&)>;

struct Publication {
  std::string name;
  std::string_view model = {};  // a model file's bytes
  Json about = Json::object();
  std::string_view signature = {};  // a bundle; empty: none
  std::string alias = {};           // moved to the new version with the same entry; empty: none
};

/// Thread-safe. Remembers the histories it has read, so that asking again costs one request.
class Registry {
 public:
  /// A folder of any store. `author` goes into the entries. Nothing is read or written yet.
  static Result<Registry> open(const std::string& uri, std::string author);
  /// The key of `root` is empty or ends in '/'.
  Registry(ObjectLocation root, std::string author)
      : root_(std::move(root)), author_(std::move(author)), known_(std::make_shared<Known>()) {}

  std::string where() const { return root_.text(); }
  std::string where(const std::string& key) const { return root_.store->where(root_.key + key); }

  /// Names of the models, in byte order.
  Result<std::vector<std::string>> names() const;
  /// The highest number of an entry in each log that there is, whatever names() says.
  Result<std::map<std::string, uint64_t>> last_entries() const;
  /// Errors: kNotFound, which names the nearest model; kCorruptData.
  Result<ModelHistory> read(const std::string& name) const;
  /// The version that is meant now. Errors: read()'s and those of ModelHistory::find().
  Result<ModelVersion> find(const ModelReference& reference) const;
  /// From the log alone, without checkpoints.
  Result<ModelHistory> replay(const std::string& name) const;
  /// The same; `each` sees the history after each entry and may end it by an error.
  using SeeHistory = std::function<Result<void>(const ModelHistory&)>;
  Result<ModelHistory> replay(const std::string& name, const SeeHistory& each) const;
  /// Reads the entries that were added since; whether there were any. One request when there were
  /// none. After an error the history is as it was.
  Result<bool> refresh(ModelHistory& history) const;
  /// The entries `first`, first + 1, … `last`.
  Result<std::vector<LogEntry>> entries(const std::string& name, uint64_t first,
                                        uint64_t last) const;

  /// Adds a version; the history that includes it. What is returned is durable. On an error nothing
  /// is registered, except that a failure at the last step may leave it unknown, which the message
  /// says.
  Result<ModelHistory> publish(const Publication& publication) const;
  /// The same for other changes of a model that exists.
  Result<ModelHistory> commit(const std::string& name, const MakeChanges& make) const;

  /// Bytes of a blob, proven by its hash.
  Result<std::string> read_blob(const Blob& blob) const;
  /// Writes a blob, also when it is there: so it is whole, and young for a garbage collection.
  Result<Blob> write_blob(std::string_view bytes) const;
  Result<std::shared_ptr<const Model>> load(const ModelVersion& version) const;
  /// Errors: kPermissionDenied when the owner of the key has not signed the version.
  Result<void> check_signature(const ModelVersion& version,
                               const std::string& public_key_pem) const;

  // For what looks after a registry: verify_registry.h, garbage.h.

  /// An object of at most `limit` bytes.
  Result<std::string> read_text(const std::string& key, uint64_t limit) const;

  ObjectStore& store() const { return *root_.store; }
  /// What keys begin with: empty, or ends in '/'.
  const std::string& prefix() const { return root_.key; }

 private:
  Result<bool> take_next_entry(ModelHistory& history) const;
  Result<void> check_log_end(const ModelHistory& history) const;
  Result<bool> made_after_all(const std::string& key, const std::string& text,
                              const Error& failure) const;
  Result<ModelHistory> append(ModelHistory history, const MakeChanges& make) const;
  /// The history as it is now; without entries when there is no such model.
  Result<ModelHistory> present(const std::string& name) const;
  Result<ModelHistory> from_last_checkpoint(const std::string& name) const;
  void remember(const ModelHistory& history) const;
  void keep_checkpoint(const ModelHistory& history) const;

  struct Known {
    std::mutex mutex;
    std::map<std::string, ModelHistory> histories;
  };

  ObjectLocation root_;
  std::string author_;
  std::shared_ptr<Known> known_;  // of all copies
};

/// Keys of a registry, relative to its root.
std::string blob_key(const std::string& sha256);
std::string entry_key(const std::string& name, uint64_t number);
std::string checkpoint_folder(const std::string& name);
std::string checkpoint_key(const std::string& name, uint64_t number);
inline constexpr const char* kBlobFolder = "blobs/sha256/";
inline constexpr const char* kNameFolder = "names/";

/// Every so many entries the history is kept as one object, which readers begin with.
inline constexpr uint64_t kCheckpointEvery = 50;
inline constexpr uint64_t kMostEntryBytes = 1 << 20;
inline constexpr uint64_t kMostCheckpointBytes = 256 << 20;
/// A blob that no version refers to may be removed after so long; see collect_garbage().
inline constexpr int64_t kGarbageAfterSeconds = 72 * 3600;

/// A signature made elsewhere, for commit(); the bundle is a blob already.
MakeChanges add_signature(uint64_t version, Blob bundle);
/// Moves of an alias.
MakeChanges move_alias(std::string alias, std::string to);
MakeChanges remove_alias(std::string alias);
/// Back to where it was before, which can be repeated.
MakeChanges roll_back_alias(std::string alias);

}  // namespace skymill
