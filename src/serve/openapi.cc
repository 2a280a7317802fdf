#include "serve/openapi.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "serve/endpoints.h"
#include "serve/routes.h"

namespace skymill {
namespace {

constexpr size_t kShownLevels = 8;

Json reference(std::string_view schema) {
  return Json::object().set("$ref", cat("#/components/schemas/", schema));
}

Json typed(std::string_view type) { return Json::object().set("type", type); }

Json content(std::string_view media_type, Json schema) {
  Json body = Json::object().set("schema", std::move(schema));
  return Json::object().set(std::string(media_type), std::move(body));
}

Json answer(std::string_view description, Json body) {
  return Json::object().set("description", description).set("content", std::move(body));
}

Json operation_of(std::string_view summary, Json success) {
  Json responses = Json::object().set("200", std::move(success));
  return Json::object().set("summary", summary).set("responses", std::move(responses));
}

/// The JSON type of a column's values, as table/json_rows.h takes them.
Json value_schema(Type type) {
  switch (type) {
    case Type::kBoolean:
      return typed("boolean");
    case Type::kInteger:
      return typed("integer").set("format", "int64");
    case Type::kNumber:
      return typed("number").set("format", "double");
    case Type::kFloat: {
      constexpr double kLargest = std::numeric_limits<float>::max();
      return typed("number")
          .set("format", "float")
          .set("minimum", -kLargest)
          .set("maximum", kLargest);
    }
    case Type::kDate:
      return typed("string").set("format", "date");
    case Type::kTimestamp:
      return typed("string").set("format", "date-time");
    case Type::kText:
      break;
  }
  return typed("string");
}

/// A feature's property; null is offered where the model can do without the value.
Json property(const ColumnPlan& plan) {
  Json schema = value_schema(plan.input.type);
  if (plan.input.type == Type::kText && !plan.input.levels.empty()) {
    Json examples = Json::array();
    for (const auto& level :
         std::span(plan.input.levels).first(std::min(kShownLevels, plan.input.levels.size()))) {
      examples.push(level);
    }
    schema.set("description", cat("one of ", plan.input.levels.size(),
                                  " levels known from training; another one is allowed"));
    schema.set("examples", std::move(examples));
  }
  if (plan.missing == MissingMethod::kFail || plan.missing == MissingMethod::kDrop) return schema;
  Json types = Json::array();
  types.push(*schema.find("type"));
  types.push("null");
  return schema.set("type", std::move(types));
}

Json row_schema(const Model& model) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const ColumnPlan& plan : model.plan->columns()) {
    properties.set(plan.input.name, property(plan));
    required.push(plan.input.name);
  }
  Json schema = typed("object").set("properties", std::move(properties));
  return schema.set("required", std::move(required)).set("additionalProperties", false);
}

Json rows_schema() {
  Json rows = typed("array").set("items", reference("Row"));
  rows.set("maxItems", static_cast<int64_t>(JsonRowsOptions().max_rows));
  Json schema = typed("object").set("properties", Json::object().set("rows", std::move(rows)));
  Json required = Json::array();
  return schema.set("required", required.push("rows")).set("additionalProperties", false);
}

/// {"prediction", "probabilities"} and, where answers stand alone, "model".
Json prediction_schema(const Model& model, bool with_model) {
  Json properties = Json::object();
  Json required = Json::array();
  required.push("prediction");
  if (model.rows.task == Task::kClassification) {
    Json classes = Json::array();
    Json shares = Json::object();
    Json names = Json::array();
    for (const std::string& name : model.rows.classes) {
      classes.push(class_json(model.rows, name));
      shares.set(name, typed("number").set("minimum", 0).set("maximum", 1));
      names.push(name);
    }
    properties.set("prediction", Json::object().set("enum", std::move(classes)));
    properties.set("probabilities",
                   typed("object").set("properties", std::move(shares)).set("required", names));
    required.push("probabilities");
  } else {
    properties.set("prediction", typed("number"));
  }
  if (with_model) {
    properties.set("model", typed("string"));
    required.push("model");
  }
  Json schema = typed("object").set("properties", std::move(properties));
  return schema.set("required", std::move(required));
}

Json predictions_schema() {
  Json items = typed("array").set("items", reference("RowPrediction"));
  Json properties = Json::object().set("predictions", std::move(items));
  properties.set("model", typed("string"));
  Json required = Json::array();
  required.push("predictions").push("model");
  Json schema = typed("object").set("properties", std::move(properties));
  return schema.set("required", std::move(required));
}

