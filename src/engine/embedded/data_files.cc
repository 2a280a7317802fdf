#include "engine/embedded/data_files.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/mapped_file.h"
#include "base/text.h"
#include "store/uri.h"

namespace skymill {
namespace {

struct Suffix {
  std::string_view text;
  FileFormat format;
};
constexpr std::array<Suffix, 7> kSuffixes = {{{".csv", FileFormat::kCsv},
                                              {".tsv", FileFormat::kCsv},
                                              {".txt", FileFormat::kCsv},
                                              {".json", FileFormat::kJson},
                                              {".jsonl", FileFormat::kJson},
                                              {".ndjson", FileFormat::kJson},
                                              {".parquet", FileFormat::kParquet}}};
constexpr std::array<std::string_view, 2> kCompressed = {".gz", ".zst"};

bool is_compressed(std::string_view path) {
  return std::any_of(kCompressed.begin(), kCompressed.end(),
                     [&](std::string_view end) { return path.ends_with(end); });
}

std::optional<FileFormat> format_of(std::string_view path) {
  const std::string small = lower(path);
  std::string_view name = small;
  for (const std::string_view end : kCompressed) {
    if (name.ends_with(end)) name.remove_suffix(end.size());
  }
  for (const Suffix& suffix : kSuffixes) {
    if (name.ends_with(suffix.text)) return suffix.format;
  }
  return std::nullopt;
}

Result<std::optional<FileFormat>> format_named(const std::string& name) {
  if (name.empty()) return std::optional<FileFormat>();
  if (name == "csv") return std::optional(FileFormat::kCsv);
  if (name == "json") return std::optional(FileFormat::kJson);
  if (name == "parquet") return std::optional(FileFormat::kParquet);
  const std::vector<std::string> known = {"csv", "json", "parquet"};
  return Error{Code::kInvalidArgument, cat("SQL cannot read the format '", name, "'"),
               suggest(name, known)};
}

bool has_glob(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

std::vector<std::string> folder_entries(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    // Hidden files and the markers that engines leave beside their output.
    if (name.starts_with('.') || name.starts_with('_') || entry.is_directory(ignored)) continue;
    out.push_back((std::filesystem::path(folder) / name).string());
  }
  return out;
}

std::vector<std::string> glob_entries(const std::string& pattern) {
  glob_t found = {};
  std::vector<std::string> out;
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    std::error_code ignored;
    for (size_t i = 0; i < found.gl_pathc; ++i) {
      if (!std::filesystem::is_directory(found.gl_pathv[i], ignored)) {
        out.emplace_back(found.gl_pathv[i]);
      }
    }
  }
  globfree(&found);
  return out;
}

Result<DataFile> identify(const std::string& path) {
  DataFile file{.shown = path, .compressed = is_compressed(lower(path))};
  char* canonical = realpath(path.c_str(), nullptr);
  if (canonical == nullptr) return file_error(path, "opening", errno);
  file.path = canonical;
  std::free(canonical);
  struct stat status = {};
  if (stat(file.path.c_str(), &status) != 0) return file_error(path, "opening", errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{Code::kInvalidArgument, cat(path, " is no regular file"), "", {.source = path}};
  }
  file.device = status.st_dev;
  file.inode = status.st_ino;
  file.size = static_cast<uint64_t>(status.st_size);
  file.modified = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return file;
}

Error empty_file(const std::string& path, FileFormat format) {
  const char* hint = format == FileFormat::kCsv    ? "a CSV file has at least a header"
                     : format == FileFormat::kJson ? "write one object a line"
                                                   : "check that it was written completely";
  return {Code::kCorruptData, cat(path, " is empty"), hint, {.source = path}};
}

}  // namespace

Result<void> check_pattern(const std::string& pattern) {
  if (pattern.find("**") == std::string::npos) return {};
  return Error{Code::kUnsupported,
               "a pattern cannot hold '**'",
               "write one '*' for each folder between, as in data/*/*.csv",
               {.source = pattern}};
}

namespace {

/// The paths a source names, in the order of their bytes.
Result<std::vector<std::string>> expand(const std::string& path,
                                        const std::optional<FileFormat>& format) {
  std::error_code ignored;
  std::vector<std::string> out;
  const bool folder = std::filesystem::is_directory(path, ignored);
  if (!folder && (std::filesystem::exists(path, ignored) || !has_glob(path))) return {{path}};
  SKYMILL_TRY(check_pattern(path));
  out = folder ? folder_entries(path) : glob_entries(path);
  if (!format) std::erase_if(out, [](const std::string& entry) { return !format_of(entry); });
  std::sort(out.begin(), out.end());
  if (out.empty()) {
    return Error{Code::kNotFound,
                 cat(path, folder ? " holds" : " matches", " no data file"),
                 "csv, json and parquet files are looked for",
                 {.source = path}};
  }
  return out;
}

Result<FileFormat> common_format(const std::vector<std::string>& paths) {
  const auto first = format_of(paths.front());
  if (!first) {
    return Error{Code::kInvalidArgument,
                 cat("the format of ", paths.front(), " does not show in its name"),
                 "say --format csv, json or parquet",
                 {.source = paths.front()}};
  }
  for (const std::string& path : paths) {
    if (format_of(path) != first) {
      return Error{Code::kInvalidArgument,
                   cat(path, " is of another format than ", paths.front()),
                   "name files of one format, such as dir/*.csv",
                   {.source = path}};
    }
  }
  return *first;
}

}  // namespace

Result<DataFiles> find_data_files(const std::string& uri, const std::string& format,
                                  FetchedFiles& fetched, const Cancel* cancel) {
  const Uri parsed = SKYMILL_TRY(Uri::parse(uri));
  const auto named = SKYMILL_TRY(format_named(format));
  DataFiles out;
  std::vector<std::string> names;
  if (parsed.scheme == "file") {
    names = SKYMILL_TRY(expand(parsed.path, named));
    for (const std::string& path : names) out.files.push_back(SKYMILL_TRY(identify(path)));
  } else {
    for (const auto& [object, path] : SKYMILL_TRY(fetched.fetch(uri, named.has_value(), cancel))) {
      DataFile file = SKYMILL_TRY(identify(path));
      file.shown = object;
      file.fetched = true;
      out.files.push_back(std::move(file));
      names.push_back(object);
    }
  }
  out.format = named ? *named : SKYMILL_TRY(common_format(names));
  for (const DataFile& file : out.files) {
    if (file.size == 0) return empty_file(file.shown, out.format);
  }
  return out;
}

bool has_data_suffix(std::string_view name) { return format_of(name).has_value(); }

bool names_a_file(std::string_view name) {
  return format_of(name).has_value() || name.find_first_of("/*") != std::string_view::npos;
}

Result<void> check_unchanged(const std::vector<DataFile>& files) {
  for (const DataFile& file : files) {
    const auto now = identify(file.fetched ? file.path : file.shown);
    const bool same = now && now->path == file.path && now->device == file.device &&
                      now->inode == file.inode && now->size == file.size &&
                      now->modified == file.modified;
    if (!same) {
      return Error{Code::kCorruptData,
                   cat(file.shown, " has changed since it was first read"),
                   "run again when nothing writes to it",
                   {.source = file.shown}};
    }
  }
  return {};
}

std::vector<std::string> paths_of(const std::vector<DataFile>& files) {
  std::vector<std::string> out;
  out.reserve(files.size());
  for (const DataFile& file : files) out.push_back(file.path);
  return out;
}

}  // namespace skymill
