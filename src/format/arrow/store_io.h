// Objects of a store as Arrow's files, and Arrow's failures as our errors.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <mutex>
#include <optional>

#include "store/object_store.h"

namespace skymill {

/// Reads ranges of the object that a stat told of. Thread-safe in ReadAt.
class StoreInput final : public arrow::io::RandomAccessFile {
 public:
  StoreInput(ObjectLocation location, ObjectInfo object)
      : location_(std::move(location)), object_(std::move(object)) {}

  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override;
  arrow::Result<int64_t> GetSize() override { return static_cast<int64_t>(object_.size); }
  arrow::Result<int64_t> Read(int64_t count, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override;
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t count, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override;

  /// The store's error behind Arrow's, if there was one.
  std::optional<Error> failure();

 private:
  arrow::Result<std::string> read_range(int64_t position, int64_t count);

  ObjectLocation location_;
  ObjectInfo object_;
  int64_t position_ = 0;
  bool closed_ = false;
  std::mutex mutex_;
  std::optional<Error> failure_;
};

/// Appends to an object, which its owner commits.
class StoreOutput final : public arrow::io::OutputStream {
 public:
  explicit StoreOutput(std::unique_ptr<ObjectWriter> object) : object_(std::move(object)) {}

  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Write(const void* data, int64_t count) override;

  Result<void> commit() { return object_->commit(); }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  std::unique_ptr<ObjectWriter> object_;
  int64_t position_ = 0;
  bool closed_ = false;
  std::optional<Error> failure_;
};

/// An error for Arrow's status: kCorruptData for what is wrong with the file.
Error arrow_error(const arrow::Status& status, const std::string& source);

}  // namespace skymill
