// ModelHistory: what a model's log adds up to: its versions and where its aliases point.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "registry/log_entry.h"
#include "registry/model_name.h"

namespace skymill {

struct ModelVersion {
  uint64_t number = 0;
  Blob model = {};
  Json about = Json::object();
  int64_t time = 0;
  std::string author = {};
  std::vector<Blob> signatures = {};  // of several keys, the last one last

  bool is_signed() const { return !signatures.empty(); }
  bool operator==(const ModelVersion&) const = default;
};

class ModelHistory {
 public:
  explicit ModelHistory(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  /// Entries read so far, which are numbered from 1.
  uint64_t entries() const { return entries_; }
  /// SHA-256 of the last of them.
  const std::string& last_sha256() const { return last_sha256_; }

  /// Numbered from 1 without a gap.
  const std::vector<ModelVersion>& versions() const { return versions_; }
  /// Each alias's versions in time, the present one last; never empty. The oldest are forgotten.
  const std::map<std::string, std::vector<uint64_t>>& aliases() const { return aliases_; }
  /// The version an alias points to; 0 when there is no such alias.
  uint64_t target(const std::string& alias) const;

  /// Errors: kNotFound, which names what there is.
  Result<const ModelVersion*> find(const std::string& at) const;

  /// The next entry, as its bytes are. Errors: kCorruptData; the history is of no use then.
  Result<void> apply(std::string_view text);

  /// All of it as one text, and back.
  std::string checkpoint() const;
  static Result<ModelHistory> from_checkpoint(const std::string& name, std::string_view text);

  bool operator==(const ModelHistory&) const = default;

 private:
  Result<void> change(const VersionAdded& added, const LogEntry& entry);
  Result<void> change(const AliasMoved& moved, const LogEntry& entry);
  Result<void> change(const SignatureAdded& added, const LogEntry& entry);

  std::string name_;
  uint64_t entries_ = 0;
  std::string last_sha256_;
  std::vector<ModelVersion> versions_;
  std::map<std::string, std::vector<uint64_t>> aliases_;
};

}  // namespace skymill
