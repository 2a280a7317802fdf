// Server: HTTP/1.1 prediction server for one model on a loopback address. One thread accepts; each
// worker thread reads, predicts and answers the connections given to it, without locks.
#pragma once

#include <memory>

#include "serve/server_options.h"
#include "serve/service.h"

namespace skymill {

class Server {
 public:
  /// Binds, starts the threads and returns; it answers from now on. Errors: an address that is none
  /// or not loopback (kInvalidArgument), a port in use (kUnavailable).
  static Result<std::unique_ptr<Server>> start(ServedModel served, const ServerOptions& options);

  /// stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  /// "http://127.0.0.1:8080"
  std::string url() const;

  /// Serves another model from now on. Each request is answered by one of the two; none fails.
  void replace(ServedModel served);
  ServiceMetrics& metrics();
  /// "name/version" of what is served now.
  std::string model_label() const;

  /// Drains: /health/ready answers 503, nothing new is accepted, requests already sent are answered
  /// with `Connection: close`, silent connections are closed. Returns when all are closed, at the
  /// latest after the drain timeout. Any thread may call it, also again.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace skymill
