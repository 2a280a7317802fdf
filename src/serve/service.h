// Service: the model served and all that threads share about it; WorkerState: what one thread has
// for itself.
#pragma once

#include <atomic>
#include <memory>
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

/// Immutable but for the atomics.
struct Service {
  Service(ServedModel model_served, size_t threads);

  ServedModel served;
  PredictionWriter writer;
  std::string openapi;  // JSON text
  ServiceMetrics metrics;
  std::atomic<bool> ready = true;  // false from the moment draining begins
};

struct WorkerState {
  WorkerState(Service& shared, size_t thread);

  Service& service;
  ServiceMetrics::Thread& counters;
  JsonRowsReader rows;
  Predictor predictor;
};

}  // namespace skymill