Json error_schema() {
  const auto nullable = [](std::string_view type) {
    Json types = Json::array();
    return Json::object().set("type", types.push(type).push("null"));
  };
  Json row = nullable("integer").set("description", "counted from 1; null when there is one row");
  Json fields = Json::object().set("code", typed("string"));
  fields.set("message", typed("string")).set("hint", typed("string"));
  fields.set("field", nullable("string")).set("row", std::move(row));
  Json names = Json::array();
  for (const Json::Member& member : fields.members()) names.push(member.first);
  Json error = typed("object").set("properties", fields).set("required", std::move(names));

  Json properties = Json::object().set("error", std::move(error));
  properties.set("request_id", typed("string"));
  Json required = Json::array();
  Json schema = typed("object").set("properties", std::move(properties));
  return schema.set("required", required.push("error").push("request_id"));
}

std::string_view meaning_of(int status) {
  switch (status) {
    case 400:
      return "The request is malformed.";
    case 411:
      return "The request has no body.";
    case 413:
      return "The body is too large, or holds too many rows.";
    case 415:
      return "The body's media type is not taken.";
    case 422:
      return "A value does not fit the model's schema; the error names field and row.";
    case 503:
      return "Overloaded or shutting down; try again.";
    default:
      return "An error.";
  }
}

class OpenApi final : public Handler {
 public:
  std::string_view method() const override { return "GET"; }
  std::string_view path() const override { return "/openapi.json"; }
  Json describe(const ServedModel&) const override {
    return plain_operation("This description.", Response::kJson);
  }
  Result<void> handle(const Request&, Response& response, WorkerState& state) const override {
    response.body = state.scoring->serving->openapi;
    return {};
  }
};

}  // namespace

Json with_error_responses(Json operation, std::initializer_list<int> statuses) {
  Json responses = *operation.find("responses");
  for (const int status : statuses) {
    responses.set(std::to_string(status),
                  answer(meaning_of(status), content(Response::kJson, reference("Error"))));
  }
  return operation.set("responses", std::move(responses));
}

Json plain_operation(std::string_view summary, std::string_view media_type) {
  const bool json = media_type == Response::kJson;
  return operation_of(
      summary, answer("The answer.", content(media_type, typed(json ? "object" : "string"))));
}

Json health_operation(std::string_view summary) {
  Json properties = Json::object().set("status", typed("string"));
  Json body = typed("object").set("properties", std::move(properties));
  return operation_of(summary, answer("Yes.", content(Response::kJson, std::move(body))));
}

Json predict_operation() {
  const auto either = [](std::string_view a, std::string_view b) {
    Json choices = Json::array();
    return Json::object().set("oneOf", choices.push(reference(a)).push(reference(b)));
  };
  Json operation = operation_of(
      "Predicts one row, or the rows of {\"rows\": [...]} in their order.",
      answer("The predictions.", content(Response::kJson, either("Prediction", "Predictions"))));
  Json body = Json::object().set("required", true);
  operation.set("requestBody",
                body.set("content", content(Response::kJson, either("Row", "Rows"))));
  return with_error_responses(std::move(operation), {400, 411, 413, 415, 422, 503});
}

Json openapi_document(const ServedModel& served) {
  const Model& model = *served.model;
  Json info = Json::object().set("title", served.name).set("version", served.version);
  info.set("description", cat("Predictions of the ", task_name(model.rows.task), " model '",
                              served.name, "' for '", model.rows.label, "'."));
  Json paths = Json::object();
  for (const Handler* handler : routes()) {
    Json item = Json::object();
    item.set(lower(handler->method()), handler->describe(served));
    paths.set(std::string(handler->path()), std::move(item));
  }
  Json schemas = Json::object();
  schemas.set("Row", row_schema(model));
  schemas.set("Rows", rows_schema());
  schemas.set("RowPrediction", prediction_schema(model, false));
  schemas.set("Prediction", prediction_schema(model, true));
  schemas.set("Predictions", predictions_schema());
  schemas.set("Error", error_schema());

  Json document = Json::object().set("openapi", "3.1.0").set("info", std::move(info));
  document.set("paths", std::move(paths));
  return document.set("components", Json::object().set("schemas", std::move(schemas)));
}

const Handler& openapi_endpoint() {
  static const OpenApi kEndpoint;
  return kEndpoint;
}

}  // namespace skymill
