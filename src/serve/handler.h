// Handler: one endpoint. Each is a file of its own; routes.cc lists them.
#pragma once

#include <span>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "serve/response.h"
#include "serve/service.h"

namespace skymill {

/// Views that live until the handler returns.
struct Request {
  std::string_view path;
  std::string_view body;
  std::string_view id;
};

/// Stateless: all threads call the same object.
class Handler {
 public:
  virtual ~Handler() = default;

  /// "GET" (which answers HEAD too) or "POST".
  virtual std::string_view method() const = 0;
  virtual std::string_view path() const = 0;
  /// Media types of the body it takes; none for GET.
  virtual std::span<const std::string_view> accepts() const { return {}; }
  /// The endpoint as an OpenAPI 3.1 operation.
  virtual Json describe(const ServedModel& served) const = 0;
  /// Fills `response`, which is empty with status 200. An error is answered by the caller in its
  /// place, with the status of its code.
  virtual Result<void> handle(const Request& request, Response& response,
                              WorkerState& state) const = 0;
};

}  // namespace skymill
