// Listener: the thread that accepts connections and gives each to the worker with the fewest. It
// never predicts, so that a long request keeps nobody from connecting.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <vector>

#include "serve/worker.h"

namespace skymill {

class Listener {
 public:
  using Workers = std::vector<std::unique_ptr<Worker>>;

  Listener(Service& service, const ServerOptions& options, Workers& workers)
      : service_(service), options_(options), workers_(workers) {}

  /// Binds to the options' address and port. Connections queue up until run().
  Result<void> open();
  boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }

  /// Accepts until stop().
  void run();
  /// Accepts what waits in the queue, then no more. Any thread may call it.
  void stop();

 private:
  void wait();
  /// False when the system refuses for now.
  bool accept_waiting();

  Service& service_;
  const ServerOptions& options_;
  Workers& workers_;
  boost::asio::ip::tcp::endpoint endpoint_;
  boost::asio::io_context loop_{1};
  boost::asio::ip::tcp::acceptor acceptor_{loop_};
  boost::asio::steady_timer pause_{loop_};
};

}  // namespace skymill
