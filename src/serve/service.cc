#include "serve/service.h"

#include "serve/openapi.h"
#include "serve/routes.h"

namespace skymill {
namespace {

std::vector<std::string> route_paths() {
  std::vector<std::string> paths;
  for (const Handler* handler : routes()) paths.emplace_back(handler->path());
  return paths;
}

}  // namespace

Service::Service(ServedModel model_served, size_t threads)
    : served(std::move(model_served)),
      writer(*served.model, served.label()),
      openapi(openapi_document(served).dump(2)),
      metrics(route_paths(), threads,
              {{"model", served.name},
               {"version", served.version},
               {"task", std::string(task_name(served.model->rows.task))}}) {}

WorkerState::WorkerState(Service& shared, size_t thread)
    : service(shared),
      counters(shared.metrics.thread(thread)),
      rows(std::make_shared<Schema>(shared.served.model->input_schema()), JsonRowsOptions{}),
      predictor(shared.served.model) {}

}  // namespace skymill
