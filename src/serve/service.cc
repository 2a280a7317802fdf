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

Serving::Serving(ServedModel model_served)
    : served(std::move(model_served)),
      writer(*served.model, served.label()),
      openapi(openapi_document(served).dump(2)) {}

Service::Service(ServedModel served, size_t threads)
    : metrics(route_paths(), threads),
      serving_(std::make_shared<const Serving>(std::move(served))) {}

std::shared_ptr<const Serving> Service::serving() const {
  const std::lock_guard lock(mutex_);
  return serving_;
}

void Service::replace(ServedModel served) {
  auto next = std::make_shared<const Serving>(std::move(served));
  const std::lock_guard lock(mutex_);
  serving_.swap(next);
}

WorkerState::Scoring::Scoring(std::shared_ptr<const Serving> by)
    : serving(std::move(by)),
      rows(std::make_shared<Schema>(serving->served.model->input_schema()), JsonRowsOptions{}),
      predictor(serving->served.model) {}

WorkerState::WorkerState(Service& shared, size_t thread)
    : service(shared), counters(shared.metrics.thread(thread)) {
  take_over();
}

void WorkerState::take_over() { scoring = std::make_unique<Scoring>(service.serving()); }

}  // namespace skymill
