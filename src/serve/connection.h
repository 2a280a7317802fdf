// Connection: one client's socket. Reads bytes, hands them to the parser, answers every request
// that is complete, writes the answers in one go, and keeps each step within its time limit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "serve/request_parser.h"
#include "serve/response.h"
#include "serve/routes.h"
#include "serve/worker.h"

namespace skymill {

/// Lives on its worker's thread. The worker owns it; a pending operation keeps it alive.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = Worker::Clock;

  Connection(boost::asio::ip::tcp::socket socket, Worker& worker, size_t index);

  void start(bool refused);
  /// Enforces the deadline of the current step.
  void tick(Clock::time_point now);
  /// From now on answers say `Connection: close`, and silence ends the connection.
  void drain();
  void close();

  size_t index() const { return index_; }
  void set_index(size_t index) { index_ = index; }

 private:
  /// What it waits for.
  enum class Phase : uint8_t { kIdle, kHead, kBody, kWriting, kLingering, kClosed };

  void wait_for(Phase phase, Clock::time_point deadline);
  void read();
  void receive();
  void on_read(const boost::system::error_code& failed, size_t bytes);
  /// Answers what is complete, writes, and reads on.
  void advance();
  void parse();
  void parse_requests();
  void begin_body();
  void answer();
  void fail(const HttpError& error, int retry_after = 0);
  void respond(const Route& route, bool keep_alive);
  bool admit();
  void release(size_t kept);
  bool make_room();
  /// False when the socket takes no more now, or is closed.
  bool flush();
  void after_flush();
  void linger();

  boost::asio::ip::tcp::socket socket_;
  Worker& worker_;
  size_t index_;

  std::vector<char> input_;
  size_t begin_ = 0;  // of the bytes not parsed yet
  size_t end_ = 0;
  std::string output_;
  size_t written_ = 0;  // of output_
  size_t whole_ = 0;    // bytes of output_ that are whole answers
  RequestParser parser_;
  Response response_;

  Phase phase_ = Phase::kIdle;
  Clock::time_point now_;       // when the last bytes came
  Clock::time_point deadline_;  // of phase_
  Clock::time_point request_start_;
  Clock::time_point body_start_;
  size_t admitted_ = 0;  // requests counted as in flight: admitted, not yet written
  size_t discarded_ = 0;
  bool first_ = true;     // no request was answered yet
  bool started_ = false;  // the current request has bytes
  bool in_body_ = false;  // the current request was admitted while its body is on the way
  bool paused_ = false;   // input is left, because output must go first
  bool closing_ = false;  // after output_
  bool timed_out_ = false;
  bool refused_ = false;
};

}  // namespace skymill
