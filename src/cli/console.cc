#include "cli/console.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error_map.h"
#include "base/text.h"

namespace skymill {

Console::Console()
    : stdout_terminal_(isatty(STDOUT_FILENO) == 1), stderr_terminal_(isatty(STDERR_FILENO) == 1) {}

void Console::print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void Console::print_json(const Json& document) {
  print(document.dump(2) + "\n");
  document_printed_ = true;
}

void Console::note(std::string_view text) {
  if (!quiet) std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

void Console::warn(std::string_view text) {
  std::fprintf(stderr, "warning: %.*s\n", static_cast<int>(text.size()), text.data());
}

void Console::fail(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.text().c_str());
  if (!json || document_printed_) return;
  Json body = Json::object();
  body.set("code", meaning(error.code).name);
  body.set("message", error.message);
  body.set("hint", error.hint);
  if (!error.place.source.empty()) body.set("source", error.place.source);
  if (error.place.line != 0) body.set("line", error.place.line);
  if (error.place.column != 0) body.set("column", error.place.column);
  if (!error.place.field.empty()) body.set("field", error.place.field);
  Json document = Json::object();
  document.set("error", std::move(body));
  print_json(document);
}

Result<void> Console::flush() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return Error{Code::kInternal,
               cat("writing the output failed: ", std::strerror(errno)),
               "check the disk or the program that reads it",
               {.source = "stdout"}};
}

namespace {

/// Characters, not bytes: continuation bytes take no room.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & '\xC0') != '\x80'; }));
}

/// One line, at most 60 characters wide.
std::string cell(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (width(text) <= 60) return text;
  size_t end = 0;
  for (size_t seen = 0; end < text.size(); ++end) {
    if ((text[end] & '\xC0') != '\x80' && ++seen > 59) break;
  }
  return text.substr(0, end) + "…";
}

}  // namespace

std::string grid_text(const std::vector<std::vector<std::string>>& rows,
                      const std::vector<bool>& right) {
  std::vector<size_t> widths(right.size());
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - width(row[c]), ' ');
      if (c > 0) line += "  ";
      line += right[c] ? padding + row[c] : row[c] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string table_text(const Schema& schema, const std::vector<Table>& tables) {
  std::vector<std::vector<std::string>> rows(2);
  std::vector<bool> right;
  for (const Field& field : schema.fields) {
    rows[0].push_back(cell(field.name));
    rows[1].emplace_back(type_name(field.type));
    right.push_back(field.type == Type::kInteger || field.type == Type::kNumber ||
                    field.type == Type::kFloat);
  }
  for (const Table& table : tables) {
    for (size_t row = 0; row < table.num_rows; ++row) {
      rows.emplace_back();
      for (const Column& column : table.columns) {
        rows.back().push_back(column.view.missing(row) ? "NULL"
                                                       : cell(value_text(column.view, row)));
      }
    }
  }
  return grid_text(rows, right);
}

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

}  // namespace skymill
