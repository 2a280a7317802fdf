// Watch: a thread beside a running query that hands on its progress and stops it when its caller
// no longer wants it. DuckDB itself has neither a time limit nor a way to ask.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/cancel.h"
#include "engine/embedded/duck.h"

namespace skymill {

class Watch {
 public:
  /// Without cancel and progress there is nothing to watch and no thread. The connection must
  /// outlive the object.
  Watch(duckdb_connection connection, const Cancel* cancel,
        const std::function<void(double share)>& progress);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

 private:
  void run();

  duckdb_connection connection_;
  const Cancel* cancel_;
  std::function<void(double share)> progress_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace skymill
