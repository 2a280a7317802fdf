#include "store/xml_text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace skymill {
namespace {

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// Appends what `entity` (without & and ;) stands for; false when it is none.
bool append_entity(std::string& out, std::string_view entity) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [name, c] : kNamed) {
    if (entity != name) continue;
    out += c;
    return true;
  }
  if (!entity.starts_with('#')) return false;
  entity.remove_prefix(1);
  const bool hex = entity.starts_with('x');
  if (hex) entity.remove_prefix(1);
  uint32_t code = 0;
  const char* end = entity.data() + entity.size();
  const auto parsed = std::from_chars(entity.data(), end, code, hex ? 16 : 10);
  if (entity.empty() || parsed.ptr != end || parsed.ec != std::errc() || code > 0x10FFFF) {
    return false;
  }
  append_utf8(out, code);
  return true;
}

std::string without_entities(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t mark = text.find('&');
    out += text.substr(0, mark);
    if (mark == std::string_view::npos) break;
    text.remove_prefix(mark);
    const size_t end = text.find(';');
    if (end != std::string_view::npos && append_entity(out, text.substr(1, end - 1))) {
      text.remove_prefix(end + 1);
    } else {
      out += '&';
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string_view> xml_elements(std::string_view xml, std::string_view name) {
  std::vector<std::string_view> out;
  const std::string open = cat("<", name);
  const std::string close = cat("</", name, ">");
  for (size_t at = xml.find(open); at != std::string_view::npos; at = xml.find(open, at)) {
    at += open.size();
    if (at >= xml.size() || (xml[at] != '>' && xml[at] != ' ' && xml[at] != '/')) continue;
    const size_t start = xml.find('>', at);
    if (start == std::string_view::npos) break;
    if (xml[start - 1] == '/') {
      out.emplace_back();
      at = start;
      continue;
    }
    const size_t end = xml.find(close, start);
    if (end == std::string_view::npos) break;
    out.push_back(xml.substr(start + 1, end - start - 1));
    at = end;
  }
  return out;
}

std::string xml_text(std::string_view xml, std::string_view name) {
  const auto found = xml_elements(xml, name);
  return found.empty() ? std::string() : without_entities(found.front());
}

}  // namespace skymill
