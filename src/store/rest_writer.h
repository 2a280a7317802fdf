// Writes an object behind HTTP: a small one in one request, a larger one in parts that are joined
// at the end. Dialects say how each of these is sent.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/rest_store.h"

namespace skymill {

struct RestWriterOptions {
  std::string key;
  WriteMode mode = WriteMode::kReplace;
  size_t parts_of_a_size = 1;  // then parts double, so that the most that are allowed hold enough
};

class RestWriter : public ObjectWriter {
 public:
  Result<void> append(std::string_view bytes) final;
  Result<void> commit() final;

 protected:
  RestWriter(std::shared_ptr<const RestStore> store, RestWriterOptions options)
      : store_(std::move(store)), options_(std::move(options)) {}

  /// Sends the next part; returns what names it when they are joined.
  virtual Result<std::string> send_part(std::string_view bytes) = 0;
  /// Sends the whole of a small object, which becomes visible, on condition that none is there when
  /// it is to be created.
  virtual Result<HttpResponse> send_whole(std::string_view bytes) = 0;
  /// Makes the parts and pending() visible as one object, on the same condition.
  virtual Result<HttpResponse> send_join() = 0;
  virtual bool made(const HttpResponse& answer) const = 0;

  /// Sends pending() as a part, if it is not empty.
  Result<void> flush_part();
  /// Sends a call that becomes visible, on the condition as a header.
  Result<HttpResponse> send_last(RestCall call) const;
  /// The error of an answer that is no success; `bucket`: it was about the bucket. May ask the
  /// store what is there.
  virtual Error failure(const HttpResponse& answer, bool bucket) const;

  const RestStore& store() const { return *store_; }
  const std::string& key() const { return options_.key; }
  const std::string& id() const { return id_; }
  const std::string& pending() const { return pending_; }
  const std::vector<std::string>& parts() const { return parts_; }
  bool create() const { return options_.mode == WriteMode::kCreate; }
  bool committed() const { return committed_; }

 private:
  size_t part_bytes() const;
  bool is_conflict(const HttpResponse& answer) const;
  Error conflict(const Result<std::optional<std::string>>& there) const;

  std::shared_ptr<const RestStore> store_;
  RestWriterOptions options_;
  std::string id_ = new_write_id();
  std::string pending_;
  std::vector<std::string> parts_;
  bool committed_ = false;
};

}  // namespace skymill
