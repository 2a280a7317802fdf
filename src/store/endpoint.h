// The URL of a server that users name for a store.
#pragma once

#include <string>

#include "base/result.h"

namespace skymill {

/// The URL without a '/' at its end and without its scheme's usual port, which clients leave out of
/// the Host header that is signed. Empty stays empty. Errors: no http or https URL, or http to
/// another machine, which would show data and signatures to everyone between.
Result<std::string> checked_endpoint(std::string url);

}  // namespace skymill
