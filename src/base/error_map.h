// The one table from an error code to its name, exit status, HTTP status and "worth a retry".
#pragma once

#include <string_view>

#include "base/result.h"

namespace skymill {

struct CodeMeaning {
  Code code;
  std::string_view name;  // stable: it appears in JSON
  int exit_status;
  int http_status;
  bool retryable;
};

/// Every code has exactly one row.
const CodeMeaning& meaning(Code code);

}  // namespace skymill
