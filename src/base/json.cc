#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/text.h"

namespace skymill {
namespace {

/// Receives the events of the parser and builds a Json; refuses depth and duplicate keys.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  explicit Builder(int max_depth) : max_depth_(static_cast<size_t>(max_depth)) {}

  bool null() { return add(Json()); }
  bool boolean(bool value) { return add(Json(value)); }
  bool number_integer(number_integer_t value) { return add(Json(value)); }
  bool number_unsigned(number_unsigned_t value) {
    if (value > static_cast<uint64_t>(INT64_MAX)) return add(Json(static_cast<double>(value)));
    return add(Json(static_cast<int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t&) { return add(Json(value)); }
  bool string(string_t& value) { return add(Json(std::move(value))); }
  bool binary(binary_t&) { return fail("binary values are not JSON"); }
  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    if (!stack_.back().keys.insert(name).second) return fail(cat("duplicate key '", name, "'"));
    stack_.back().key = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) {
    position_ = position;
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      if (!stack_.empty() && stack_.back().value.is_object()) field_ = stack_.back().key;
      return fail(cat("the number ", token.substr(0, 40), " is too large for a double"));
    }
    std::string what = error.what();
    // The library prefixes "[json.exception…] parse error at line l, column c: "; the place is
    // reported on its own.
    if (const size_t colon = what.find(": "); colon != std::string::npos) what.erase(0, colon + 2);
    return fail(what);
  }

  Json& root() { return root_; }
  const std::string& failure() const { return failure_; }
  size_t position() const { return position_; }
  const std::string& field() const { return field_; }

 private:
  struct Level {
    Json value;
    std::string key = {};
    std::unordered_set<std::string> keys = {};
  };

  bool fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }
  bool open(Json value) {
    if (stack_.size() >= max_depth_) return fail(cat("more than ", max_depth_, " levels deep"));
    stack_.push_back({.value = std::move(value)});
    return true;
  }
  bool close() {
    Json value = std::move(stack_.back().value);
    stack_.pop_back();
    return add(std::move(value));
  }
  bool add(Json value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (stack_.back().value.is_array()) {
      stack_.back().value.push(std::move(value));
    } else {
      stack_.back().value.append(std::move(stack_.back().key), std::move(value));
    }
    return true;
  }

  size_t max_depth_;
  std::vector<Level> stack_;
  Json root_;
  std::string failure_;
  size_t position_ = 0;
  std::string field_;  // of the number that is too large
};

Error missing(std::string_view key, std::string_view wanted) {
  return {Code::kCorruptData,
          cat("'", key, "' is missing or is not ", wanted),
          {},
          {.field = std::string(key)}};
}

}  // namespace

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : members()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Json& Json::set(std::string key, Json value) {
  if (is_null()) value_ = Object{};
  auto& object = std::get<Object>(value_);
  for (Member& member : object) {
    if (member.first == key) {
      member.second = std::move(value);
      return *this;
    }
  }
  object.emplace_back(std::move(key), std::move(value));
  return *this;
}

void Json::append(std::string key, Json value) {
  std::get<Object>(value_).emplace_back(std::move(key), std::move(value));
}

Json& Json::push(Json value) {
  if (is_null()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

Result<std::string> Json::string_at(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_string()) return missing(key, "a text");
  return value->as_string();
}

Result<double> Json::number_at(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_number()) return missing(key, "a number");
  return value->as_number();
}

Result<int64_t> Json::integer_at(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_integer()) return missing(key, "an integer");
  return value->as_integer();
}

Result<bool> Json::bool_at(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_bool()) return missing(key, "true or false");
  return value->as_bool();
}

Result<const Json::Array*> Json::array_at(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_array()) return missing(key, "an array");
  return &value->items();
}

Result<const Json::Object*> Json::object_at(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_object()) return missing(key, "an object");
  return &value->members();
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void Json::write(std::string& out, int indent, int depth) const {
  const auto line = [&](int level) {
    if (indent >= 0) out += '\n' + std::string(static_cast<size_t>(indent * level), ' ');
  };
  if (is_null()) {
    out += "null";
  } else if (is_bool()) {
    out += as_bool() ? "true" : "false";
  } else if (is_integer()) {
    out += std::to_string(as_integer());
  } else if (is_number()) {
    const double number = as_number();
    if (number == 0 && std::signbit(number)) {
      out += "-0.0";  // "-0" would be read as the integer 0
    } else {
      out += std::isfinite(number) ? format_number(number) : "null";
    }
  } else if (is_string()) {
    append_json_string(out, as_string());
  } else if (is_array()) {
    out += '[';
    const char* separator = "";
    for (const Json& item : items()) {
      out += separator;
      line(depth + 1);
      item.write(out, indent, depth + 1);
      separator = ",";
    }
    if (!items().empty()) line(depth);
    out += ']';
  } else {
    out += '{';
    const char* separator = "";
    for (const Member& member : members()) {
      out += separator;
      line(depth + 1);
      append_json_string(out, member.first);
      out += indent < 0 ? ":" : ": ";
      member.second.write(out, indent, depth + 1);
      separator = ",";
    }
    if (!members().empty()) line(depth);
    out += '}';
  }
}

std::string Json::dump(int indent) const {
  std::string out;
  write(out, indent, 0);
  return out;
}

Result<Json> Json::parse(std::string_view text, int max_depth) {
  Builder builder(max_depth);
  bool good = false;
  try {
    good = nlohmann::json::sax_parse(text, &builder);
  } catch (const std::exception& error) {
    return Error{Code::kCorruptData, cat("not JSON: ", error.what())};
  }
  if (!good) {
    uint64_t line = 0;
    uint64_t column = 0;
    if (builder.position() != 0) {
      const std::string_view before = text.substr(0, builder.position() - 1);
      line = 1 + static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
      const size_t last = before.rfind('\n');
      column = before.size() - (last == std::string_view::npos ? 0 : last + 1) + 1;
    }
    return Error{Code::kCorruptData,
                 cat("not JSON: ", builder.failure()),
                 {},
                 {.line = line, .column = column, .field = builder.field()}};
  }
  return std::move(builder.root());
}

}  // namespace skymill
