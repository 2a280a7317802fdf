// The one way from a text to a typed value. The CSV reader, command-line values and every other
// reader of text come through here, so that a text means the same everywhere.
#pragma once

#include <optional>
#include <string_view>

#include "table/column.h"

namespace skymill {

/// Appends the value that `text` spells in the builder's type; false, with nothing appended, when
/// it spells none. What is accepted gives the value that the embedded engine's CSV reader gives
/// under the same type; some of what that reader accepts is refused, because it loses something or
/// is a likely mistake:
///   boolean    true false t f yes no y n 1 0, in any case
///   integer    decimal; also 16.0 and 1e3, as no value is lost; not 16.5, 0x10, 1_000
///   number     decimal, correctly rounded; no infinity, NaN or overflow
///   float      the same, rounded once, to the nearest float
///   text       valid UTF-8
///   date       2026-11-24
///   timestamp  2026-11-24, 2026-11-24 08:05[:00[.25]] with ' ' or 'T' and an optional zone, which
///              is applied (the engine does so for TIMESTAMP WITH TIME ZONE, and drops the zone for
///              a plain TIMESTAMP)
/// Blanks around numbers, dates and timestamps are ignored. Missing values are the caller's matter.
/// Precondition for text: the column stays within 2 GiB.
bool append_value(ColumnBuilder& builder, std::string_view text);

/// Why append_value refused `text`: kSchemaMismatch (kCorruptData for invalid UTF-8) with a message
/// that quotes it, shortened, and a way out. The caller adds the place.
Error refused_value(Type type, std::string_view text);

/// The values behind append_value.
std::optional<bool> boolean_of(std::string_view text);
std::optional<int64_t> integer_of(std::string_view text);
std::optional<double> number_of(std::string_view text);
std::optional<double> float_of(std::string_view text);

/// `value` rounded to the nearest float, or nothing when it is too large for one.
std::optional<double> round_to_float(double value);
/// `value` as an integer, or nothing when it has a fraction or does not fit 64 bits.
std::optional<int64_t> exact_integer(double value);

/// `text` in quotes for a message: at most 40 bytes of it, without control characters.
std::string quote_text(std::string_view text);

}  // namespace skymill
