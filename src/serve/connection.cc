#include "serve/connection.h"

#include <boost/asio/buffer.hpp>
#include <cstring>

#include "base/log.h"

namespace skymill {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr size_t kFirstInput = 4 << 10;
constexpr size_t kBodyInput = 16 << 10;
constexpr size_t kMaxPendingOutput = 64 << 10;  // then answers go out before more are made
constexpr size_t kKeptOutput = 256 << 10;
constexpr size_t kMaxDiscarded = 256 << 10;
constexpr std::chrono::seconds kLinger{1};

HttpError overloaded() {
  return {
      503,
      {Code::kUnavailable, "the server is at its limit of requests", "try again in a second", {}}};
}

HttpError too_slow(bool body) {
  return {408,
          {Code::kTimeout,
           body ? "the body did not arrive in time" : "the header did not arrive in time",
           "send the request without pauses",
           {}}};
}

HttpError interrupted() {
  return {503,
          {Code::kUnavailable,
           "the server could not finish this request; most likely it is out of memory",
           "try again in a second, with fewer rows",
           {}}};
}

}  // namespace

Connection::Connection(tcp::socket socket, Worker& worker, size_t index)
    : socket_(std::move(socket)),
      worker_(worker),
      index_(index),
      input_(kFirstInput),
      parser_(worker.options().request),
      now_(Clock::now()) {}

void Connection::start(bool refused) {
  refused_ = refused;
  ErrorCode ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  if (!refused) return read();
  fail({503,
        {Code::kUnavailable,
         "the server is at its limit of connections",
         "try again in a second",
         {}}},
       1);
  if (flush()) after_flush();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  release(0);
  ErrorCode ignored;
  socket_.close(ignored);
  worker_.remove(*this, refused_);
}

void Connection::wait_for(Phase phase, Clock::time_point deadline) {
  phase_ = phase;
  deadline_ = deadline;
}

void Connection::tick(Clock::time_point now) {
  if (now < deadline_) return;
  const bool reading = phase_ == Phase::kHead || phase_ == Phase::kBody;
  if (!reading || timed_out_) return close();
  // Ends the pending read, which then answers 408.
  timed_out_ = true;
  deadline_ = now + kLinger;
  ErrorCode ignored;
  socket_.cancel(ignored);
}

void Connection::drain() {
  if (phase_ != Phase::kIdle) return;
  deadline_ = std::min(deadline_, Clock::now() + worker_.options().drain_idle);
}

// --- reading -------------------------------------------------------------------------------------

void Connection::read() {
  const ServerOptions& options = worker_.options();
  if (!make_room()) {
    fail({400,
          {Code::kCorruptData,
           "a chunk's size line or the trailer has no end",
           "send shorter ones",
           {}}});
    if (flush()) after_flush();
    return;
  }
  if (in_body_) {
    wait_for(Phase::kBody, body_start_ + options.body_timeout);
  } else if (started_) {
    wait_for(Phase::kHead, request_start_ + options.header_timeout);
  } else {
    wait_for(Phase::kIdle, now_ + (first_ ? options.header_timeout : options.idle_timeout));
    if (worker_.draining()) drain();
  }
  receive();
}

void Connection::receive() {
  socket_.async_read_some(asio::buffer(input_.data() + end_, input_.size() - end_),
                          [self = shared_from_this()](const ErrorCode& failed, size_t bytes) {
                            self->on_read(failed, bytes);
                          });
}

/// Moves what is not parsed yet to the front; grows the input where that is not enough. False when
/// the parser wants even more in one piece.
bool Connection::make_room() {
  if (begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const size_t wanted = in_body_ ? kBodyInput : end_ + 1;
  if (input_.size() >= wanted && end_ < input_.size()) return true;
  const size_t most = std::max(kBodyInput, worker_.options().request.header_bytes + kFirstInput);
  input_.resize(std::min(most, std::max(2 * input_.size(), wanted)));
  return end_ < input_.size();
}

void Connection::on_read(const ErrorCode& failed, size_t bytes) {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kLingering) {
    discarded_ += bytes;
    if (failed) return close();
    // Beyond this the client must notice by itself; its deadline closes it.
    if (discarded_ < kMaxDiscarded) receive();
    return;
  }
  if (timed_out_) {
    fail(too_slow(in_body_));
    if (flush()) after_flush();
    return;
  }
  if (failed) return close();
  now_ = Clock::now();
  end_ += bytes;
  worker_.state().counters.count_received(bytes);
  advance();
}

void Connection::advance() {
  parse();
  if (flush()) after_flush();
}

/// Answers what is complete. An exception, out of memory most likely, costs this connection only.
void Connection::parse() {
  whole_ = output_.size();
  try {
    parse_requests();
  } catch (const std::exception& failure) {
    output_.resize(whole_);
    log(LogLevel::kError, "request_exception", Json::object().set("what", failure.what()));
    fail(interrupted(), 1);
  }
}

void Connection::parse_requests() {
  paused_ = false;
  while (begin_ < end_ && !closing_) {
    if (output_.size() >= kMaxPendingOutput) {
      paused_ = true;
      return;
    }
    if (!started_) {
      started_ = true;
      request_start_ = now_;
    }
    begin_ += parser_.feed({input_.data() + begin_, end_ - begin_});
    switch (parser_.state()) {
      case RequestParser::State::kComplete:
        answer();
        break;
      case RequestParser::State::kFailed:
        return fail(parser_.error());
      case RequestParser::State::kBody:
        return begin_body();
      case RequestParser::State::kHead:
        return;
    }
  }
}

