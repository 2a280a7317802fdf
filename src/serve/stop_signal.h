// StopSignal: SIGTERM and SIGINT as something a thread can wait for (a self-pipe). For a program's
// main: the library itself handles no signal.
#pragma once

#include <memory>

#include "base/result.h"

namespace skymill {

class StopSignal {
 public:
  /// Takes over both signals; call it before threads start, once at a time. The second signal ends
  /// the program at once, as without a handler.
  static Result<std::unique_ptr<StopSignal>> install();
  /// Gives the signals back.
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Blocks until a signal came; returns its number.
  int wait() const;

 private:
  explicit StopSignal(int read_end) : read_end_(read_end) {}

  int read_end_;
};

}  // namespace skymill
