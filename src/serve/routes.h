// The list of endpoints, and the way from a request head to one of them.
#pragma once

#include <optional>
#include <span>

#include "serve/handler.h"
#include "serve/http_error.h"
#include "serve/request_parser.h"

namespace skymill {

/// Every endpoint.
std::span<const Handler* const> routes();

/// The path's index into routes(); routes().size() when it matches none.
size_t route_index(std::string_view path);

/// Where a request goes, or why it goes nowhere: 404, 405 (then `allow` names the methods), 411,
/// 415.
struct Route {
  const Handler* handler = nullptr;
  size_t index = 0;  // route_index()
  std::optional<HttpError> refused = {};
  std::string_view allow = {};
};
Route find_route(const RequestHead& head);

}  // namespace skymill
