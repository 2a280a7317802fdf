// Service: the model served and all that threads share about it; WorkerState: what one thread has
// for itself. A model can be replaced while requests are answered: each is answered by one model.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "model/model.h"
#include "monitor/service_metrics.h"
#include "serve/prediction_writer.h"
#include "table/json_rows.h"

namespace skymill {

struct ServedModel {
  std::shared_ptr<const Model> model;
  std::string name;
  std::string version;

  /// "name/version", as answers name it.
  std::string label() const { return name + "/" + version; }
};

/// A model and what is made of it once.
struct Serving {
  explicit Serving(ServedModel model_served);

  ServedModel served;
  PredictionWriter writer;
  std::string openapi;  // JSON text
};

class Service {
 public:
  Service(ServedModel served, size_t threads);

  std::shared_ptr<const Serving> serving() const;
  /// Threads take it over one by one: WorkerState::take_over.
  void replace(ServedModel served);

  ServiceMetrics metrics;
  std::atomic<bool> ready = true;  // false from the moment draining begins

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Serving> serving_;
};

struct WorkerState {
  WorkerState(Service& shared, size_t thread);

  /// Goes over to the model that the service has now. Not while a request is handled.
  void take_over();

  /// What depends on the model.
  struct Scoring {
    explicit Scoring(std::shared_ptr<const Serving> by);

    std::shared_ptr<const Serving> serving;
    JsonRowsReader rows;
    Predictor predictor;
  };

  Service& service;
  ServiceMetrics::Thread& counters;
  std::unique_ptr<Scoring> scoring;
};

}  // namespace skymill
