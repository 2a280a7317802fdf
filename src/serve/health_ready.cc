// GET /health/ready: 200 while new requests are welcome, 503 from the moment draining begins.
#include "serve/endpoints.h"
#include "serve/openapi.h"

namespace skymill {
namespace {

class HealthReady final : public Handler {
 public:
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/health/ready"; }
  Json describe(const ServedModel&) const override {
    Json operation = health_operation("Whether new requests are welcome; 503 when shutting down.");
    return with_error_responses(std::move(operation), {503});
  }
  Result<void> handle(const Request&, Response& response, WorkerState& state) const override {
    if (!state.service.ready.load(std::memory_order_relaxed)) {
      return Error{Code::kUnavailable, "the server is shutting down", "send it to another one", {}};
    }
    response.body = R"({"status":"ready"})";
    return {};
  }
};

}  // namespace

const Handler& health_ready_endpoint() {
  static const HealthReady kEndpoint;
  return kEndpoint;
}

}  // namespace skymill
