// GET /metrics: the service's counters for Prometheus.
#include "serve/endpoints.h"
#include "serve/openapi.h"

namespace skymill {
namespace {

class Metrics final : public Handler {
 public:
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/metrics"; }
  Json describe(const ServedModel&) const override {
    return plain_operation("Counters in the Prometheus text format.", kContentType);
  }
  Result<void> handle(const Request&, Response& response, WorkerState& state) const override {
    response.content_type = kContentType;
    const Service& service = state.service;
    const ServedModel& served = state.scoring->serving->served;
    service.metrics.write_text(
        {.ready = service.ready.load(std::memory_order_relaxed),
         .model = {{"model", served.name},
                   {"version", served.version},
                   {"task", std::string(task_name(served.model->rows.task))}}},
        response.body);
    return {};
  }

 private:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";
};

}  // namespace

const Handler& metrics_endpoint() {
  static const Metrics kEndpoint;
  return kEndpoint;
}

}  // namespace skymill
