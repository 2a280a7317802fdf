// The list of formats: a new one is a file beside this and a line here.
#include <array>

#include "base/text.h"
#include "format/csv.h"
#include "format/json.h"
#include "format/parquet.h"

namespace skymill {
namespace {

constexpr std::array<std::string_view, 2> kCsvSuffixes = {".csv", ".tsv"};
constexpr std::array<std::string_view, 3> kJsonSuffixes = {".jsonl", ".ndjson", ".json"};
constexpr std::array<std::string_view, 1> kParquetSuffixes = {".parquet"};

constexpr std::array<FormatInfo, 3> kFormats = {{
    {"csv", "text with a header, RFC 4180 (.tsv: tabs)", kCsvSuffixes, open_csv, create_csv},
    {"json", "one object a line, or an array of objects", kJsonSuffixes, open_json, create_json},
    {"parquet", "Apache Parquet", kParquetSuffixes, open_parquet, create_parquet},
}};

}  // namespace

std::span<const FormatInfo> formats() { return kFormats; }

Result<const FormatInfo*> format_for(std::string_view path, std::string_view name) {
  std::vector<std::string> names;
  for (const FormatInfo& format : kFormats) {
    if (format.name == name) return &format;
    names.emplace_back(format.name);
  }
  if (!name.empty()) {
    return Error{Code::kInvalidArgument, cat("there is no format '", name, "'"),
                 suggest(name, names)};
  }
  const std::string wanted = lower(path);
  for (const FormatInfo& format : kFormats) {
    for (const std::string_view suffix : format.suffixes) {
      if (wanted.ends_with(suffix)) return &format;
    }
  }
  return Error{Code::kInvalidArgument,
               "the file name does not tell the format",
               cat("name it with --format: ", join(names, ", ")),
               {.source = std::string(path)}};
}

}  // namespace skymill
