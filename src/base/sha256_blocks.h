// The two ways to hash blocks of SHA-256: for any processor, and with the instructions that most
// have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace skymill {

using Sha256State = std::array<uint32_t, 8>;

/// Takes `count` blocks of 64 bytes into the state.
void sha256_plain(Sha256State& state, const unsigned char* blocks, size_t count);
/// The same; only where sha256_instructions().
void sha256_fast(Sha256State& state, const unsigned char* blocks, size_t count);
bool sha256_instructions();

}  // namespace skymill
