// The only file that includes Boost.Beast: it costs seconds to compile.
#include "serve/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "base/text.h"

namespace skymill {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

using ErrorCode = beast::error_code;
using View = beast::string_view;

constexpr size_t kMaxFields = 100;
constexpr size_t kMaxRequestId = 128;
constexpr size_t kKeptBody = 64 << 10;

std::string_view standard(View text) { return {text.data(), text.size()}; }

bool sane_request_id(std::string_view id) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-_.:/+=@").find(c) != std::string_view::npos;
  };
  return !id.empty() && id.size() <= kMaxRequestId && std::ranges::all_of(id, plain);
}

/// The path of a request target: without the query, and without scheme and authority.
std::string_view path_of(std::string_view target) {
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const size_t slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target.substr(0, target.find('?'));
}

HttpError refusal(int status, Code code, std::string message, std::string hint) {
  return {status, {code, std::move(message), std::move(hint), {}}};
}

HttpError malformed(std::string message, std::string hint = "send HTTP/1.1 as RFC 9112 says") {
  return refusal(400, Code::kCorruptData, std::move(message), std::move(hint));
}

HttpError too_long_head(size_t limit) {
  return refusal(431, Code::kResourceExhausted,
                 cat("the request line and header fields exceed ", limit, " bytes"),
                 "send fewer or shorter header fields");
}

HttpError too_large_body(size_t limit) {
  return refusal(413, Code::kResourceExhausted, cat("the body exceeds ", limit, " bytes"),
                 "split the rows over several requests, or score a file with `skymill predict`");
}

/// Our answer to what Beast found wrong.
HttpError beast_refusal(const ErrorCode& code, const RequestLimits& limits) {
  if (code == http::error::body_limit) return too_large_body(limits.body_bytes);
  if (code == http::error::bad_version) {
    return refusal(505, Code::kUnsupported, "the HTTP version is none of 1.1 and 1.0",
                   "use HTTP/1.1");
  }
  if (code == http::error::bad_method || code == http::error::bad_target) {
    return malformed(cat("the request line is malformed: ", code.message()),
                     "send `POST /predict HTTP/1.1`; this port speaks plain HTTP, not TLS");
  }
  if (code == http::error::bad_content_length || code == http::error::multiple_content_length ||
      code == http::error::bad_transfer_encoding) {
    return malformed("the length of the body is ambiguous",
                     "send one Content-Length, or one Transfer-Encoding: chunked, not both");
  }
  return malformed(cat("the request is malformed: ", code.message()));
}

