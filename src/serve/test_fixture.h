// For tests: models made by hand, a server with short timeouts, and a blocking HTTP client on a raw
// socket that can also send what no client should.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serve/server.h"

namespace skymill::testing_serve {

/// Age (integer), height (number), grade (text): f or m, by a logistic linear model. Missing
/// values: age and grade are filled; height is treated as given.
std::shared_ptr<const Model> classifier(MissingMethod height = MissingMethod::kMean);
/// The same with long class names: /openapi.json is 3 MB, more than a socket takes at once.
std::shared_ptr<const Model> chatty_classifier();
/// The same features, a number predicted.
std::shared_ptr<const Model> regressor();

inline constexpr std::string_view kRow = R"({"age":16,"height":1.7,"grade":"10"})";

/// Tests must not wait seconds; longer where a test needs patience.
ServerOptions quick_options();
std::unique_ptr<Server> start_server(const ServerOptions& options = quick_options(),
                                     std::shared_ptr<const Model> model = classifier());

struct Answer {
  int status = 0;
  std::string head;  // status line and fields
  std::string body;

  /// A field's value; empty when it is not there.
  std::string field(std::string_view name) const;
  Json json() const;
  /// A member of "error" as text.
  std::string error(std::string_view key) const;
};

class Client {
 public:
  explicit Client(const Server& server);
  Client(Client&& other) noexcept;
  ~Client();

  bool connected() const { return socket_ >= 0; }
  /// False once the other side has closed.
  bool send(std::string_view bytes);
  /// The next answer; nothing at the end of the stream, at a reset, or after five seconds.
  std::optional<Answer> receive(bool head_only = false);
  /// send() and receive().
  std::optional<Answer> ask(std::string_view bytes);
  std::optional<Answer> post(std::string_view body, std::string_view fields = {});
  std::optional<Answer> get(std::string_view path, std::string_view fields = {});
  /// Whether the server has closed: no byte comes, but the end.
  bool at_end();
  void finish_sending();

 private:
  bool fill();

  int socket_ = -1;
  std::string received_;
};

std::string post_request(std::string_view body, std::string_view fields = {});

}  // namespace skymill::testing_serve
