// Worker: one thread with its event loop, its connections and its predictor.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "serve/server_options.h"
#include "serve/service.h"

namespace skymill {

class Connection;

class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  Worker(Service& service, const ServerOptions& options, size_t index);
  ~Worker();

  /// Runs the loop until it was drained.
  void run();

  // For the accepting thread, and for whoever stops the server.

  boost::asio::io_context& loop() { return loop_; }
  /// Connections given to this worker and not yet closed.
  size_t load() const { return load_.load(std::memory_order_relaxed); }
  /// Takes an accepted socket of loop(). A refused one is answered 503 and closed.
  void adopt(boost::asio::ip::tcp::socket socket, bool refused);
  void drain();
  /// Goes over to the service's model between two requests.
  void take_over();

  // For the connections, on the worker's thread.

  const ServerOptions& options() const { return options_; }
  WorkerState& state() { return state_; }
  bool draining() const { return draining_; }
  const std::string& date() const { return date_; }
  /// 16 hexadecimal digits, different each time.
  const std::string& make_request_id();
  /// Forgets the connection, which is closed.
  void remove(Connection& connection, bool refused);

 private:
  void add(boost::asio::ip::tcp::socket socket, bool refused);
  void arm_timer();
  void tick();

  const ServerOptions& options_;
  WorkerState state_;
  size_t index_;
  uint64_t seed_;
  uint64_t next_id_ = 0;
  std::string request_id_;
  std::string date_;
  std::atomic<size_t> load_ = 0;
  std::vector<std::shared_ptr<Connection>> connections_;  // each knows its index
  size_t refused_open_ = 0;
  bool draining_ = false;
  bool timer_armed_ = false;
  Clock::time_point drain_end_ = Clock::time_point::max();

  // Last, so that it goes first: its pending operations hold connections.
  boost::asio::io_context loop_{1};
  boost::asio::steady_timer timer_{loop_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      loop_.get_executor()};
};

}  // namespace skymill
