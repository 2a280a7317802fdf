#include "serve/worker.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <random>

#include "base/log.h"
#include "base/random.h"
#include "base/time_text.h"
#include "serve/connection.h"

namespace skymill {
namespace {

namespace asio = boost::asio;

// Refused connections wait for the client to read the 503; more of them are just closed.
constexpr size_t kMaxRefusedOpen = 64;

/// How often deadlines are looked at: one timer for all connections costs nothing per request.
std::chrono::milliseconds tick_period(const ServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.write_timeout,
                options.idle_timeout, options.drain_timeout, options.drain_idle});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(200));
}

uint64_t random_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

void log_exception(const std::exception& failure) {
  try {
    log(LogLevel::kError, "worker_exception", Json::object().set("what", failure.what()));
  } catch (const std::exception&) {
    // No memory even for the line: the worker goes on all the same.
  }
}

}  // namespace

Worker::Worker(Service& service, const ServerOptions& options, size_t index)
    : options_(options), state_(service, index), index_(index), seed_(random_seed()) {}

// Before the loop goes, which their sockets refer to.
Worker::~Worker() { connections_.clear(); }

void Worker::run() {
  while (true) {
    try {
      loop_.run();
      return;
    } catch (const std::exception& failure) {
      // Out of memory, most likely. The connection it hit is closed by its deadline.
      log_exception(failure);
    }
  }
}

void Worker::adopt(asio::ip::tcp::socket socket, bool refused) {
  load_.fetch_add(1, std::memory_order_relaxed);
  asio::post(loop_, [this, refused, socket = std::move(socket)]() mutable {
    add(std::move(socket), refused);
  });
}

void Worker::add(asio::ip::tcp::socket socket, bool refused) {
  if (refused && refused_open_ == kMaxRefusedOpen) {
    load_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  if (refused) ++refused_open_;
  auto connection = std::make_shared<Connection>(std::move(socket), *this, connections_.size());
  connections_.push_back(connection);
  arm_timer();
  connection->start(refused);
}

void Worker::remove(Connection& connection, bool refused) {
  const size_t index = connection.index();
  std::swap(connections_[index], connections_.back());
  connections_[index]->set_index(index);
  connections_.pop_back();
  load_.fetch_sub(1, std::memory_order_relaxed);
  if (refused) {
    --refused_open_;
  } else {
    state_.service.metrics.connections.fetch_sub(1, std::memory_order_relaxed);
  }
  if (draining_ && connections_.empty()) timer_.cancel();
}

void Worker::drain() {
  asio::post(loop_, [this] {
    draining_ = true;
    drain_end_ = Clock::now() + options_.drain_timeout;
    for (size_t i = connections_.size(); i-- > 0;) connections_[i]->drain();
    work_.reset();
    if (connections_.empty()) timer_.cancel();
  });
}

void Worker::take_over() {
  asio::post(loop_, [this] { state_.take_over(); });
}

void Worker::arm_timer() {
  if (timer_armed_) return;
  timer_armed_ = true;
  date_ = http_date(now_in_seconds());
  timer_.expires_after(tick_period(options_));
  timer_.async_wait([this](const boost::system::error_code&) {
    timer_armed_ = false;
    tick();
    if (!connections_.empty()) arm_timer();
  });
}

void Worker::tick() {
  // Where taking over failed, for want of memory.
  if (state_.scoring->serving != state_.service.serving()) state_.take_over();
  const auto now = Clock::now();
  // Backwards, because closing one puts the last in its place.
  for (size_t i = connections_.size(); i-- > 0;) {
    const std::shared_ptr<Connection> connection = connections_[i];
    if (now >= drain_end_) {
      connection->close();
    } else {
      connection->tick(now);
    }
  }
}

const std::string& Worker::make_request_id() {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  uint64_t bits = random_bits(seed_, index_, next_id_++);
  request_id_.resize(16);
  for (char& digit : request_id_) {
    digit = kDigits[bits & 15];
    bits >>= 4;
  }
  return request_id_;
}

}  // namespace skymill
