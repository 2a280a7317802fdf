#include "base/bytes.h"

#include <gtest/gtest.h>

namespace skymill {
namespace {

Bytes some_bytes() {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.put(uint32_t{7});
  writer.put(-2.5);
  writer.put_text("text");
  writer.put_array(std::vector<uint64_t>{1, 2, 3});
  writer.put_array(std::vector<double>{});
  return bytes;
}

Result<void> read_all(std::string_view bytes) {
  ByteReader reader(bytes);
  EXPECT_EQ(SKYMILL_TRY(reader.get<uint32_t>()), 7U);
  EXPECT_EQ(SKYMILL_TRY(reader.get<double>()), -2.5);
  EXPECT_EQ(SKYMILL_TRY(reader.get_text()), "text");
  EXPECT_EQ(SKYMILL_TRY(reader.get_array<uint64_t>()), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_TRUE(SKYMILL_TRY(reader.get_array<double>()).empty());
  return reader.finish();
}

TEST(ByteReader, ReadsWhatByteWriterWrote) { EXPECT_TRUE(read_all(some_bytes()).has_value()); }

TEST(ByteReader, RefusesEveryTruncationAndEveryExtension) {
  const Bytes bytes = some_bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto read = read_all(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(read.has_value()) << size;
    EXPECT_EQ(read.error().code, Code::kCorruptData);
  }
  EXPECT_FALSE(read_all(bytes + '\0').has_value());
}

TEST(ByteReader, RefusesCountsThatCannotFitBeforeAllocating) {
  Bytes bytes;
  ByteWriter(bytes).put(~uint64_t{0});
  EXPECT_FALSE(ByteReader(bytes).get_text().has_value());
  EXPECT_FALSE(ByteReader(bytes).get_array<double>().has_value());
  EXPECT_FALSE(ByteReader(bytes).get_count(1).has_value());
}

}  // namespace
}  // namespace skymill
