// The URL of a server that users name for a store.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace skymill {

/// Whether a host (with or without a port) is this machine's own loopback.
bool is_this_machine(std::string_view host);

/// Whether it can stand in a URL as host or host:port: '#', '/' or '@' in it would send requests
/// elsewhere.
bool is_plain_authority(std::string_view authority);

/// The URL without a '/' at its end and without its scheme's usual port, which clients leave out of
/// the Host header that is signed. Empty stays empty. Errors: no http or https URL, or http to
/// another machine, which would show data and signatures to everyone between.
Result<std::string> checked_endpoint(std::string url);

}  // namespace skymill
