// Texts of which it is certain, without asking DuckDB, that it reads them as a value of a type, and
// that the value is the one that was written. Narrower than what it reads: others may be values
// too.
#pragma once

#include <string_view>

#include "table/schema.h"

namespace skymill {

/// All integers of so many digits fit 64 bits.
inline constexpr size_t kPlainIntegerDigits = 18;
/// A number of so many characters without an exponent is finite, also as a float.
inline constexpr size_t kPlainNumberLength = 32;

bool is_plain_value(Type type, std::string_view text);

/// Whether a plain number is surely no integer, also after its conversion to double.
bool has_fraction(std::string_view number);

}  // namespace skymill
