// A moving window over an object's bytes, read piece by piece, the next piece while this one is
// scanned: what the CSV and JSON scanners share.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace skymill {

class ByteWindow {
 public:
  /// Readable bytes behind end(); the first is a line feed, which stops every scan.
  static constexpr size_t kPadding = 64;

  /// Fills the first piece of the object that a stat told of. Errors: another object by now,
  /// UTF-16. A byte order mark is skipped.
  static Result<ByteWindow> open(const ObjectLocation& location, ObjectInfo object);
  ByteWindow(ByteWindow&&) = default;
  ByteWindow& operator=(ByteWindow&&) = default;

  const char* begin() const { return bytes_.data() + skipped_; }
  const char* end() const { return bytes_.data() + size_; }
  /// Whether end() is the end of the object.
  bool last() const { return offset_ == object_.size; }
  size_t size() const { return size_ - skipped_; }
  const ObjectLocation& location() const { return location_; }

  /// Drops the bytes before `keep`, which becomes begin(), and reads at least as many again as are
  /// kept, so that scanning again from `keep` costs no more than twice the bytes in all. Pointers
  /// into the window become invalid.
  Result<void> refill(const char* keep);

 private:
  ByteWindow(ObjectLocation location, ObjectInfo object);
  Result<std::string> next_bytes(uint64_t at_least);
  void read_ahead();

  ObjectLocation location_;
  ObjectInfo object_;
  uint64_t offset_ = 0;  // of the first byte behind the window
  std::future<Result<std::string>> ahead_;
  std::vector<char> bytes_;
  size_t skipped_ = 0;  // byte order mark
  size_t size_ = 0;     // bytes without the padding
};

}  // namespace skymill
