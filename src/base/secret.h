// Secret: a text that must not reach an output. It has no conversion and no stream operator, so
// that using it is a word one can search for.
#pragma once

#include <string>
#include <utility>

namespace skymill {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

}  // namespace skymill
