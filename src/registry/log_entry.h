// LogEntry: one step in the life of a model; all its changes happen at once.
// docs/formats/registry.md draws the objects of a registry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace skymill {

/// Bytes under blobs/sha256/.
struct Blob {
  std::string sha256;  // 64 hex digits
  uint64_t bytes = 0;

  bool operator==(const Blob&) const = default;
};

struct VersionAdded {
  uint64_t version = 0;
  Blob model = {};
  Json about = Json::object();  // what people want to see of it: trainer, metrics, …

  bool operator==(const VersionAdded&) const = default;
};

/// 0 stands for no version: an alias that is new, or that goes.
struct AliasMoved {
  std::string alias;
  uint64_t from = 0;
  uint64_t to = 0;
  bool rollback = false;  // back to where it came from, which is forgotten

  bool operator==(const AliasMoved&) const = default;
};

struct SignatureAdded {
  uint64_t version = 0;
  Blob bundle = {};

  bool operator==(const SignatureAdded&) const = default;
};

using Change = std::variant<VersionAdded, AliasMoved, SignatureAdded>;

struct LogEntry {
  std::string operation;  // tells this commit from every other
  int64_t time = 0;       // seconds since 1970, by the writer's clock
  std::string author;     // who, as the writer says
  std::string previous;   // SHA-256 of the entry before; empty for the first
  std::vector<Change> changes;

  Json to_json() const;
  /// Strict: an entry of an unknown format or with an unknown kind of change is refused.
  static Result<LogEntry> parse(std::string_view text);

  bool operator==(const LogEntry&) const = default;
};

Json blob_json(const Blob& blob);
/// Members "sha256" and "bytes" of an object.
Result<Blob> blob_from(const Json& json);
/// A member that counts something: an integer that is not negative.
Result<uint64_t> count_from(const Json& json, std::string_view key);

}  // namespace skymill
