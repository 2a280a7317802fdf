// --bad-rows fail|skip|FILE: what becomes of rows whose text cannot become values.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "engine/engine.h"

namespace skymill {

class BadRowPolicy {
 public:
  /// Errors: no word of it, and no file name whose suffix says a format.
  static Result<BadRowPolicy> parse(const std::string& text);

  EngineOptions engine_options() const;
  /// Writes them to the file, if there is one: source, line, column, reason, text. Notes how many,
  /// and warns when not all of them were described.
  Result<void> write(const std::vector<BadRow>& rows, uint64_t count, Console& console) const;

 private:
  bool skip_ = false;
  std::string file_ = {};
};

}  // namespace skymill
