#include "store/rest_writer.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace skymill {
namespace {

/// A creation that conflicts with nothing that is there is tried again, after growing pauses.
constexpr unsigned kMostConflicts = 4;
constexpr auto kFirstPause = std::chrono::milliseconds(50);

}  // namespace

size_t RestWriter::part_bytes() const {
  constexpr size_t kFirstBytes = 8 << 20;
  return kFirstBytes << std::min<size_t>(9, parts_.size() / options_.parts_of_a_size);
}

Result<void> RestWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t taken = std::min(bytes.size(), part_bytes() - pending_.size());
    pending_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    if (pending_.size() == part_bytes()) SKYMILL_TRY(flush_part());
  }
  return {};
}

Result<void> RestWriter::flush_part() {
  if (pending_.empty()) return {};
  parts_.push_back(SKYMILL_TRY(send_part(pending_)));
  pending_.clear();
  return {};
}

Result<HttpResponse> RestWriter::send_last(RestCall call) const {
  if (create()) call.headers.emplace_back("if-none-match", "*");
  return store_->send(call);
}

Result<void> RestWriter::commit() {
  const bool whole = parts_.empty();
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
