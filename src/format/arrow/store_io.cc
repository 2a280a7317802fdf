#include "format/arrow/store_io.h"

#include <arrow/buffer.h>

#include <cstring>

namespace skymill {

// ---- Input ----

arrow::Status StoreInput::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Status StoreInput::Seek(int64_t position) {
  if (position < 0) return arrow::Status::Invalid("a negative position");
  position_ = position;
  return arrow::Status::OK();
}

arrow::Result<std::string> StoreInput::read_range(int64_t position, int64_t count) {
  if (position < 0 || count < 0) return arrow::Status::Invalid("a negative range");
  auto bytes = location_.store->read(location_.key, static_cast<uint64_t>(position),
                                     static_cast<uint64_t>(count), object_.etag);
  if (bytes) return std::move(*bytes);
  const std::lock_guard lock(mutex_);
  failure_ = bytes.error();
  return arrow::Status::IOError(failure_->text());
}

arrow::Result<int64_t> StoreInput::ReadAt(int64_t position, int64_t count, void* out) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, read_range(position, count));
  std::memcpy(out, bytes.data(), bytes.size());
  return static_cast<int64_t>(bytes.size());
}

arrow::Result<std::shared_ptr<arrow::Buffer>> StoreInput::ReadAt(int64_t position, int64_t count) {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, read_range(position, count));
  return arrow::Buffer::FromString(std::move(bytes));
}

arrow::Result<int64_t> StoreInput::Read(int64_t count, void* out) {
  ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, count, out));
  position_ += read;
  return read;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> StoreInput::Read(int64_t count) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, count));
  position_ += buffer->size();
  return buffer;
}

std::optional<Error> StoreInput::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

// ---- Output ----

arrow::Status StoreOutput::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Status StoreOutput::Write(const void* data, int64_t count) {
  const auto done = object_->append({static_cast<const char*>(data), static_cast<size_t>(count)});
  if (!done) {
    failure_ = done.error();
    return arrow::Status::IOError(failure_->text());
  }
  position_ += count;
  return arrow::Status::OK();
}

Error arrow_error(const arrow::Status& status, const std::string& source) {
  Error error{Code::kInternal, status.message(), {}, {.source = source}};
  if (status.IsOutOfMemory()) {
    error.code = Code::kResourceExhausted;
  } else if (status.IsNotImplemented()) {
    error.code = Code::kUnsupported;
  } else if (status.IsInvalid() || status.IsIOError() || status.IsSerializationError()) {
    error.code = Code::kCorruptData;
    error.hint = "check that it is a whole file of this format";
  }
  return error;
}

}  // namespace skymill
