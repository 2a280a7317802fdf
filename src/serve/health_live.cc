// GET /health/live: 200 as long as the process answers. Depends on nothing else, so that an
// orchestrator restarts a hung process only.
#include "serve/endpoints.h"
#include "serve/openapi.h"

namespace skymill {
namespace {

class HealthLive final : public Handler {
 public:
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/health/live"; }
  Json describe(const ServedModel&) const override {
    return health_operation("Whether the process answers.");
  }
  Result<void> handle(const Request&, Response& response, WorkerState&) const override {
    response.body = R"({"status":"live"})";
    return {};
  }
};

}  // namespace

const Handler& health_live_endpoint() {
  static const HealthLive kEndpoint;
  return kEndpoint;
}

}  // namespace skymill
