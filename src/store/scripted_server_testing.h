// For tests: a server that follows a script, so that it answers late, wrongly or not at all.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/text.h"
#include "store/store_servers_testing.h"

namespace skymill {

/// One step: what the server does with the next request.
struct Step {
  /// The whole of it, $ID replaced by the id of the first write, $URL by the server's own and $PORT
  /// by its port; empty: the connection is closed.
  std::string answer;
  bool keep_open = true;  // false: closed after the answer
  int late_milliseconds = 0;
};

inline std::string answer(int status, const std::string& headers = "",
                          const std::string& body = "") {
  constexpr size_t kIdGrows = 32 - 3;
  const size_t size = body.size() + (body.find("$ID") == std::string::npos ? 0 : kIdGrows);
  return cat("HTTP/1.1 ", status, " x\r\nContent-Length: ", size, "\r\n", headers, "\r\n", body);
}

inline std::string header_of(const std::string& request, const std::string& name) {
  const size_t at = request.find(name + ": ");
  if (at == std::string::npos) return {};
  const size_t start = at + name.size() + 2;
  return request.substr(start, request.find("\r\n", start) - start);
}

/// The id that a write carries, as S3 and as Google's store have it.
inline std::string write_id_of(const std::string& request) {
  std::string in_header = header_of(request, "x-amz-meta-skymill-write");
  if (!in_header.empty()) return in_header;
  constexpr std::string_view kName = R"("skymill-write":")";
  const size_t at = request.find(kName);
  return at == std::string::npos ? "" : request.substr(at + kName.size(), 32);
}

/// Each request, whatever its connection, takes the next step of the script, and the last step
/// again when the script is over.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<Step> script) : script_(std::move(script)) {
    listener_ = bound_socket(port_);
    listen(listener_, 16);
    url_ = cat("http://127.0.0.1:", port_);
    thread_ = std::thread([this] { run(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();  // no connection comes any more
    for (Connection& connection : connections_) {
      shutdown(connection.handle, SHUT_RDWR);
      connection.thread.join();
      close(connection.handle);
    }
    close(listener_);
  }

  const std::string& url() const { return url_; }
  uint16_t port() const { return port_; }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  struct Connection {
    int handle;
    std::thread thread;
  };

  void run() {
    while (true) {
      const int handle = accept(listener_, nullptr, nullptr);
      if (handle < 0) return;
      connections_.push_back({handle, std::thread([this, handle] {
                                while (serve_one(handle)) {
                                }
                                shutdown(handle, SHUT_RDWR);
                              })});
    }
  }

  bool serve_one(int handle) {
    const std::string request = read_request(handle);
    if (request.empty()) return false;
    Step step;
    std::string id;
    {
      const std::lock_guard lock(mutex_);
      step = script_[std::min(requests_.size(), script_.size() - 1)];
      requests_.push_back(request);
      for (size_t i = 0; i < requests_.size() && id.empty(); ++i) id = write_id_of(requests_[i]);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(step.late_milliseconds));
    std::string text = step.answer;
    if (const size_t mark = text.find("$ID"); mark != std::string::npos) text.replace(mark, 3, id);
    if (const size_t mark = text.find("$URL"); mark != std::string::npos) {
      text.replace(mark, 4, url_);
    }
    if (const size_t mark = text.find("$PORT"); mark != std::string::npos) {
      text.replace(mark, 5, std::to_string(port()));
    }
    std::string_view rest = text;
    while (!rest.empty()) {
      const ssize_t sent = send(handle, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      rest.remove_prefix(static_cast<size_t>(sent));
    }
    return step.keep_open && !step.answer.empty();
  }

  /// Header and body; empty when the other side has gone.
  static std::string read_request(int handle) {
    std::string text;
    std::array<char, 4096> chunk = {};
    size_t wanted = std::string::npos;
    while (text.size() < wanted) {
      const ssize_t got = recv(handle, chunk.data(), chunk.size(), 0);
      if (got <= 0) return {};
      text.append(chunk.data(), static_cast<size_t>(got));
      const size_t end = text.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t length = text.find("Content-Length: ");
      const auto size = length < end ? std::strtoull(text.c_str() + length + 16, nullptr, 10) : 0;
      wanted = end + 4 + size;
    }
    return text;
  }

  uint16_t port_ = 0;
  std::string url_;
  std::vector<Step> script_;
  int listener_ = -1;
  std::vector<Connection> connections_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// An answer that is lost half-way. A mere "" on a kept connection curl would not even tell.
inline const Step kLost = {.answer = "HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nlost",
                           .keep_open = false};

/// What a server says that wants to be asked again at once.
inline constexpr const char* kNow = "Retry-After: 0\r\n";

}  // namespace skymill
