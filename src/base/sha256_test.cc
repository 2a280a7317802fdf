#include "base/sha256.h"

#include <gtest/gtest.h>

#include "base/sha256_blocks.h"

namespace skymill {
namespace {

// The messages of FIPS 180-4's examples, and of NIST's SHA-256 short and long tests.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArrive) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  const std::string whole = sha256_hex(text);
  for (size_t step = 1; step <= 130; ++step) {
    Sha256 hash;
    for (size_t at = 0; at < text.size(); at += step) {
      hash.update(std::string_view(text).substr(at, step));
    }
    ASSERT_EQ(hash.finish(), whole) << step;
  }
}

TEST(Sha256, IsTheSameWithAndWithoutInstructions) {
  if (!sha256_instructions()) GTEST_SKIP() << "this processor has none";
  std::string bytes;
  for (uint32_t i = 0; i < 64 * 50; ++i) bytes += static_cast<char>(i * i * 2654435761U >> 24);
  const auto* blocks = reinterpret_cast<const unsigned char*>(bytes.data());
  for (size_t count = 0; count <= 49; ++count) {
    Sha256State plain = {1, 2, 3, 0xFFFFFFFF, 5, 6, 0x80000000, 8};
    Sha256State fast = plain;
    sha256_plain(plain, blocks + count % 3, count);
    sha256_fast(fast, blocks + count % 3, count);
    ASSERT_EQ(plain, fast) << count;
  }
}

TEST(Sha256, DiffersForEveryLengthAroundABlock) {
  for (size_t size = 50; size < 140; ++size) {
    EXPECT_NE(sha256_hex(std::string(size, '\0')), sha256_hex(std::string(size + 1, '\0')));
  }
}

}  // namespace
}  // namespace skymill
