#include "store/rest_writer.h"

#include <algorithm>

namespace skymill {

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
  const HttpResponse answer = SKYMILL_TRY(whole ? send_whole(pending_) : send_join());
  // An earlier try may have worked although its answer was lost: then the condition fails, or the
  // parts are no longer there. Not all tries are known: curl repeats a request by itself when a
  // kept connection breaks.
  committed_ = made(answer) || SKYMILL_TRY(store_->made_by(key(), id_));
  if (committed_) return {};
  return failure(answer, whole);
}

Error RestWriter::failure(const HttpResponse& answer, bool bucket) const {
  if (create() && (answer.status == 412 || answer.status == 409)) {
    return Error{Code::kAlreadyExists,
                 "the object is already there",
                 "choose another name",
                 {.source = store_->where(key())}};
  }
  return bucket ? store_->bucket_error_of(answer, key()) : store_->error_of(answer, key());
}

}  // namespace skymill
