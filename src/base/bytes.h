// Bytes, and a bounds-checked little-endian writer and reader over them: the wire form of states,
// transforms, parameters and plans.
#pragma once

#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace skymill {

static_assert(std::endian::native == std::endian::little, "the wire form is little-endian");

/// A byte string. std::string carries it, so that it hashes, compares and concatenates.
using Bytes = std::string;

template <typename T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// Appends to a Bytes owned by the caller.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  template <Plain T>
  void put(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(std::string_view text) {
    put(static_cast<uint64_t>(text.size()));
    out_.append(text);
  }
  template <Plain T>
  void put_array(std::span<const T> values) {
    put(static_cast<uint64_t>(values.size()));
    if (!values.empty()) {
      out_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    }
  }
  template <Plain T>
  void put_array(const std::vector<T>& values) {
    put_array(std::span<const T>(values));
  }

 private:
  Bytes& out_;
};

/// Reads what ByteWriter wrote. Every read is checked; a failed one leaves the reader unusable.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  size_t remaining() const { return rest_.size(); }

  template <Plain T>
  Result<T> get() {
    if (rest_.size() < sizeof(T)) return truncated(sizeof(T));
    T value;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  Result<std::string> get_text() {
    const uint64_t size = SKYMILL_TRY(get<uint64_t>());
    if (size > rest_.size()) return truncated(size);
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }
  template <Plain T>
  Result<std::vector<T>> get_array() {
    const uint64_t size = SKYMILL_TRY(get<uint64_t>());
    if (size > rest_.size() / sizeof(T)) return truncated(size);
    std::vector<T> values(size);
    if (size != 0) std::memcpy(values.data(), rest_.data(), size * sizeof(T));
    rest_.remove_prefix(size * sizeof(T));
    return values;
  }
  /// A count of things that take at least `smallest` bytes each: refuses one that cannot fit, so
  /// that a damaged count never becomes a large allocation.
  Result<uint64_t> get_count(size_t smallest) {
    const uint64_t count = SKYMILL_TRY(get<uint64_t>());
    if (count > rest_.size() / smallest) return truncated(count);
    return count;
  }
  Result<void> finish() const {
    if (!rest_.empty()) return Error{Code::kCorruptData, "bytes are left over after the end"};
    return {};
  }

 private:
  Error truncated(uint64_t wanted) const {
    return {Code::kCorruptData, "bytes end early: " + std::to_string(wanted) + " wanted, " +
                                    std::to_string(rest_.size()) + " left"};
  }

  std::string_view rest_;
};

}  // namespace skymill
