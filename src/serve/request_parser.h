// RequestParser: bytes of a connection to HTTP/1.1 requests. Boost.Beast finds the parts; what it
// lets through and a server must not (ambiguous framing, several or no Host, folded fields, a
// header without end) is refused here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "serve/http_error.h"

namespace skymill {

struct RequestLimits {
  size_t header_bytes = 8 << 10;  // request line and fields
  size_t body_bytes = 1 << 20;
};

/// What routing and answering need of a request line and fields. Texts are copies; their memory is
/// reused from request to request.
struct RequestHead {
  std::string method;
  std::string path;  // without a query
  std::string content_type;
  std::string content_encoding;
  std::string request_id;  // empty: none was sent, or one that is too long or holds odd characters
  bool keep_alive = false;
  bool expects_continue = false;
  bool declares_body = false;  // by Content-Length (also 0) or Transfer-Encoding

  void clear();
};

class RequestParser {
 public:
  explicit RequestParser(RequestLimits limits);
  ~RequestParser();

  enum class State : uint8_t {
    kHead,      // needs more bytes of the request line or the fields
    kBody,      // head() is there; needs more bytes of the body
    kComplete,  // head() and body() are there; reset() comes next
    kFailed,    // error() is there; the connection cannot go on, as framing is lost
  };

  /// Takes bytes that follow those taken before; returns how many it took. The caller presents the
  /// rest again, with more behind it.
  size_t feed(std::string_view bytes);
  State state() const;
  const RequestHead& head() const;
  const std::string& body() const;
  const HttpError& error() const;

  /// Ready for the next request of the connection. Keeps memory, but not that of a large body.
  void reset();

 private:
  struct Message;
  std::unique_ptr<Message> message_;
};

}  // namespace skymill
