#include "cli/pipe_store.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "cli/interrupt.h"

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

constexpr const char* kInputName = "standard input";

/// What came in, as the one object there is.
class StandardInput final : public ObjectStore {
 public:
  explicit StandardInput(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string where(const std::string&) const override { return kInputName; }
  Result<ObjectInfo> stat(const std::string& key) override {
    return ObjectInfo{.key = key, .size = bytes_.size()};
  }
  Result<std::vector<ObjectInfo>> list(const std::string&) override { return unsupported(); }
  Result<std::string> read(const std::string&, uint64_t offset, uint64_t length,
                           const std::string&) override {
    return offset >= bytes_.size() ? std::string() : bytes_.substr(offset, length);
  }
  Result<std::unique_ptr<ObjectWriter>> write(const std::string&, WriteMode) override {
    return unsupported();
  }
  Result<void> remove(const std::string&) override { return unsupported(); }

 private:
  static Error unsupported() {
    return {Code::kUnsupported, "standard input can only be read", "name a file"};
  }

  std::string bytes_;
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
                   {.source = kInputName}};
    }
    if (got == 0) break;
    if (all.size() + static_cast<size_t>(got) > kLimit) {
      return Error{Code::kResourceExhausted,
                   "more than 4 GiB came in",
                   "write it to a file first",
                   {.source = kInputName}};
    }
    all.append(chunk.data(), static_cast<size_t>(got));
  }
  return ObjectLocation{std::make_shared<StandardInput>(std::move(all)), "-"};
}

ObjectLocation standard_output() { return {std::make_shared<StandardOutput>(), "stdout"}; }

}  // namespace skymill
