// What a server is told when it starts: address, threads and limits.
#pragma once

#include <chrono>
#include <string>

#include "serve/request_parser.h"

namespace skymill {

struct ServerOptions {
  std::string address = "127.0.0.1";  // loopback only, until authentication and TLS exist
  uint16_t port = 0;                  // 0 = a free one
  unsigned threads = 0;               // 0 = one per core

  RequestLimits request = {};
  size_t max_connections = 1024;  // one more is answered 503 and closed
  size_t max_in_flight = 512;     // requests with a body; one more is answered 503

  using Milliseconds = std::chrono::milliseconds;
  Milliseconds header_timeout{
      10'000};                         // first byte to end of header, also connection to first byte
  Milliseconds body_timeout{30'000};   // end of header to end of body
  Milliseconds write_timeout{30'000};  // for the client to take an answer
  Milliseconds idle_timeout{60'000};   // between requests
  Milliseconds drain_timeout{10'000};  // stop(): then open requests are cut off
  Milliseconds drain_idle{500};        // stop(): how long a connection may be silent
};

}  // namespace skymill
