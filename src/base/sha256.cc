#include "base/sha256.h"

#include <algorithm>
#include <cstring>

#include "base/sha256_blocks.h"

namespace skymill {

void Sha256::compress(const unsigned char* blocks, size_t count) {
  static const bool kFast = sha256_instructions();
  if (kFast) return sha256_fast(state_, blocks, count);
  sha256_plain(state_, blocks, count);
}

void Sha256::update(std::string_view bytes) {
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (pending_size_ == 0 && bytes.size() >= 64) {
      const size_t count = bytes.size() / 64;
      compress(reinterpret_cast<const unsigned char*>(bytes.data()), count);
      bytes.remove_prefix(64 * count);
      continue;
    }
    const size_t taken = std::min(bytes.size(), 64 - pending_size_);
    std::memcpy(pending_.data() + pending_size_, bytes.data(), taken);
    pending_size_ += taken;
    bytes.remove_prefix(taken);
    if (pending_size_ == 64) {
      compress(pending_.data(), 1);
      pending_size_ = 0;
    }
  }
}

std::string Sha256::finish_bytes() {
  const uint64_t bits = total_ * 8;
  std::string padding(1, '\x80');
  padding.resize(1 + (119 - total_ % 64) % 64, '\0');
  for (int shift = 56; shift >= 0; shift -= 8) padding += static_cast<char>(bits >> shift & 0xFF);
  update(padding);
  std::string out;
  for (const uint32_t word : state_) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(word >> shift & 0xFF);
  }
  return out;
}

std::string Sha256::finish() { return hex_text(finish_bytes()); }

std::string hex_text(std::string_view bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  constexpr size_t kBlock = 64;
  std::string block(key);
  if (block.size() > kBlock) {
    Sha256 hash;
    hash.update(key);
    block = hash.finish_bytes();
  }
  block.resize(kBlock, '\0');
  const auto hashed = [&block](char pad, std::string_view text) {
    std::string padded = block;
    for (char& c : padded) c = static_cast<char>(c ^ pad);
    Sha256 hash;
    hash.update(padded);
    hash.update(text);
    return hash.finish_bytes();
  };
  return hashed('\x5c', hashed('\x36', bytes));
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace skymill
