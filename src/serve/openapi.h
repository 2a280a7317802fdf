// The OpenAPI 3.1 description of the server: one document per model, made when it is loaded, from
// the model's schema and what each endpoint says about itself.
#pragma once

#include <initializer_list>

#include "base/json.h"
#include "serve/service.h"

namespace skymill {

/// The whole document.
Json openapi_document(const ServedModel& served);

/// Operations, for Handler::describe.
Json predict_operation();
Json health_operation(std::string_view summary);
/// Answers 200 with a body of that media type.
Json plain_operation(std::string_view summary, std::string_view media_type);
/// Adds the common error answer for these statuses.
Json with_error_responses(Json operation, std::initializer_list<int> statuses);

}  // namespace skymill
