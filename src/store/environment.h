// The environment that stores' settings come from.
#pragma once

#include <string>

namespace skymill {

/// A variable's value; empty when it is not set.
std::string environment(const char* name);

}  // namespace skymill
