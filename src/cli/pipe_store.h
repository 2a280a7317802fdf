// Standard input and output as objects, so that readers and writers need to know only stores.
#pragma once

#include "store/object_store.h"

namespace skymill {

/// All of standard input, read into memory. Errors: more than 4 GiB.
Result<ObjectLocation> standard_input();
/// Writes go to standard output as they come.
ObjectLocation standard_output();

}  // namespace skymill
