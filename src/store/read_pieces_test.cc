#include "store/read_pieces.h"

#include <gtest/gtest.h>

#include "store/memory_store.h"

namespace skymill {
namespace {

std::string bytes_of(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + i / 4096);
  return out;
}

TEST(ReadPieces, GivesEveryByteInOrder) {
  const auto store = memory_store("pieces");
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{4} << 20, (size_t{4} << 20) + 1, (size_t{33} << 20) + 5}) {
    ASSERT_TRUE(write_object(*store, "k", bytes_of(size)));
    std::string read;
    const auto done =
        read_pieces(*store, "k", Cancel(), [&](std::string_view piece) -> Result<void> {
          read += piece;
          return {};
        });
    ASSERT_TRUE(done);
    EXPECT_EQ(*done, size);
    EXPECT_EQ(read, bytes_of(size));
  }
}

TEST(ReadPieces, EndsWithAnObjectThatChanges) {
  const auto store = memory_store("pieces");
  ASSERT_TRUE(write_object(*store, "k", bytes_of(size_t{40} << 20)));
  size_t taken = 0;
  const auto done = read_pieces(*store, "k", Cancel(), [&](std::string_view) -> Result<void> {
    if (++taken == 2) return write_object(*store, "k", bytes_of(size_t{40} << 20));
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().text(), object_changed(store->where("k")).text());
  EXPECT_LT(taken, 10U);
}

TEST(ReadPieces, EndsWithItsTakerAndWhenCancelled) {
  const auto store = memory_store("pieces");
  ASSERT_TRUE(write_object(*store, "k", bytes_of(size_t{40} << 20)));
  const auto refused = read_pieces(*store, "k", Cancel(), [](std::string_view) -> Result<void> {
    return Error{Code::kGateFailed, "no"};
  });
  EXPECT_EQ(refused.error().code, Code::kGateFailed);
  Cancel cancel;
  const auto cancelled = read_pieces(*store, "k", cancel, [&](std::string_view) -> Result<void> {
    cancel.request();
    return {};
  });
  EXPECT_EQ(cancelled.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace skymill
