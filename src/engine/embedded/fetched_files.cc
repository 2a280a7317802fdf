#include "engine/embedded/fetched_files.h"

#include <fnmatch.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/mapped_file.h"
#include "base/text.h"
#include "engine/embedded/data_files.h"
#include "engine/embedded/private_folder.h"
#include "store/read_pieces.h"
#include "store/stores.h"

namespace skymill {
namespace {

std::string_view file_name(std::string_view key) { return key.substr(key.rfind('/') + 1); }

/// The keys that a URI names.
Result<std::vector<std::string>> keys_of(const ObjectLocation& location, bool any_name) {
  const std::string& key = location.key;
  const size_t wild = key.find_first_of("*?[");
  const bool folder = key.empty() || key.ends_with('/');
  if (!folder && wild == std::string::npos) return {{key}};
  if (!folder) SKYMILL_TRY(check_pattern(location.text()));
  const auto listed = SKYMILL_TRY(location.store->list(key.substr(0, wild)));
  std::vector<std::string> keys;
  for (const ObjectInfo& object : listed) {
    const std::string_view name = file_name(object.key);
    const bool named = folder ? object.key.find('/', key.size()) == std::string::npos
                              : fnmatch(key.c_str(), object.key.c_str(), FNM_PATHNAME) == 0;
    // Hidden files and the markers that engines leave beside their output.
    const bool hidden = name.empty() || name.starts_with('.') || name.starts_with('_');
    if (named && !hidden && (any_name || has_data_suffix(name))) keys.push_back(object.key);
  }
  if (keys.empty()) {
    return Error{Code::kNotFound,
                 cat(location.text(), folder ? " holds" : " matches", " no data file"),
                 "csv, json and parquet files are looked for",
                 {.source = location.text()}};
  }
  return keys;
}

Result<void> keep_copy(ObjectStore& store, const std::string& key, const std::string& path,
                       const Cancel& cancel) {
  std::ofstream file(path, std::ios::binary);
  const auto take = [&](std::string_view piece) -> Result<void> {
    while (!piece.empty()) {
      // Of larger writes ext4 makes huge pages of its cache, which took 4 to 10 times as long.
      const std::string_view now = piece.substr(0, 256 << 10);
      if (!file.write(now.data(), static_cast<std::streamsize>(now.size()))) {
        return file_error(path, "keeping a copy", errno);
      }
      piece.remove_prefix(now.size());
    }
    return {};
  };
  SKYMILL_TRY(read_pieces(store, key, cancel, take));
  file.close();
  if (!file) return file_error(path, "keeping a copy", errno);
  return {};
}

}  // namespace

FetchedFiles::~FetchedFiles() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Result<std::string> FetchedFiles::new_path(const std::string& key) {
  if (folder_.empty()) folder_ = SKYMILL_TRY(make_private_folder(parent_, "fetched"));
  std::string name(file_name(key));
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return cat(folder_, "/", count_++, "-", name);
}

Result<std::vector<FetchedFile>> FetchedFiles::fetch(const std::string& uri, bool any_name,
                                                     const Cancel* cancel) {
  const ObjectLocation location = SKYMILL_TRY(locate(uri));
  const Cancel never;
  std::vector<FetchedFile> files;
  for (const std::string& key : SKYMILL_TRY(keys_of(location, any_name))) {
    const std::string path = SKYMILL_TRY(new_path(key));
    SKYMILL_TRY(keep_copy(*location.store, key, path, cancel == nullptr ? never : *cancel));
    files.push_back({.uri = location.store->where(key), .path = path});
  }
  return files;
}

}  // namespace skymill
