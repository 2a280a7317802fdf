// A folder for this process alone, for spilled rows and fetched files.
#pragma once

#include <string>

#include "base/result.h"

namespace skymill {

/// Makes <parent>/skymill-<purpose>-XXXXXX, which others may not read; `parent` empty: the system's
/// temporary folder. The caller removes it.
Result<std::string> make_private_folder(const std::string& parent, const std::string& purpose);

}  // namespace skymill
