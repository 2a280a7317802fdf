#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace skymill {
namespace {

Cancel& cancel() {
  static Cancel the_cancel;
  return the_cancel;
}

extern "C" void on_signal(int) {
  if (cancel().requested()) _exit(130);
  cancel().request();
}

}  // namespace

Cancel& interrupt() {
  static const bool kConnected = [] {
    cancel();  // made before a handler could run
    struct sigaction action = {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGHUP, &action, nullptr);
    return true;
  }();
  (void)kConnected;
  return cancel();
}

}  // namespace skymill
