#include "serve/http_error.h"

#include "base/json.h"
#include "base/text.h"

namespace skymill {

void write_error_body(const Error& error, std::string_view request_id, std::string& out) {
  out += R"({"error":{"code":")";
  out += meaning(error.code).name;
  out += R"(","message":)";
  append_json_string(out, error.message);
  out += R"(,"hint":)";
  append_json_string(out, error.hint);
  out += R"(,"field":)";
  if (error.place.field.empty()) {
    out += "null";
  } else {
    append_json_string(out, error.place.field);
  }
  out += R"(,"row":)";
  out += error.place.line == 0 ? "null" : std::to_string(error.place.line);
  out += R"(},"request_id":)";
  append_json_string(out, request_id);
  out += '}';
}

}  // namespace skymill
