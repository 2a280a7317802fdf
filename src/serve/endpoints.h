// The endpoints that routes.cc lists, each in the file of its name.
#pragma once

#include "serve/handler.h"

namespace skymill {

/// POST /predict: one row object, or {"rows": [...]}; predict.cc
const Handler& predict_endpoint();
/// GET /health/live: the process answers; health_live.cc
const Handler& health_live_endpoint();
/// GET /health/ready: new requests are welcome; health_ready.cc
const Handler& health_ready_endpoint();
/// GET /metrics: Prometheus text; metrics.cc
const Handler& metrics_endpoint();
/// GET /v1/models: what is served; models.cc
const Handler& models_endpoint();
/// GET /openapi.json: this API for this model; openapi.cc
const Handler& openapi_endpoint();

}  // namespace skymill
