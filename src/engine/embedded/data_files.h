// The files that a source names: found, ordered by name, and recognised again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/embedded/fetched_files.h"

namespace skymill {

enum class FileFormat : uint8_t { kCsv, kJson, kParquet };

/// A file and what tells that it has changed.
struct DataFile {
  std::string path;   // canonical: what the database may open
  std::string shown;  // as the user named it, for messages
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified = 0;     // nanoseconds
  bool compressed = false;  // .gz or .zst: DuckDB unpacks it
  bool fetched = false;     // a copy of a store's object, whose URI is `shown`
};

struct DataFiles {
  FileFormat format = FileFormat::kCsv;
  std::vector<DataFile> files;  // at least one, by name
};

/// Resolves a path, a folder (its data files, not those of folders in it) or a glob, on this
/// machine or in a store, whose objects are fetched. `format` is a name or empty (by suffix).
/// Errors: nothing there, an unknown format, several formats in one folder, an empty file.
Result<DataFiles> find_data_files(const std::string& uri, const std::string& format,
                                  FetchedFiles& fetched, const Cancel* cancel);

/// Refuses "**", which a reader would take for all folders below and the matcher for one.
Result<void> check_pattern(const std::string& pattern);

/// Whether the name's suffix tells a format that SQL reads.
bool has_data_suffix(std::string_view name);

/// Whether a name in FROM is meant as a file: it has a known suffix, a '/', or a glob's '*'.
bool names_a_file(std::string_view name);

/// An error when a file is no longer what it was.
Result<void> check_unchanged(const std::vector<DataFile>& files);

std::vector<std::string> paths_of(const std::vector<DataFile>& files);

}  // namespace skymill