// --- answering -----------------------------------------------------------------------------------

bool Connection::admit() {
  auto& in_flight = worker_.state().service.metrics.in_flight;
  const int64_t before = in_flight.fetch_add(1, std::memory_order_relaxed);
  if (before >= static_cast<int64_t>(worker_.options().max_in_flight)) {
    in_flight.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  ++admitted_;
  return true;
}

/// Gives back all admissions but `kept`.
void Connection::release(size_t kept) {
  if (admitted_ <= kept) return;
  auto& in_flight = worker_.state().service.metrics.in_flight;
  in_flight.fetch_sub(static_cast<int64_t>(admitted_ - kept), std::memory_order_relaxed);
  admitted_ = kept;
}

/// The head is there, but not all of the body.
void Connection::begin_body() {
  if (in_body_) return;
  if (!admit()) return fail(overloaded(), 1);
  in_body_ = true;
  body_start_ = now_;
  const RequestHead& head = parser_.head();
  if (!head.expects_continue || !parser_.body().empty()) return;
  // The client asks before it sends a body: say now what would be said after it.
  const Route route = find_route(head);
  if (!route.refused) {
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    return;
  }
  response_.clear();
  respond(route, false);
}

void Connection::answer() {
  const RequestHead& head = parser_.head();
  Route route = find_route(head);
  response_.clear();
  const bool has_work = !route.refused && !route.handler->accepts().empty();
  if (has_work && !in_body_ && !admit()) {
    route.refused = overloaded();
    response_.retry_after = 1;
  }
  respond(route, head.keep_alive && !worker_.draining());
  parser_.reset();
  first_ = started_ = in_body_ = false;
}

/// Answers what cannot go on: the connection is closed after it.
void Connection::fail(const HttpError& error, int retry_after) {
  response_.clear();
  response_.retry_after = retry_after;
  if (!started_) request_start_ = now_;
  // The path is empty until the request line has arrived.
  const size_t index = route_index(parser_.head().path);
  respond({.handler = nullptr, .index = index, .refused = error, .allow = {}}, false);
}

/// Appends the answer to the current request, and counts it.
void Connection::respond(const Route& route, bool keep_alive) {
  WorkerState& state = worker_.state();
  const RequestHead& head = parser_.head();
  const std::string& id = head.request_id.empty() ? worker_.make_request_id() : head.request_id;

  std::optional<HttpError> failed = route.refused;
  if (!failed) {
    const Request request{.path = head.path, .body = parser_.body(), .id = id};
    auto done = route.handler->handle(request, response_, state);
    if (!done) failed = HttpError::of(std::move(done).error());
  }
  if (failed) {
    response_.status = failed->status;
    response_.content_type = Response::kJson;
    response_.allow = route.allow;
    response_.body.clear();
    write_error_body(failed->error, id, response_.body);
    if (failed->status == 500) {
      log(LogLevel::kError, "request_failed",
          Json::object().set("request_id", id).set("error", failed->error.text()));
    }
  }
  append_response(response_,
                  {.date = worker_.date(),
                   .request_id = id,
                   .keep_alive = keep_alive,
                   .head_only = head.method == "HEAD"},
                  output_);
  whole_ = output_.size();
  if (!keep_alive) closing_ = true;
  state.counters.count_request(route.index, response_.status, Clock::now() - request_start_);
}

// --- writing -------------------------------------------------------------------------------------

bool Connection::flush() {
  // The socket nearly always takes everything at once, without a turn of the event loop.
  while (written_ < output_.size()) {
    ErrorCode failed;
    const size_t bytes = socket_.write_some(
        asio::buffer(output_.data() + written_, output_.size() - written_), failed);
    if (failed == asio::error::would_block || failed == asio::error::try_again) {
      if (phase_ != Phase::kWriting) {
        wait_for(Phase::kWriting, Clock::now() + worker_.options().write_timeout);
      }
      socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const ErrorCode& no) {
        if (self->phase_ == Phase::kClosed) return;
        if (no) return self->close();
        if (self->flush()) self->after_flush();
      });
      return false;
    }
    if (failed) {
      close();
      return false;
    }
    written_ += bytes;
  }
  // The limit is for what was waiting. A client that pipelines and reads on may take as long again
  // for the answers made next.
  if (phase_ == Phase::kWriting) deadline_ = Clock::now() + worker_.options().write_timeout;
  worker_.state().counters.count_sent(written_);
  output_.clear();
  written_ = 0;
  if (output_.capacity() > kKeptOutput) output_.shrink_to_fit();
  release(in_body_ ? 1 : 0);
  return true;
}

void Connection::after_flush() {
  while (!closing_ && paused_) {
    parse();
    if (!flush()) return;
  }
  if (closing_) {
    linger();
  } else {
    read();
  }
}

/// Closing while the client still sends would make its system drop our last answer, so the client
/// gets the end of our side, and a moment to close its own.
void Connection::linger() {
  release(0);
  ErrorCode failed;
  socket_.shutdown(tcp::socket::shutdown_send, failed);
  if (failed) return close();
  wait_for(Phase::kLingering, Clock::now() + kLinger);
  begin_ = end_ = 0;
  receive();
}

}  // namespace skymill
