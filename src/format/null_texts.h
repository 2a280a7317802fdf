// The spellings of a missing value, looked up once for every field.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace skymill {

class NullTexts {
 public:
  explicit NullTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (const std::string& text : texts_) sizes_ |= bit(text.size());
  }

  bool contains(std::string_view text) const {
    if ((sizes_ & bit(text.size())) == 0) [[likely]]
      return false;
    return std::ranges::find(texts_, text) != texts_.end();
  }

 private:
  static uint64_t bit(size_t size) { return 1ULL << std::min<size_t>(size, 63); }

  std::vector<std::string> texts_;
  uint64_t sizes_ = 0;  // bit s: some text has s bytes (63: or more)
};

}  // namespace skymill
