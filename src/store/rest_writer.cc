#include "store/rest_writer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace skymill {
namespace {

/// A creation that conflicts with nothing that is there is tried again, after growing pauses.
constexpr unsigned kMostConflicts = 4;
constexpr auto kFirstPause = std::chrono::milliseconds(50);

/// What all parts that are on their way may hold, so that many writers at once, or writers of very
/// large parts, need no more memory: four of the first size.
constexpr size_t kMostBytesOnTheirWay = 32 << 20;

/// Room for a part that is on its way.
class Room {
 public:
  /// Null when there is none.
  static std::unique_ptr<Room> take(size_t bytes) {
    auto room = std::make_unique<Room>(bytes);
    return taken <= kMostBytesOnTheirWay ? std::move(room) : nullptr;
  }
  explicit Room(size_t bytes) : bytes_(bytes) { taken += bytes; }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { taken -= bytes_; }

 private:
  static std::atomic<size_t> taken;
  size_t bytes_;
};

std::atomic<size_t> Room::taken = 0;

}  // namespace

RestWriter::~RestWriter() { SKYMILL_CHECK(on_their_way_.empty()); }

size_t RestWriter::part_bytes() const {
  constexpr size_t kFirstBytes = 8 << 20;
  return kFirstBytes << std::min<size_t>(9, part_count() / options_.parts_of_a_size);
}

Result<void> RestWriter::append(std::string_view bytes) {
  SKYMILL_TRY(outcome_);
  while (!bytes.empty()) {
    const size_t taken = std::min(bytes.size(), part_bytes() - pending_.size());
    pending_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    if (pending_.size() == part_bytes()) SKYMILL_TRY(flush_part());
  }
  return {};
}

Result<void> RestWriter::flush_part() {
  if (part_count() == 0) {
    outcome_ = begin();
    SKYMILL_TRY(outcome_);
  }
  SKYMILL_TRY(wait_for_parts(options_.parts_at_once - 1));
  auto room = Room::take(pending_.size());
  // Without room this thread sends it itself, at once; where the system grants no thread, when it
  // is waited for.
  const bool alone = room == nullptr;
  const auto policy = alone ? std::launch::deferred : std::launch::async | std::launch::deferred;
  on_their_way_.push_back(std::async(policy, [this, number = part_count(), room = std::move(room),
                                              bytes = std::exchange(pending_, {})]() mutable {
    // They go as soon as the part is sent, however late it is waited for.
    const std::unique_ptr<Room> its_room = std::move(room);
    const std::string its_bytes = std::move(bytes);
    return send_part(number, its_bytes);
  }));
  if (alone) return wait_for_parts();
  return {};
}

Result<void> RestWriter::wait_for_parts(size_t most) {
  SKYMILL_TRY(outcome_);
  while (on_their_way_.size() > most) {
    auto part = on_their_way_.front().get();
    on_their_way_.pop_front();
    if (!part) {
      outcome_ = part.error();
      drop_parts();
      return outcome_;
    }
    parts_.push_back(std::move(*part));
  }
  return {};
}

Result<void> RestWriter::finish_parts() {
  if (!pending_.empty()) SKYMILL_TRY(flush_part());
  return wait_for_parts();
}

Result<HttpResponse> RestWriter::send_last(RestCall call) const {
  if (create()) call.headers.emplace_back("if-none-match", "*");
  return store_->send(call);
}

Result<void> RestWriter::commit() {
  SKYMILL_TRY(outcome_);
  const bool whole = part_count() == 0;
  for (unsigned conflicts = 0;; ++conflicts) {
    const HttpResponse answer = SKYMILL_TRY(whole ? send_whole(pending_) : send_join());
    committed_ = made(answer);
    if (committed_) return {};
    // An earlier try may have worked although its answer was lost: then the condition fails, or the
    // parts are no longer there. Not all tries are known: curl repeats a request by itself when a
    // kept connection breaks.
    const auto there = store_->write_id_of(key());
    committed_ = there && *there == id_;
    if (committed_) return {};
    // Then it is not known; but a denial says more of a write than of a question.
    if (!there && there.error().code != Code::kPermissionDenied) return there.error();
    if (!is_conflict(answer)) return failure(answer, whole);
    const bool free = there && !there->has_value();
    if (!free || !whole || conflicts == kMostConflicts) return conflict(there);
    std::this_thread::sleep_for(kFirstPause * (1U << conflicts));
  }
}

/// Whether the condition of a creation was not met, or the store could not tell: S3 answers 409
/// while another write or removal is under way.
bool RestWriter::is_conflict(const HttpResponse& answer) const {
  return create() && (answer.status == 412 || answer.status == 409);
}

/// The error of a conflict, from what is there now.
Error RestWriter::conflict(const Result<std::optional<std::string>>& there) const {
  if (!there) return there.error();
  const Place place{.source = store_->where(key())};
  if (*there) {
    return {Code::kAlreadyExists, "the object is already there", "choose another name", place};
  }
  return {Code::kUnavailable, "others write or remove the object at the same time",
          "try again later", place};
}

Error RestWriter::failure(const HttpResponse& answer, bool bucket) const {
  if (is_conflict(answer)) return conflict(store_->write_id_of(key()));
  return bucket ? store_->bucket_error_of(answer, key()) : store_->error_of(answer, key());
}

}  // namespace skymill
