// The yardstick for /predict: a bare Boost.Beast server that does the same JSON (simdjson in, the
// same answer out) for a fixed logistic model of age, height and weight, and nothing else: no
// metrics, no request ids, no error answers. One event loop and SO_REUSEPORT listener per thread.
//   g++ -std=c++20 -O2 bare_beast.cc -lsimdjson -o bare_beast && ./bare_beast PORT THREADS
#include <simdjson.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

struct Parser {
  simdjson::dom::parser json;
  std::string padded;
};

void append_number(double value, std::string& out) {
  std::array<char, 32> text;
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

/// The answer to one row, or nothing for a body that is none.
std::optional<std::string> predict(const std::string& body, Parser& parser) {
  parser.padded.assign(body);
  parser.padded.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  simdjson::dom::element row;
  double age = 0;
  double height = 0;
  double weight = 0;
  if (parser.json.parse(parser.padded.data(), body.size(), false).get(row) || row["age"].get(age) ||
      row["height"].get(height) || row["weight"].get(weight)) {
    return std::nullopt;
  }
  const double z = -35.7709 - 0.0796348 * age + 21.689 * height + 0.0066805 * weight;
  const double p = 1 / (1 + std::exp(-z));
  std::string out = R"({"prediction":")";
  out += p > 0.5 ? "male" : "female";
  out += R"(","probabilities":{"female":)";
  append_number(1 - p, out);
  out += R"(,"male":)";
  append_number(p, out);
  out += R"(},"model":"gender/0123456789ab"})";
  return out;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Parser& parser) : stream_(std::move(socket)), json_(parser) {
    stream_.socket().set_option(tcp::no_delay(true));
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(8 << 10);
    parser_->body_limit(1 << 20);
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code failed, size_t) {
                       if (!failed) self->answer();
                     });
  }

 private:
  void answer() {
    const auto& request = parser_->get();
    response_ = {};
    response_.version(11);
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request.keep_alive());
    auto body = request.method() == http::verb::post && request.target() == "/predict"
                    ? predict(request.body(), json_)
                    : std::nullopt;
    response_.result(body ? http::status::ok : http::status::bad_request);
    response_.body() = body ? *std::move(body) : "{}";
    response_.prepare_payload();
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code failed, size_t) {
                        if (!failed && self->response_.keep_alive()) self->read();
                      });
  }

  beast::tcp_stream stream_;
  Parser& json_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

class Loop {
 public:
  explicit Loop(uint16_t port) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    const int on = 1;
    setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    acceptor_.bind(endpoint);
    acceptor_.listen();
    accept();
  }
  void run() { loop_.run(); }

 private:
  void accept() {
    acceptor_.async_accept(loop_, [this](beast::error_code failed, tcp::socket socket) {
      if (!failed) std::make_shared<Session>(std::move(socket), json_)->read();
      accept();
    });
  }

  asio::io_context loop_{1};
  tcp::acceptor acceptor_{loop_};
  Parser json_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bare_beast PORT THREADS\n", stderr);
    return 2;
  }
  std::vector<std::jthread> threads;
  for (int t = std::atoi(argv[2]); t > 0; --t) {
    threads.emplace_back([port = static_cast<uint16_t>(std::atoi(argv[1]))] { Loop(port).run(); });
  }
}
