#include "serve/listener.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "base/text.h"

namespace skymill {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

Result<tcp::endpoint> loopback_endpoint(const ServerOptions& options) {
  ErrorCode failed;
  const std::string text = options.address == "localhost" ? "127.0.0.1" : options.address;
  const auto address = asio::ip::make_address(text, failed);
  if (failed) {
    return Error{Code::kInvalidArgument,
                 cat("'", options.address, "' is no IP address"),
                 "use 127.0.0.1 or ::1",
                 {.field = "address"}};
  }
  if (!address.is_loopback()) {
    return Error{Code::kInvalidArgument,
                 cat("address ", options.address, " can be reached from other machines"),
                 "use 127.0.0.1 and put a proxy with TLS and authentication in front; serving "
                 "others directly comes with a later release",
                 {.field = "address"}};
  }
  return tcp::endpoint(address, options.port);
}

Error bind_error(const tcp::endpoint& endpoint, const ErrorCode& failed) {
  const std::string where = cat(endpoint.address().to_string(), ":", endpoint.port());
  if (failed == asio::error::address_in_use) {
    return {Code::kUnavailable,
            cat(where, " is in use by another program"),
            "choose another port; 0 means a free one",
            {}};
  }
  if (failed == asio::error::access_denied) {
    return {Code::kPermissionDenied,
            cat(where, " may not be used by this user"),
            "choose a port above 1023",
            {}};
  }
  return {Code::kUnavailable, cat("cannot listen on ", where, ": ", failed.message()), {}, {}};
}

}  // namespace

Result<void> Listener::open() {
  endpoint_ = SKYMILL_TRY(loopback_endpoint(options_));
  ErrorCode failed;
  // In this order, each unless one before it failed.
  acceptor_.open(endpoint_.protocol(), failed);
  if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor_.bind(endpoint_, failed);
  if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) acceptor_.non_blocking(true, failed);
  if (!failed) endpoint_ = acceptor_.local_endpoint(failed);
  if (failed) return bind_error(endpoint_, failed);
  return {};
}

void Listener::run() {
  wait();
  while (true) {
    try {
      loop_.run();
      return;
    } catch (const std::exception& failure) {
      log(LogLevel::kError, "listener_exception", Json::object().set("what", failure.what()));
      wait();
    }
  }
}

void Listener::stop() {
  asio::post(loop_, [this] {
    accept_waiting();
    ErrorCode ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
}

void Listener::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const ErrorCode& failed) {
    if (failed || !acceptor_.is_open()) return;
    if (accept_waiting()) return wait();
    pause_.expires_after(std::chrono::milliseconds(50));
    pause_.async_wait([this](const ErrorCode&) {
      if (acceptor_.is_open()) wait();
    });
  });
}

bool Listener::accept_waiting() {
  while (true) {
    Worker& worker = **std::ranges::min_element(
        workers_, {}, [](const std::unique_ptr<Worker>& each) { return each->load(); });
    tcp::socket socket(worker.loop());
    ErrorCode failed;
    acceptor_.accept(socket, failed);
    if (failed == asio::error::would_block || failed == asio::error::try_again) return true;
    if (failed == asio::error::connection_aborted) continue;
    if (failed) {  // too many open files, most likely: connections wait in the queue
      log(LogLevel::kWarning, "accept_failed", Json::object().set("what", failed.message()));
      return false;
    }
    auto& metrics = service_.metrics;
    const int64_t before = metrics.connections.fetch_add(1, std::memory_order_relaxed);
    const bool refused = before >= static_cast<int64_t>(options_.max_connections);
    if (refused) {
      metrics.connections.fetch_sub(1, std::memory_order_relaxed);
      metrics.refused_connections.fetch_add(1, std::memory_order_relaxed);
    }
    worker.adopt(std::move(socket), refused);
  }
}

}  // namespace skymill
