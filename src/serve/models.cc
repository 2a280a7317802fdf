// GET /v1/models: which model is served, and what it predicts.
#include "serve/endpoints.h"
#include "serve/openapi.h"

namespace skymill {
namespace {

class Models final : public Handler {
 public:
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/v1/models"; }
  Json describe(const ServedModel&) const override {
    return plain_operation("The model served: its name, version, task and label.", Response::kJson);
  }
  Result<void> handle(const Request&, Response& response, WorkerState& state) const override {
    const ServedModel& served = state.scoring->serving->served;
    Json model = Json::object();
    model.set("name", served.name).set("version", served.version);
    model.set("task", task_name(served.model->rows.task));
    model.set("label", served.model->rows.label);
    Json out = Json::object();
    out.set("models", Json::array().push(std::move(model)));
    response.body = out.dump();
    return {};
  }
};

}  // namespace

const Handler& models_endpoint() {
  static const Models kEndpoint;
  return kEndpoint;
}

}  // namespace skymill
