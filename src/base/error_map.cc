#include "base/error_map.h"

#include <array>

namespace skymill {

const CodeMeaning& meaning(Code code) {
  static constexpr std::array<CodeMeaning, 13> kMeanings = {{
      {Code::kInvalidArgument, "invalid_argument", 2, 400, false},
      {Code::kNotFound, "not_found", 1, 404, false},
      {Code::kAlreadyExists, "already_exists", 1, 409, false},
      {Code::kPermissionDenied, "permission_denied", 4, 403, false},
      {Code::kSchemaMismatch, "schema_mismatch", 1, 422, false},
      {Code::kCorruptData, "corrupt_data", 1, 400, false},
      {Code::kUnsupported, "unsupported", 1, 415, false},
      {Code::kResourceExhausted, "resource_exhausted", 5, 413, false},
      {Code::kTimeout, "timeout", 5, 504, true},
      {Code::kCancelled, "cancelled", 130, 499, false},
      {Code::kUnavailable, "unavailable", 1, 503, true},
      {Code::kGateFailed, "gate_failed", 3, 412, false},
      {Code::kInternal, "internal", 1, 500, false},
  }};
  for (const CodeMeaning& row : kMeanings) {
    if (row.code == code) return row;
  }
  return kMeanings.back();
}

}  // namespace skymill
