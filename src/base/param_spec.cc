#include "base/param_spec.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace skymill {
namespace {

Error bad_value(const ParamSpec& spec, std::string_view text, const std::string& wanted) {
  return {Code::kInvalidArgument,
          cat("parameter ", spec.name, "=", text, " is not ", wanted),
          cat(spec.name, ": ", spec.summary),
          {.field = spec.name}};
}

Result<ParamValue> parse_value(const ParamSpec& spec, std::string_view text) {
  switch (spec.type) {
    case ParamType::kInteger: {
      const auto value = parse_integer(text);
      if (!value) return bad_value(spec, text, "an integer");
      return ParamValue(*value);
    }
    case ParamType::kNumber: {
      const auto value = parse_number(text);
      if (!value) return bad_value(spec, text, "a number");
      return ParamValue(*value);
    }
    case ParamType::kBoolean:
      if (text == "true" || text == "1") return ParamValue(true);
      if (text == "false" || text == "0") return ParamValue(false);
      return bad_value(spec, text, "true or false");
    case ParamType::kText:
      if (!spec.choices.empty() && std::ranges::find(spec.choices, text) == spec.choices.end()) {
        return bad_value(spec, text, "one of " + join(spec.choices, ", "));
      }
      return ParamValue(std::string(text));
  }
  return bad_value(spec, text, "a value");
}

Result<void> check_range(const ParamSpec& spec, std::string_view text, const ParamValue& value) {
  double number = 0;
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    number = static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    number = *real;
  } else {
    return {};
  }
  if (number >= spec.smallest && number <= spec.largest) return {};
  std::string range;
  if (std::isfinite(spec.smallest)) range = cat("at least ", spec.smallest);
  if (std::isfinite(spec.largest)) {
    range += cat(range.empty() ? "" : " and ", "at most ", spec.largest);
  }
  return bad_value(spec, text, range);
}

}  // namespace

Params Params::defaults(std::span<const ParamSpec> specs) {
  Params params;
  for (const ParamSpec& spec : specs) params.values_[spec.name] = spec.fallback;
  return params;
}

Result<Params> Params::parse(std::span<const ParamSpec> specs,
                             std::span<const std::string> assignments) {
  Params params = defaults(specs);
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos) {
      return Error{Code::kInvalidArgument,
                   cat("'", assignment, "' is not of the form key=value"),
                   "write a name, '=' and a value",
                   {}};
    }
    const std::string name = assignment.substr(0, equals);
    const auto spec = std::ranges::find(specs, name, &ParamSpec::name);
    if (spec == specs.end()) {
      std::vector<std::string> names;
      for (const ParamSpec& known : specs) names.push_back(known.name);
      return Error{Code::kInvalidArgument,
                   cat("unknown parameter '", name, "'"),
                   suggest(name, names),
                   {.field = name}};
    }
    const std::string text = assignment.substr(equals + 1);
    ParamValue value = SKYMILL_TRY(parse_value(*spec, text));
    SKYMILL_TRY(check_range(*spec, text, value));
    params.values_[name] = std::move(value);
  }
  return params;
}

const ParamValue& Params::at(std::string_view name) const {
  const auto found = values_.find(name);
  SKYMILL_CHECK(found != values_.end());
  return found->second;
}

Json Params::to_json() const {
  Json out = Json::object();
  for (const auto& [name, value] : values_) {
    std::visit([&](const auto& v) { out.set(name, Json(v)); }, value);
  }
  return out;
}

std::string param_text(const ParamValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  return format_number(std::get<double>(value));
}

std::string param_type_name(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kInteger:
      return "integer";
    case ParamType::kNumber:
      return "number";
    case ParamType::kBoolean:
      return "true|false";
    case ParamType::kText:
      return spec.choices.empty() ? "text" : join(spec.choices, "|");
  }
  return "text";
}

Json param_json(const ParamSpec& spec) {
  Json out = Json::object();
  out.set("name", spec.name);
  out.set("type", param_type_name(spec));
  std::visit([&](const auto& v) { out.set("default", Json(v)); }, spec.fallback);
  out.set("summary", spec.summary);
  if (std::isfinite(spec.smallest)) out.set("minimum", spec.smallest);
  if (std::isfinite(spec.largest)) out.set("maximum", spec.largest);
  return out;
}

}  // namespace skymill