/// Beast's incremental parser, with our checks at each part it finds.
class Grammar final : public http::basic_parser<true> {
 public:
  Grammar(const RequestLimits& limits, RequestHead& head, std::string& body)
      : limits_(limits), head_(head), body_(body) {
    eager(true);
    header_limit(static_cast<uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
  }

  size_t take(std::string_view bytes) {
    input_ = bytes;
    ErrorCode code;
    const size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), code);
    if (failure_ || !code || code == http::error::need_more) {
      // Told already, or nothing to tell.
    } else if (code == http::error::header_limit) {
      fail_head();
    } else {
      failure_ = beast_refusal(code, limits_);
    }
    // Beast counts the fields it has not taken yet, so a header could grow without end.
    if (!failure_ && !is_header_done()) {
      head_bytes_ += taken;
      if (head_bytes_ + bytes.size() - taken > limits_.header_bytes) fail_head();
    }
    return taken;
  }

  const std::optional<HttpError>& failure() const { return failure_; }

 private:
  void fail_head() {
    failure_ = too_long_head(limits_.header_bytes);
    const std::string_view looked_at = input_.substr(0, limits_.header_bytes);
    if (!in_fields_ && looked_at.find('\n') == std::string_view::npos) {
      failure_->status = 414;
      failure_->error.message = cat("the request line exceeds ", limits_.header_bytes, " bytes");
      failure_->error.hint = "put the data into the body of a POST";
    }
  }
  void refuse(HttpError error, ErrorCode& code) {
    failure_ = std::move(error);
    code = http::error::bad_field;  // stops Beast; failure_ is what is answered
  }

  void on_request_impl(http::verb, View method, View target, int version, ErrorCode&) override {
    in_fields_ = true;
    version_ = version;
    head_.method.assign(standard(method));
    head_.path.assign(path_of(standard(target)));
  }

  void on_field_impl(http::field name, View name_text, View value, ErrorCode& code) override {
    if (is_header_done()) return;  // a trailer: it must not change what the header said
    if (++fields_ > kMaxFields) {
      return refuse(refusal(431, Code::kResourceExhausted,
                            cat("more than ", kMaxFields, " header fields"), "send fewer"),
                    code);
    }
    const auto start = static_cast<size_t>(name_text.data() - input_.data());
    if (head_bytes_ + start + name_text.size() + value.size() > limits_.header_bytes) {
      return refuse(too_long_head(limits_.header_bytes), code);
    }
    // Beast joins folded lines in a buffer of its own.
    if (!value.empty() &&
        (value.data() < input_.data() || value.data() >= input_.data() + input_.size())) {
      return refuse(malformed("a header field is folded over two lines"), code);
    }
    keep_field(name, name_text, value, code);
  }

  void keep_field(http::field name, View name_text, View value, ErrorCode& code) {
    switch (name) {
      case http::field::host:
        ++hosts_;
        break;
      case http::field::content_type:
        head_.content_type.assign(standard(value));
        break;
      case http::field::content_encoding:
        head_.content_encoding.assign(standard(value));
        break;
      case http::field::content_length:
        ++lengths_;
        head_.declares_body = true;
        if (value.find_first_not_of("0123456789") != View::npos) lengths_ = 2;  // "5, 5"
        break;
      case http::field::transfer_encoding:
        ++encodings_;
        head_.declares_body = true;
        if (!beast::iequals(value, "chunked")) {
          refuse(refusal(501, Code::kUnsupported, "a Transfer-Encoding other than chunked",
                         "send Transfer-Encoding: chunked, or a Content-Length"),
                 code);
        }
        break;
      case http::field::expect:
        head_.expects_continue = beast::iequals(value, "100-continue");
        if (!head_.expects_continue) {
          refuse(refusal(417, Code::kUnsupported, "an Expect other than 100-continue", "leave it"),
                 code);
        }
        break;
      default:
        if (name_text.size() == 12 && beast::iequals(name_text, "X-Request-Id") &&
            sane_request_id(standard(value))) {
          head_.request_id.assign(standard(value));
        }
    }
  }

  void on_header_impl(ErrorCode& code) override {
    head_.keep_alive = keep_alive();
    if (version_ == 10) head_.expects_continue = false;  // 1.0 has no 100
    if (hosts_ > 1 || (hosts_ == 0 && version_ == 11)) {
      return refuse(malformed("the request needs exactly one Host field"), code);
    }
    if (lengths_ > 1 || encodings_ > 1 || (lengths_ > 0 && encodings_ > 0)) {
      return refuse(
          malformed("the length of the body is ambiguous",
                    "send one Content-Length, or one Transfer-Encoding: chunked, not both"),
          code);
    }
    if (encodings_ > 0 && version_ == 10) {
      return refuse(malformed("Transfer-Encoding needs HTTP/1.1"), code);
    }
  }

  void on_body_init_impl(const boost::optional<uint64_t>& length, ErrorCode&) override {
    if (length) body_.reserve(std::min<uint64_t>(*length, kKeptBody));
  }
  size_t on_body_impl(View part, ErrorCode& code) override {
    if (body_.size() + part.size() > limits_.body_bytes) {
      refuse(too_large_body(limits_.body_bytes), code);
      return 0;
    }
    body_.append(part.data(), part.size());
    return part.size();
  }
  size_t on_chunk_body_impl(uint64_t, View part, ErrorCode& code) override {
    return on_body_impl(part, code);
  }
  void on_chunk_header_impl(uint64_t, View, ErrorCode&) override {}
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}

  const RequestLimits& limits_;
  RequestHead& head_;
  std::string& body_;
  std::string_view input_;
  std::optional<HttpError> failure_;
  size_t head_bytes_ = 0;
  size_t fields_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
  int encodings_ = 0;
  int version_ = 11;
  bool in_fields_ = false;
};

}  // namespace

void RequestHead::clear() {
  for (std::string* text : {&method, &path, &content_type, &content_encoding, &request_id}) {
    text->clear();
  }
  keep_alive = expects_continue = declares_body = false;
}

/// The parser of one message at a time, rebuilt in place for the next.
struct RequestParser::Message {
  explicit Message(RequestLimits given) : limits(given) { grammar.emplace(limits, head, body); }

  RequestLimits limits;
  RequestHead head;
  std::string body;
  std::optional<Grammar> grammar;
};

RequestParser::RequestParser(RequestLimits limits) : message_(std::make_unique<Message>(limits)) {}
RequestParser::~RequestParser() = default;

size_t RequestParser::feed(std::string_view bytes) {
  const State before = state();
  if (before == State::kComplete || before == State::kFailed) return 0;
  return message_->grammar->take(bytes);
}

RequestParser::State RequestParser::state() const {
  const Grammar& grammar = *message_->grammar;
  if (grammar.failure()) return State::kFailed;
  if (grammar.is_done()) return State::kComplete;
  return grammar.is_header_done() ? State::kBody : State::kHead;
}

const RequestHead& RequestParser::head() const { return message_->head; }
const std::string& RequestParser::body() const { return message_->body; }
const HttpError& RequestParser::error() const { return *message_->grammar->failure(); }

void RequestParser::reset() {
  message_->head.clear();
  message_->body.clear();
  if (message_->body.capacity() > kKeptBody) message_->body.shrink_to_fit();
  message_->grammar.emplace(message_->limits, message_->head, message_->body);
}

}  // namespace skymill
