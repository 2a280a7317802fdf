// What a machine of a cloud provider may tell a program on it: as whom it may ask. It is asked only
// when SKYMILL_MACHINE_IDENTITY=1 says so: anywhere else the question goes into the void and takes
// seconds.
#pragma once

#include <string>

#include "base/result.h"

namespace skymill {

bool machine_may_be_asked();

/// http://169.254.169.254, the address that every provider's machines answer on and that leaves
/// none of them, or what `variable` names. Errors: checked_endpoint()'s.
Result<std::string> machine_endpoint(const char* variable);

/// A file's text without the white space around it: of a token that the platform renews. Errors: it
/// cannot be read, is empty or larger than 64 KiB.
Result<std::string> token_file(const std::string& path);

}  // namespace skymill
