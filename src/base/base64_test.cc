#include "base/base64.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace skymill {
namespace {

TEST(Base64, IsThatOfRfc4648) {
  static constexpr std::array<std::pair<const char*, const char*>, 7> kVectors = {
      {{"", ""},
       {"f", "Zg=="},
       {"fo", "Zm8="},
       {"foo", "Zm9v"},
       {"foob", "Zm9vYg=="},
       {"fooba", "Zm9vYmE="},
       {"foobar", "Zm9vYmFy"}}};
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(base64_text(bytes), text);
    EXPECT_EQ(base64_bytes(text), bytes);
  }
  EXPECT_EQ(base64_text("\xff\xfe\xfb"), "//77");
  EXPECT_EQ(base64_bytes("//77"), "\xff\xfe\xfb");
}

TEST(Base64, RefusesOtherTexts) {
  for (const char* text : {"Z", "Zg", "Zg=", "Z===", "Zm9v=", "Zm9*", "=Zg="}) {
    EXPECT_FALSE(base64_bytes(text)) << text;
  }
}

}  // namespace
}  // namespace skymill
