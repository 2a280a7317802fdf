#include "serve/response.h"

#include <array>
#include <charconv>

namespace skymill {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Other";
  }
}

void append_integer(uint64_t value, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_response(const Response& response, const ResponseFrame& frame, std::string& out) {
  if (response.status == 200) {
    out += "HTTP/1.1 200 OK";
  } else {
    out += "HTTP/1.1 ";
    append_integer(static_cast<uint64_t>(response.status), out);
    out += ' ';
    out += reason(response.status);
  }
  out += "\r\nContent-Type: ";
  out += response.content_type;
  out += "\r\nContent-Length: ";
  append_integer(response.body.size(), out);
  out += "\r\nDate: ";
  out += frame.date;
  out += "\r\nX-Request-Id: ";
  out += frame.request_id;
  if (!response.allow.empty()) {
    out += "\r\nAllow: ";
    out += response.allow;
  }
  if (response.retry_after > 0) {
    out += "\r\nRetry-After: ";
    append_integer(static_cast<uint64_t>(response.retry_after), out);
  }
  // Said also when the connection stays: a client of HTTP/1.0 does not expect it to.
  out += frame.keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  if (!frame.head_only) out += response.body;
}

}  // namespace skymill
