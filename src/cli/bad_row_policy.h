// --bad-rows fail|skip|FILE: what becomes of rows whose text cannot become values.
#pragma once

#include <string>

#include "cli/console.h"
#include "engine/engine.h"

namespace skymill {

class BadRowPolicy {
 public:
  /// Errors: no word of it, and no file name whose suffix says a format.
  static Result<BadRowPolicy> parse(const std::string& text);

  /// Empty: they are not written.
  const std::string& file() const { return file_; }
  EngineOptions engine_options() const;
  /// Tells how many rows the engine left out and writes them to the file, if there is one: source,
  /// line, column, reason, text.
  Result<void> report(const Engine& engine, Console& console) const;

 private:
  bool skip_ = false;
  std::string file_ = {};
};

}  // namespace skymill
