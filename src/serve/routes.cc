#include "serve/routes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "serve/endpoints.h"

namespace skymill {
namespace {

HttpError refusal(int status, Code code, std::string message, std::string hint) {
  return {status, {code, std::move(message), std::move(hint), {}}};
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lowered = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lowered, lowered);
}

/// Whether a Content-Type is one that the handler takes. None at all is taken for the first.
/// Parameters: only charset=utf-8.
bool accepted(const Handler& handler, std::string_view content_type) {
  if (content_type.empty()) return true;
  const size_t semicolon = content_type.find(';');
  const std::string_view type = trim(content_type.substr(0, semicolon));
  if (semicolon != std::string_view::npos) {
    const std::string_view parameter = trim(content_type.substr(semicolon + 1));
    if (!parameter.empty() && !same_word(parameter, "charset=utf-8") &&
        !same_word(parameter, "charset=\"utf-8\"")) {
      return false;
    }
  }
  return std::ranges::any_of(handler.accepts(),
                             [&](std::string_view known) { return same_word(known, type); });
}

HttpError no_such_path(std::string_view path) {
  std::vector<std::string> paths;
  for (const Handler* handler : routes()) paths.emplace_back(handler->path());
  return refusal(404, Code::kNotFound, cat("no such path: ", path.substr(0, 200)),
                 suggest(path.substr(0, 200), paths));
}

std::optional<HttpError> body_refusal(const Handler& handler, const RequestHead& head) {
  if (handler.accepts().empty()) return std::nullopt;
  const std::string_view wanted = handler.accepts().front();
  if (!head.declares_body) {
    return refusal(411, Code::kInvalidArgument, "the request has no body",
                   "send the row as a JSON body with a Content-Length");
  }
  if (!accepted(handler, head.content_type)) {
    return refusal(415, Code::kUnsupported,
                   cat("the Content-Type is ", head.content_type.substr(0, 100)),
                   cat("send ", wanted, " in UTF-8: curl -H 'Content-Type: ", wanted, "'"));
  }
  if (!head.content_encoding.empty() && !same_word(head.content_encoding, "identity")) {
    return refusal(415, Code::kUnsupported,
                   cat("the Content-Encoding is ", head.content_encoding.substr(0, 100)),
                   "send the body as it is, not compressed");
  }
  return std::nullopt;
}

}  // namespace

std::span<const Handler* const> routes() {
  static const std::array<const Handler*, 6> kRoutes = {
      &predict_endpoint(),      &models_endpoint(),  &health_live_endpoint(),
      &health_ready_endpoint(), &metrics_endpoint(), &openapi_endpoint()};
  return kRoutes;
}

size_t route_index(std::string_view path) {
  const auto all = routes();
  return static_cast<size_t>(std::ranges::find(all, path, &Handler::path) - all.begin());
}

Route find_route(const RequestHead& head) {
  const size_t index = route_index(head.path);
  if (index == routes().size()) return {nullptr, index, no_such_path(head.path), {}};

  const Handler& handler = *routes()[index];
  const bool get = handler.method() == "GET";
  if (head.method != handler.method() && !(get && head.method == "HEAD")) {
    const std::string_view allow = get ? "GET, HEAD" : "POST";
    return {&handler, index,
            refusal(405, Code::kUnsupported,
                    cat(handler.path(), " does not take ", head.method.substr(0, 40)),
                    cat("use ", handler.method())),
            allow};
  }
  return {&handler, index, body_refusal(handler, head), {}};
}

}  // namespace skymill
