// What test_fixture.h declares; named so that the build makes it part of the test program.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "serve/test_fixture.h"

namespace skymill::testing_serve {
namespace {

std::shared_ptr<const Model> make_model(RowSchema rows, MissingMethod height, Link link) {
  std::vector<ColumnPlan> columns(3);
  for (size_t f = 0; f < 3; ++f) columns[f].input = rows.features[f];
  columns[0].missing = MissingMethod::kMean;
  columns[0].fill = 15.2;
  columns[1].missing = height;
  columns[1].fill = 1.67;
  columns[2].missing = MissingMethod::kLevel;
  columns[2].added_levels = {"missing"};
  columns[2].fill_code = 3;
  auto plan = FeaturePlan::make(std::move(columns));
  LinearModel body{.link = link,
                   .intercept = -20.37,
                   .terms = {{.weights = {0.113}},
                             {.weights = {11.9}},
                             {.weights = {0, 0.31, -0.27, 0.05}, .unseen = 0.02}}};
  auto model = std::make_shared<Model>(
      Model{.rows = std::move(rows), .plan = std::move(plan).value(), .body = std::move(body)});
  EXPECT_TRUE(model->validate());
  return model;
}

RowSchema make_rows() {
  RowSchema rows;
  rows.features = {{.name = "age", .type = Type::kInteger},
                   {.name = "height", .type = Type::kNumber},
                   {.name = "grade",
                    .type = Type::kText,
                    .kind = FeatureKind::kCategory,
                    .levels = {"10", "11", "9"}}};
  return rows;
}

bool same_word(std::string_view a, std::string_view b) { return lower(a) == lower(b); }

}  // namespace

std::shared_ptr<const Model> classifier(MissingMethod height) {
  RowSchema rows = make_rows();
  rows.label = "gender";
  rows.label_type = Type::kText;
  rows.task = Task::kClassification;
  rows.classes = {"f", "m"};
  return make_model(std::move(rows), height, Link::kLogistic);
}

std::shared_ptr<const Model> chatty_classifier() {
  auto model = std::make_shared<Model>(*classifier());
  for (std::string& name : model->rows.classes) name.append(250'000, 'x');
  return model;
}

std::shared_ptr<const Model> regressor() {
  RowSchema rows = make_rows();
  rows.label = "weight";
  return make_model(std::move(rows), MissingMethod::kMean, Link::kIdentity);
}

ServerOptions quick_options() {
  using std::chrono::milliseconds;
  return {.threads = 2, .drain_timeout = milliseconds(2000), .drain_idle = milliseconds(50)};
}

std::unique_ptr<Server> start_server(const ServerOptions& options,
                                     std::shared_ptr<const Model> model) {
  auto server =
      Server::start({.model = std::move(model), .name = "gender", .version = "7"}, options);
  EXPECT_TRUE(server) << server.error().text();
  return std::move(server).value();
}

std::string Answer::field(std::string_view name) const {
  for (const std::string& line : split(head, '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || !same_word(line.substr(0, colon), name)) continue;
    return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

Json Answer::json() const {
  auto parsed = Json::parse(body);
  EXPECT_TRUE(parsed) << body;
  return parsed ? *parsed : Json();
}

std::string Answer::error(std::string_view key) const {
  const Json all = json();
  const Json* error = all.find("error");
  const Json* value = error == nullptr ? nullptr : error->find(key);
  if (value == nullptr) return "(none)";
  return value->is_string() ? value->as_string() : value->dump();
}

Client::Client(const Server& server) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

Client::Client(Client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

Client::~Client() {
  if (socket_ >= 0) ::close(socket_);
}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool Client::fill() {
  std::array<char, 65536> part;
  const auto count = recv(socket_, part.data(), part.size(), 0);
  if (count <= 0) return false;
  received_.append(part.data(), static_cast<size_t>(count));
  return true;
}

std::optional<Answer> Client::receive(bool head_only) {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  Answer answer;
  answer.head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  answer.status = std::atoi(answer.head.substr(9, 3).c_str());
  const std::string length = answer.field("Content-Length");
  const size_t size = head_only || length.empty() ? 0 : std::stoul(length);
  while (received_.size() < size) {
    if (!fill()) return std::nullopt;
  }
  answer.body = received_.substr(0, size);
  received_.erase(0, size);
  return answer;
}

std::optional<Answer> Client::ask(std::string_view bytes) {
  send(bytes);
  return receive();
}

std::optional<Answer> Client::post(std::string_view body, std::string_view fields) {
  return ask(post_request(body, fields));
}

std::optional<Answer> Client::get(std::string_view path, std::string_view fields) {
  return ask(cat("GET ", path, " HTTP/1.1\r\nHost: x\r\n", fields, "\r\n"));
}

bool Client::at_end() {
  if (!received_.empty()) return false;
  char byte = 0;
  return recv(socket_, &byte, 1, 0) == 0;
}

void Client::finish_sending() { shutdown(socket_, SHUT_WR); }

std::string post_request(std::string_view body, std::string_view fields) {
  return cat("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n", fields,
             "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace skymill::testing_serve
