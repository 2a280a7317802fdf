#include "fault_proxy.h"

#include <poll.h>

#include <array>

#include "base/text.h"
#include "store/store_servers_testing.h"

namespace skymill {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

size_t head_bytes(const std::string& message) {
  const size_t end = message.find(kEndOfHead);
  return end == std::string::npos ? std::string::npos : end + kEndOfHead.size();
}

/// Appends what arrives next; false at the end.
bool receive(int socket, std::string& message) {
  std::array<char, 65536> chunk;
  const ssize_t got = recv(socket, chunk.data(), chunk.size(), 0);
  if (got > 0) message.append(chunk.data(), static_cast<size_t>(got));
  return got > 0;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

/// Head and body; empty when the client has gone.
std::string read_request(int client) {
  std::string request;
  size_t wanted = std::string::npos;
  while (request.size() < wanted) {
    if (!receive(client, request)) return {};
    if (wanted != std::string::npos) continue;
    const size_t head = head_bytes(request);
    if (head == std::string::npos) continue;
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    const size_t at = lower(request.substr(0, head)).find(kLength);
    const bool has_body = at != std::string::npos;
    wanted = head;
    if (has_body) wanted += std::strtoull(request.c_str() + at + kLength.size(), nullptr, 10);
  }
  return request;
}

/// Whether the lines of a head, in lower case, say where the body ends.
bool is_framed(const std::string& lines) {
  return lines.find("\r\ncontent-length:") != std::string::npos ||
         lines.find("\r\ntransfer-encoding:") != std::string::npos;
}

/// Jetty marks the end of an answer by closing, once it is asked to close.
void add_length(std::string& answer) {
  const size_t head = head_bytes(answer);
  if (head == std::string::npos) return;
  const std::string lines = lower(answer.substr(0, head));
  if (is_framed(lines) || answer.size() == head) return;
  answer.insert(head - 2, cat("Content-Length: ", answer.size() - head, "\r\n"));
}

/// Sends an answer; whether the connection can take another request.
bool pass_on(int client, const std::string& request, std::string answer) {
  const size_t head = head_bytes(answer);
  if (head == std::string::npos) return false;
  if (request.starts_with("HEAD ")) answer.resize(head);
  if (!send_all(client, answer)) return false;
  const std::string lines = lower(answer.substr(0, head));
  return is_framed(lines);
}

/// The next close() resets the connection.
void reset_on_close(int client) {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void wait_until_gone(int client, const std::atomic<bool>& stop) {
  pollfd wait = {.fd = client, .events = POLLIN, .revents = 0};
  while (!stop && poll(&wait, 1, 50) == 0) {
  }
}

}  // namespace

FaultProxy::FaultProxy(uint16_t server) : server_(server) {
  listener_ = bound_socket(port_);
  listen(listener_, 64);
  thread_ = std::thread([this] { run(); });
}

FaultProxy::~FaultProxy() {
  stop_ = true;
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void FaultProxy::spoil(int number, Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
  left_ = number;
  spoiled_ = false;
}

bool FaultProxy::spoiled() {
  const std::lock_guard lock(mutex_);
  return spoiled_;
}

/// One exchange at a time: the tests' clients do not ask at once.
void FaultProxy::run() {
  std::vector<pollfd> sockets = {{.fd = listener_, .events = POLLIN, .revents = 0}};
  while (!stop_) {
    poll(sockets.data(), sockets.size(), -1);
    for (size_t i = sockets.size(); i-- > 1;) {
      if (sockets[i].revents == 0 || exchange(sockets[i].fd)) continue;
      close(sockets[i].fd);
      sockets.erase(sockets.begin() + static_cast<ptrdiff_t>(i));
    }
    if (sockets[0].revents == 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) sockets.push_back({.fd = client, .events = POLLIN, .revents = 0});
  }
  for (size_t i = 1; i < sockets.size(); ++i) close(sockets[i].fd);
}

/// The fault that a request meets, if any.
std::optional<Fault> FaultProxy::fault_of(const std::string& request) {
  const std::lock_guard lock(mutex_);
  if (spoiled_) {
    if (fault_.then_always.empty()) return std::nullopt;
    return Fault{.kind = Fault::Kind::kAnswer, .answer = fault_.then_always};
  }
  if (request.substr(0, head_bytes(request)).find(fault_.only) == std::string::npos) {
    return std::nullopt;
  }
  spoiled_ = --left_ == 0;
  return spoiled_ ? std::optional(fault_) : std::nullopt;
}

/// Whether the connection is of further use.
bool FaultProxy::exchange(int client) {
  const std::string request = read_request(client);
  if (request.empty()) return false;
  const std::optional<Fault> fault = fault_of(request);
  if (fault) return exchange_with(client, request, *fault);
  return pass_on(client, request, ask_server(request));
}

bool FaultProxy::exchange_with(int client, const std::string& request, const Fault& fault) {
  using Kind = Fault::Kind;
  constexpr auto kLate = std::chrono::milliseconds(60);
  constexpr size_t kCutAfter = 10;
  const bool reset =
      fault.kind == Kind::kRefuse || fault.kind == Kind::kLose || fault.kind == Kind::kCut;
  if (reset) reset_on_close(client);
  if (fault.kind == Kind::kDelay) std::this_thread::sleep_for(kLate);
  if (fault.kind == Kind::kRefuse) return false;
  if (fault.kind == Kind::kAnswer) return pass_on(client, request, fault.answer);
  std::string answer = ask_server(request);
  if (fault.kind == Kind::kSilence) wait_until_gone(client, stop_);
  if (fault.kind == Kind::kContradict) return pass_on(client, request, fault.answer);
  if (fault.kind == Kind::kDelay) return pass_on(client, request, std::move(answer));
  if (fault.kind == Kind::kCut) send_all(client, answer.substr(0, kCutAfter));
  if (fault.kind == Kind::kTruncate) {
    const size_t head = std::min(head_bytes(answer), answer.size());
    pass_on(client, request, answer.substr(0, head + (answer.size() - head) / 2));
  }
  return false;
}

/// The whole answer, on a connection of its own; empty when there is none.
std::string FaultProxy::ask_server(const std::string& request) {
  const size_t line = request.find("\r\n") + 2;
  const bool of_data_node = request.substr(0, line).find("namenoderpcaddress=") < line;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(of_data_node ? data_node_ : server_);
  const timeval longest = {.tv_sec = 30, .tv_usec = 0};
  setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  std::string answer;
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send_all(server, request.substr(0, line)) && send_all(server, "Connection: close\r\n") &&
      send_all(server, std::string_view(request).substr(line))) {
    while (receive(server, answer)) {
    }
  }
  close(server);
  if (answer.starts_with("HTTP/1.1 100")) answer.erase(0, head_bytes(answer));
  // The client's connection stays, and goes on to DataNodes through here.
  constexpr std::string_view kClose = "connection: close\r\n";
  if (const size_t at = lower(answer.substr(0, head_bytes(answer))).find(kClose);
      at != std::string::npos) {
    answer.erase(at, kClose.size());
  }
  constexpr std::string_view kLocation = "\r\nLocation: http://127.0.0.1:";
  if (const size_t at = answer.find(kLocation); at < head_bytes(answer)) {
    const size_t start = at + kLocation.size();
    const size_t end = answer.find('/', start);
    const auto port = static_cast<uint16_t>(std::strtoul(answer.c_str() + start, nullptr, 10));
    if (port != port_) {
      data_node_ = port;
      answer.replace(start, end - start, std::to_string(port_));
    }
  }
  add_length(answer);
  return answer;
}

}  // namespace skymill
