// How models are named: "gender", "gender@3", "gender@champion".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace skymill {

/// A letter or digit, then letters, digits, '.', '_' and '-', at most 128 of them: such a name is
/// the same in every store.
Result<void> check_model_name(std::string_view name);
/// The same, but no number, which would be a version, and not "latest".
Result<void> check_alias(std::string_view alias);

/// The highest version, whatever the aliases.
inline constexpr std::string_view kLatest = "latest";

struct ModelReference {
  std::string name;
  std::string at = std::string(kLatest);  // a version's number, an alias, or "latest"

  std::string text() const { return name + "@" + at; }
  /// The version, when `at` is a number.
  std::optional<uint64_t> version() const;

  /// "name" or "name@at". Errors: names that check_model_name() and check_alias() refuse.
  static Result<ModelReference> parse(std::string_view text);
};

/// Whether a text that may name a file or a model is "name@at": it has an '@' and no '/', so that
/// "./a@b" is a file.
bool is_model_reference(std::string_view text);

}  // namespace skymill
