#include "cli/progress_bar.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace skymill {

void ProgressBar::update(uint64_t done, uint64_t total) {
  if (!shown_) return;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done) / seconds;
  std::string line = doing_ + " ";
  if (total > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto full = static_cast<size_t>(share * 24);
    line += "[" + std::string(full, '#') + std::string(24 - full, '.') + "] ";
    line += cat(format_short(share * 100, 3), " %, ");
    if (done > 0 && done < total) {
      line += cat(format_short(static_cast<double>(total - done) / rate, 2), " s left, ");
    }
  } else {
    line += cat(grouped(done), " ", unit_, ", ");
  }
  line += cat(format_short(rate, 3), " ", unit_, "/s");
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::clear() {
  const std::lock_guard lock(mutex_);
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace skymill
