// For tests: a store whose n-th request fails, before it is made or after it worked.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/object_store.h"

namespace skymill {

/// Passes everything on to another store.
class FailingStore final : public ObjectStore, public std::enable_shared_from_this<FailingStore> {
 public:
  enum class Mode : uint8_t { kRefuse, kLoseAnswer };

  explicit FailingStore(std::shared_ptr<ObjectStore> store) : store_(std::move(store)) {}

  /// The request `number` from now on, counted from 1, fails.
  void fail(int number, Mode mode) {
    left_ = number;
    mode_ = mode;
  }
  bool failed() const { return left_ <= 0; }

  std::string where(const std::string& key) const override { return store_->where(key); }
  Result<ObjectInfo> stat(const std::string& key) override {
    return request(key, [&] { return store_->stat(key); });
  }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override {
    return request(prefix, [&] { return store_->list(prefix); });
  }
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) override {
    return request(key, [&] { return store_->read(key, offset, length, etag); });
  }
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override {
    return std::make_unique<Writer>(shared_from_this(), key, SKYMILL_TRY(store_->write(key, mode)));
  }
  Result<void> remove(const std::string& key) override {
    return request(key, [&] { return store_->remove(key); });
  }

 private:
  class Writer final : public ObjectWriter {
   public:
    Writer(std::shared_ptr<FailingStore> store, std::string key,
           std::unique_ptr<ObjectWriter> writer)
        : store_(std::move(store)), key_(std::move(key)), writer_(std::move(writer)) {}
    Result<void> append(std::string_view bytes) override { return writer_->append(bytes); }
    Result<void> commit() override {
      return store_->request(key_, [&] { return writer_->commit(); });
    }

   private:
    std::shared_ptr<FailingStore> store_;
    std::string key_;
    std::unique_ptr<ObjectWriter> writer_;
  };

  template <typename Make>
  auto request(const std::string& key, Make make) -> decltype(make()) {
    const bool fails = --left_ == 0;
    const Error failure{Code::kUnavailable, "the test breaks the connection", "", {where(key)}};
    if (fails && mode_ == Mode::kRefuse) return failure;
    auto answer = make();
    if (fails) return failure;
    return answer;
  }

  std::shared_ptr<ObjectStore> store_;
  std::atomic<int> left_ = 1 << 30;
  Mode mode_ = Mode::kRefuse;
};

}  // namespace skymill
