// Writes an object behind HTTP: a small one in one request, a larger one in parts that are joined
// at the end. Dialects say how each of these is sent. Parts are sent, and hashed, by threads of
// their own while the next one is filled.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "store/rest_store.h"

namespace skymill {

struct RestWriterOptions {
  std::string key;
  WriteMode mode = WriteMode::kReplace;
  size_t parts_of_a_size = 1;  // then parts double, so that the most that are allowed hold enough
  size_t parts_at_once = 4;    // fewer when other writers of the process have parts on their way
};

/// Memory: a part that is filled and those that are on their way. After an error every call fails
/// with it.
class RestWriter : public ObjectWriter {
 public:
  RestWriter(const RestWriter&) = delete;
  RestWriter& operator=(const RestWriter&) = delete;
  ~RestWriter() override;
  Result<void> append(std::string_view bytes) final;
  Result<void> commit() final;

 protected:
  RestWriter(std::shared_ptr<const RestStore> store, RestWriterOptions options)
      : store_(std::move(store)), options_(std::move(options)) {}

  /// Comes before the first part.
  virtual Result<void> begin() { return {}; }
  /// Sends a part, counted from 0; returns what names it when they are joined. Called on any thread
  /// and for parts_at_once at a time.
  virtual Result<std::string> send_part(size_t number, std::string_view bytes) = 0;
  /// Sends the whole of a small object, which becomes visible, on condition that none is there when
  /// it is to be created.
  virtual Result<HttpResponse> send_whole(std::string_view bytes) = 0;
  /// Makes all parts and pending() visible as one object, on the same condition. Calls
  /// wait_for_parts() or finish_parts() first.
  virtual Result<HttpResponse> send_join() = 0;
  virtual bool made(const HttpResponse& answer) const = 0;

  /// Waits until at most so many parts are on their way; the first error wins.
  Result<void> wait_for_parts(size_t most = 0);
  /// Sends pending() as the last part, if it is not empty, and waits for all.
  Result<void> finish_parts();
  /// Waits for what is on its way and forgets it: the first thing that a dialect's destructor does,
  /// as send_part is the dialect's.
  void drop_parts() { on_their_way_.clear(); }
  /// Sends a call that becomes visible, on the condition as a header.
  Result<HttpResponse> send_last(RestCall call) const;
  /// The error of an answer that is no success; `bucket`: it was about the bucket. May ask the
  /// store what is there.
  virtual Error failure(const HttpResponse& answer, bool bucket) const;

  const RestStore& store() const { return *store_; }
  const std::string& key() const { return options_.key; }
  const std::string& id() const { return id_; }
  const std::string& pending() const { return pending_; }
  /// The names of the parts, in order.
  const std::vector<std::string>& parts() const { return parts_; }
  bool create() const { return options_.mode == WriteMode::kCreate; }
  bool committed() const { return committed_; }

 private:
  size_t part_count() const { return parts_.size() + on_their_way_.size(); }
  size_t part_bytes() const;
  Result<void> flush_part();
  bool is_conflict(const HttpResponse& answer) const;
  Error conflict(const Result<std::optional<std::string>>& there) const;

  std::shared_ptr<const RestStore> store_;
  RestWriterOptions options_;
  std::string id_ = new_write_id();
  std::string pending_;
  std::vector<std::string> parts_;  // that have arrived
  std::deque<std::future<Result<std::string>>> on_their_way_;
  Result<void> outcome_;
  bool committed_ = false;
};

}  // namespace skymill
