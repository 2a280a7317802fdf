// What tests of parsers share: how many random inputs to try.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace skymill {

/// SKYMILL_MUTATIONS, or `usual` where that is not set.
inline uint64_t mutations(uint64_t usual) {
  const char* wanted = std::getenv("SKYMILL_MUTATIONS");
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

}  // namespace skymill
