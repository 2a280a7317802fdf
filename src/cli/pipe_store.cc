#include "cli/pipe_store.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "cli/interrupt.h"
#include "store/stores.h"

namespace skymill {
namespace {

class StandardOutputWriter final : public ObjectWriter {
 public:
  Result<void> append(std::string_view bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return {};
    return Error{Code::kInternal,
                 cat("writing failed: ", std::strerror(errno)),
                 "check the disk or the program that reads it",
                 {.source = "stdout"}};
  }
  Result<void> commit() override { return {}; }
};

/// Only what a writer needs; standard output cannot be listed or read.
class StandardOutput final : public ObjectStore {
 public:
  std::string where(const std::string&) const override { return "stdout"; }
  Result<ObjectInfo> stat(const std::string&) override { return unsupported(); }
  Result<std::vector<ObjectInfo>> list(const std::string&) override { return unsupported(); }
  Result<std::string> read(const std::string&, uint64_t, uint64_t, const std::string&) override {
    return unsupported();
  }
  Result<std::unique_ptr<ObjectWriter>> write(const std::string&, WriteMode) override {
    return std::make_unique<StandardOutputWriter>();
  }
  Result<void> remove(const std::string&) override { return unsupported(); }

 private:
  static Error unsupported() {
    return {Code::kUnsupported, "standard output can only be written", "name a file"};
  }
};

}  // namespace

Result<ObjectLocation> standard_input() {
  constexpr size_t kLimit = size_t{4} << 30;
  std::string all;
  std::string chunk(size_t{1} << 20, '\0');
  while (true) {
    SKYMILL_TRY(interrupt().check());
    // A read that waits would not see a signal that comes just before it.
    pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, 100) < 1) continue;
    const ssize_t got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Error{Code::kInternal,
                   cat("reading failed: ", std::strerror(errno)),
                   "check the program that writes it",
                   {.source = "standard input"}};
    }
    if (got == 0) break;
    if (all.size() + static_cast<size_t>(got) > kLimit) {
      return Error{Code::kResourceExhausted,
                   "more than 4 GiB came in",
                   "write it to a file first",
                   {.source = "standard input"}};
    }
    all.append(chunk.data(), static_cast<size_t>(got));
  }
  ObjectLocation location = SKYMILL_TRY(locate("memory://standard-input/data"));
  SKYMILL_TRY(write_object(*location.store, location.key, all));
  return location;
}

ObjectLocation standard_output() { return {std::make_shared<StandardOutput>(), "stdout"}; }

}  // namespace skymill
