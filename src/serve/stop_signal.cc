#include "serve/stop_signal.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/text.h"

namespace skymill {
namespace {

constexpr std::array<int, 2> kSignals = {SIGTERM, SIGINT};

std::atomic<int> write_end = -1;

void on_signal(int number) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  // The pipe is empty: this cannot block, and a failure has nobody to be told to.
  [[maybe_unused]] const auto written = write(write_end.load(), &byte, 1);
  errno = saved;
}

}  // namespace

Result<std::unique_ptr<StopSignal>> StopSignal::install() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error{Code::kResourceExhausted,
                 cat("cannot make a pipe: ", std::strerror(errno)),
                 "raise the limit of open files (ulimit -n)",
                 {}};
  }
  write_end = ends[1];
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  for (const int number : kSignals) sigaction(number, &action, nullptr);
  return std::unique_ptr<StopSignal>(new StopSignal(ends[0]));
}

StopSignal::~StopSignal() {
  for (const int number : kSignals) std::signal(number, SIG_DFL);
  close(write_end.exchange(-1));
  close(read_end_);
}

int StopSignal::wait() const {
  unsigned char byte = 0;
  while (read(read_end_, &byte, 1) < 0 && errno == EINTR) {
  }
  return byte;
}

}  // namespace skymill
