// SQL text made from names and values. Quoting here is what keeps a file name from becoming SQL.
#include "engine/engine.h"

namespace skymill {
namespace {

std::string quoted_by(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += quote;
  }
  out += quote;
  return out;
}

}  // namespace

std::string sql_identifier(std::string_view name) { return quoted_by(name, '"'); }

std::string sql_literal(std::string_view text) { return quoted_by(text, '\''); }

}  // namespace skymill
