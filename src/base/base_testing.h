// What tests of several modules share: how many random inputs to try, and stored references.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace skymill {

/// SKYMILL_MUTATIONS, or `usual` where that is not set.
inline uint64_t mutations(uint64_t usual) {
  const char* wanted = std::getenv("SKYMILL_MUTATIONS");
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

/// A file of tests/reference. Precondition: it is there and it is JSON.
inline Json read_reference(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  auto json = Json::parse(text.str());
  EXPECT_TRUE(json) << path;
  return std::move(json).value();
}

inline std::vector<double> numbers_of(const Json& list) {
  std::vector<double> values;
  for (const Json& item : list.items()) values.push_back(item.as_number());
  return values;
}

inline std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> values;
  for (const Json& item : list.items()) values.push_back(item.as_string());
  return values;
}

}  // namespace skymill
