// Values appended to a text buffer, as the CSV and JSON writers need them: value_text and
// value_json of table/column.h without an allocation for each value.
#pragma once

#include <string>

#include "table/column.h"

namespace skymill {

/// Appends the text that value_text gives for a present value that is no text.
void append_plain_value(std::string& out, const ColumnView& column, size_t row);

}  // namespace skymill
