// ParamSpec: an option as data. Help text, validation, JSON Schema and reference pages all come
// from it, so they cannot disagree.
#pragma once

#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace skymill {

enum class ParamType : uint8_t { kInteger, kNumber, kBoolean, kText };

using ParamValue = std::variant<int64_t, double, bool, std::string>;

struct ParamSpec {
  std::string name;
  ParamType type;
  ParamValue fallback;                                         // the default
  std::string summary;                                         // one line
  double smallest = -std::numeric_limits<double>::infinity();  // inclusive, numbers only
  double largest = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};  // texts only; empty means any
};

/// Values for a list of specs: every spec has a value, no name is unknown, all are in range.
class Params {
 public:
  /// Checks "key=value" texts against the specs; unset ones take their default.
  static Result<Params> parse(std::span<const ParamSpec> specs,
                              std::span<const std::string> assignments);
  static Params defaults(std::span<const ParamSpec> specs);

  /// Preconditions: the spec list named `name` with that type.
  int64_t integer(std::string_view name) const { return std::get<int64_t>(at(name)); }
  double number(std::string_view name) const { return std::get<double>(at(name)); }
  bool boolean(std::string_view name) const { return std::get<bool>(at(name)); }
  const std::string& text(std::string_view name) const { return std::get<std::string>(at(name)); }

  Json to_json() const;

 private:
  const ParamValue& at(std::string_view name) const;

  std::map<std::string, ParamValue, std::less<>> values_;
};

std::string param_text(const ParamValue& value);
/// "integer", "number", "true|false", or the choices joined by '|'.
std::string param_type_name(const ParamSpec& spec);
/// {name, type, default, summary, minimum?, maximum?, choices?}
Json param_json(const ParamSpec& spec);

}  // namespace skymill
