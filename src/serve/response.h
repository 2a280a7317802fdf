// Response: what a handler fills in; and the writer of its head.
#pragma once

#include <string>
#include <string_view>

namespace skymill {

/// Reused from request to request: the body's memory stays.
struct Response {
  static constexpr std::string_view kJson = "application/json";

  int status = 200;
  std::string_view content_type = kJson;  // a literal
  std::string_view allow = {};            // methods, with 405; a literal
  int retry_after = 0;                    // seconds; 0 = no such field
  std::string body = {};

  void clear() {
    status = 200;
    content_type = kJson;
    allow = {};
    retry_after = 0;
    body.clear();
  }
};

/// What the connection, not the handler, knows.
struct ResponseFrame {
  std::string_view date;  // IMF-fixdate
  std::string_view request_id;
  bool keep_alive = true;
  bool head_only = false;  // the request was HEAD
};

/// Appends status line, fields, and the body unless head_only.
void append_response(const Response& response, const ResponseFrame& frame, std::string& out);

}  // namespace skymill
