#include "base/result.h"

#include <cstdio>

namespace skymill {

std::string Error::text() const {
  std::string where = place.source;
  if (place.line != 0) {
    where += (where.empty() ? "line " : ":") + std::to_string(place.line);
    if (place.column != 0) where += ":" + std::to_string(place.column);
  }
  if (!place.field.empty()) where += (where.empty() ? "" : ", ") + ("field " + place.field);
  std::string out = message;
  if (!where.empty()) out += " (" + where + ")";
  if (!hint.empty()) out += "; " + hint;
  return out;
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "skymill: internal error: %s does not hold at %s:%d\n", condition, file,
               line);
  std::abort();
}

}  // namespace skymill
