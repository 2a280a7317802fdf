#include "serve/server.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "serve/listener.h"

namespace skymill {

struct Server::Parts {
  Parts(ServedModel served, const ServerOptions& given, size_t count)
      : options(given), service(std::move(served), count), listener(service, options, workers) {
    for (size_t w = 0; w < count; ++w) {
      workers.push_back(std::make_unique<Worker>(service, options, w));
    }
  }

  void start_threads() {
    for (const auto& worker : workers) {
      worker_threads.emplace_back([&each = *worker] { each.run(); });
    }
    listener_thread = std::thread([this] { listener.run(); });
  }

  ServerOptions options;
  Service service;
  Listener::Workers workers;
  Listener listener;
  std::vector<std::thread> worker_threads;
  std::thread listener_thread;
  std::once_flag stopped;
};

Result<std::unique_ptr<Server>> Server::start(ServedModel served, const ServerOptions& options) {
  const size_t threads =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  try {
    auto parts = std::make_unique<Parts>(std::move(served), options, threads);
    SKYMILL_TRY(parts->listener.open());
    std::unique_ptr<Server> server(new Server(std::move(parts)));
    server->parts_->start_threads();
    log(LogLevel::kInfo, "server_started",
        Json::object()
            .set("url", server->url())
            .set("model", server->parts_->service.serving()->served.label())
            .set("threads", threads));
    return server;
  } catch (const std::exception& failure) {  // an event loop or a thread that the system refused
    return Error{Code::kResourceExhausted,
                 cat("cannot start a server of ", threads, " threads: ", failure.what()),
                 "use fewer threads, or raise the limits (ulimit -n, ulimit -u)",
                 {}};
  }
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { stop(); }

uint16_t Server::port() const { return parts_->listener.endpoint().port(); }

std::string Server::url() const {
  const auto address = parts_->listener.endpoint().address();
  const std::string host = address.to_string();
  return cat("http://", address.is_v6() ? "[" + host + "]" : host, ":", port());
}

void Server::replace(ServedModel served) {
  const Model& now = *parts_->service.serving()->served.model;
  const bool same = served.model->input_schema() == now.input_schema() &&
                    served.model->rows.task == now.rows.task &&
                    served.model->rows.classes == now.rows.classes;
  Json fields = Json::object();
  fields.set("model", served.label()).set("same_fields_and_classes", same);
  // Clients of the one before may send what this one refuses.
  log(same ? LogLevel::kInfo : LogLevel::kWarning, "model_replaced", fields);
  parts_->service.replace(std::move(served));
  for (const auto& worker : parts_->workers) worker->take_over();
  parts_->service.metrics.models_replaced.fetch_add(1, std::memory_order_relaxed);
}

std::string Server::model_label() const { return parts_->service.serving()->served.label(); }

ServiceMetrics& Server::metrics() { return parts_->service.metrics; }

void Server::stop() {
  std::call_once(parts_->stopped, [this] {
    log(LogLevel::kInfo, "server_draining");
    parts_->service.ready.store(false, std::memory_order_relaxed);
    if (parts_->listener_thread.joinable()) {
      parts_->listener.stop();
      parts_->listener_thread.join();
    }
    // Everything accepted is in a worker's queue now, before the drain.
    for (const auto& worker : parts_->workers) worker->drain();
    for (std::thread& thread : parts_->worker_threads) thread.join();
    log(LogLevel::kInfo, "server_stopped");
  });
}

}  // namespace skymill
