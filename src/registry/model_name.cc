#include "registry/model_name.h"

#include <algorithm>

#include "base/text.h"

namespace skymill {
namespace {

constexpr size_t kMostCharacters = 128;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool well_formed(std::string_view name) {
  return !name.empty() && name.size() <= kMostCharacters && plain(name.front()) &&
         std::ranges::all_of(name,
                             [](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Error refused(std::string_view what, std::string_view name) {
  return {Code::kInvalidArgument, cat("'", name.substr(0, kMostCharacters), "' cannot be ", what),
          "use letters, digits, '.', '_' and '-', a letter or digit first"};
}

}  // namespace

Result<void> check_model_name(std::string_view name) {
  if (well_formed(name)) return {};
  return refused("the name of a model", name);
}

Result<void> check_alias(std::string_view alias) {
  if (!well_formed(alias)) return refused("an alias", alias);
  if (!is_number(alias) && alias != kLatest) return {};
  return Error{Code::kInvalidArgument, cat("'", alias, "' cannot be an alias"),
               "numbers are versions, and latest is the highest of them"};
}

std::optional<uint64_t> ModelReference::version() const {
  const auto number = is_number(at) ? parse_integer(at) : std::nullopt;
  if (!number || *number < 1) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

Result<ModelReference> ModelReference::parse(std::string_view text) {
  ModelReference reference;
  const size_t mark = text.find('@');
  reference.name = text.substr(0, mark);
  SKYMILL_TRY(check_model_name(reference.name));
  if (mark == std::string_view::npos) return reference;
  reference.at = text.substr(mark + 1);
  if (reference.version() || reference.at == kLatest) return reference;
  SKYMILL_TRY(check_alias(reference.at));
  return reference;
}

bool is_model_reference(std::string_view text) {
  return text.find('@') != std::string_view::npos && text.find('/') == std::string_view::npos;
}

}  // namespace skymill
