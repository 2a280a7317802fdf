// Writes an object behind HTTP: a small one in one request, a larger one in parts that are joined
// at the end. Dialects say how a part is sent and what joins them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/rest_store.h"

namespace skymill {

struct RestWriterOptions {
  std::string key;
  WriteMode mode = WriteMode::kReplace;
  std::string id_header;       // carries the write's id with the object; see RestStore::made_by
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
  /// The request that makes a small object, or joins the parts; `body` outlives it.
  virtual RestCall whole_call(std::string_view body) const = 0;
  virtual std::string join_body() const = 0;
  virtual RestCall join_call(std::string_view body) const = 0;
  virtual bool made(const HttpResponse& answer) const = 0;

  const RestStore& store() const { return *store_; }
  const std::string& key() const { return options_.key; }
  const std::string& id() const { return id_; }
  const std::vector<std::string>& parts() const { return parts_; }
  bool committed() const { return committed_; }

 private:
  size_t part_bytes() const;
  Result<void> flush_part();
  Result<void> finish(RestCall call);

  std::shared_ptr<const RestStore> store_;
  RestWriterOptions options_;
  std::string id_ = new_write_id();
  std::string pending_;
  std::vector<std::string> parts_;
  bool committed_ = false;
};

}  // namespace skymill
