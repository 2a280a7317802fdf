// Ctrl-C, SIGTERM and a closed terminal: the first asks the work to stop, the second ends the
// process.
#pragma once

#include "base/cancel.h"

namespace skymill {

/// The program's one Cancel, connected to the signals on the first call.
Cancel& interrupt();

}  // namespace skymill
