#include "registry/verify_registry.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/text.h"

namespace skymill {
namespace {

class Verification {
 public:
  Verification(const Registry& registry, std::string trusted_key)
      : registry_(registry), trusted_key_(std::move(trusted_key)) {}

  Result<void> verify(const std::string& name, uint64_t last_entry);
  Result<void> verify_blobs();
  /// A log whose model no list shows.
  void note_nameless(const std::string& name) {
    report_.problems.push_back(
        {registry_.where(kNameFolder + name), "the name of a log is missing"});
  }
  RegistryReport take() { return std::move(report_); }

 private:
  Result<void> verify_signature(const std::string& name, const ModelVersion& version);
  using Problems = std::vector<RegistryReport::Problem>;
  Result<ModelHistory> replay(const std::string& name, Problems& problems);
  /// Records what is damaged or missing; returns what the store itself fails with.
  static Result<void> note(const Error& error, Problems& problems);

  const Registry& registry_;
  std::string trusted_key_;
  RegistryReport report_;
  std::map<std::string, Blob> blobs_;  // by hash
};

Result<void> Verification::note(const Error& error, Problems& problems) {
  const bool damage = error.code == Code::kCorruptData || error.code == Code::kNotFound ||
                      error.code == Code::kResourceExhausted;
  if (!damage) return error;
  problems.push_back({error.place.source, error.message});
  return {};
}

Result<void> Verification::verify(const std::string& name, uint64_t last_entry) {
  ++report_.models;
  Problems of_checkpoints;
  const auto history = replay(name, of_checkpoints);
  if (!history) return note(history.error(), report_.problems);
  report_.entries += history->entries();
  for (const ModelVersion& version : history->versions()) {
    blobs_[version.model.sha256] = version.model;
    SKYMILL_TRY(verify_signature(name, version));
    for (const Blob& signature : version.signatures) blobs_[signature.sha256] = signature;
  }
  if (last_entry > history->entries()) {
    const std::string next = entry_key(name, history->entries() + 1);
    report_.problems.push_back(
        {registry_.where(next), "the entry is missing; later ones are there"});
  }
  std::ranges::move(of_checkpoints, std::back_inserter(report_.problems));
  return {};
}

Result<void> Verification::verify_signature(const std::string& name, const ModelVersion& version) {
  if (trusted_key_.empty()) return {};
  const auto holds = registry_.check_signature(version, trusted_key_);
  if (holds) return {};
  if (holds.error().code != Code::kPermissionDenied) return note(holds.error(), report_.problems);
  report_.problems.push_back({cat(name, "@", version.number), holds.error().message});
  return {};
}

/// Replays a log; what is wrong with its checkpoints goes to `problems`.
Result<ModelHistory> Verification::replay(const std::string& name, Problems& problems) {
  const std::string folder = registry_.prefix() + checkpoint_folder(name);
  std::set<std::string> kept;
  for (const ObjectInfo& object : SKYMILL_TRY(registry_.store().list(folder))) {
    kept.insert(object.key.substr(registry_.prefix().size()));
  }
  const auto check = [&](const ModelHistory& now) -> Result<void> {
    const std::string key = checkpoint_key(name, now.entries());
    if (kept.erase(key) == 0) return {};
    const auto text = registry_.read_text(key, kMostCheckpointBytes);
    if (!text) return note(text.error(), problems);
    if (*text != now.checkpoint()) {
      problems.push_back({registry_.where(key), "the checkpoint is not what the log says"});
    }
    return {};
  };
  ModelHistory history = SKYMILL_TRY(registry_.replay(name, check));
  for (const std::string& key : kept) {
    problems.push_back({registry_.where(key), "it is the checkpoint of no entry"});
  }
  return history;
}

Result<void> Verification::verify_blobs() {
  for (const auto& [hash, blob] : blobs_) {
    ++report_.blobs;
    const auto bytes = registry_.read_blob(blob);
    if (bytes) {
      report_.bytes += bytes->size();
    } else {
      SKYMILL_TRY(note(bytes.error(), report_.problems));
    }
  }
  return {};
}

}  // namespace

Result<RegistryReport> verify_registry(const Registry& registry, const std::string& name,
                                       const std::string& trusted_key) {
  Verification verification(registry, trusted_key);
  const auto last = SKYMILL_TRY(registry.last_entries());
  const auto names = SKYMILL_TRY(registry.names());
  if (name.empty() ? last.empty() && names.empty() : !last.contains(name)) {
    return Error{Code::kNotFound,
                 name.empty() ? "there is no registry" : cat("there is no model '", name, "'"),
                 "check the name of the registry and of the model",
                 {.source = registry.where()}};
  }
  for (const auto& [model, entry] : last) {
    if (!name.empty() && model != name) continue;
    SKYMILL_TRY(verification.verify(model, entry));
    if (!std::ranges::binary_search(names, model)) verification.note_nameless(model);
  }
  SKYMILL_TRY(verification.verify_blobs());
  return verification.take();
}

}  // namespace skymill
