// HttpError: an Error with the HTTP status it is answered with, and its JSON form.
#pragma once

#include <string>
#include <string_view>

#include "base/error_map.h"
#include "base/result.h"

namespace skymill {

struct HttpError {
  int status = 500;
  Error error = {};

  /// The status that base/error_map.h gives the error's code.
  static HttpError of(Error error) {
    const int status = meaning(error.code).http_status;
    return {status, std::move(error)};
  }
};

/// Appends {"error": {"code", "message", "hint", "field", "row"}, "request_id"}. All keys are
/// always there; an unknown field or row (counted from 1) is null.
void write_error_body(const Error& error, std::string_view request_id, std::string& out);

}  // namespace skymill
