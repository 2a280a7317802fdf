#include "format/byte_window.h"

#include <algorithm>
#include <cstring>

namespace skymill {
namespace {

/// A store far away needs pieces that are worth a request. The first is small: it is waited for.
constexpr uint64_t kFirstPiece = 1 << 20;
constexpr uint64_t kPiece = 4 << 20;

}  // namespace

ByteWindow::ByteWindow(ObjectLocation location, ObjectInfo object)
    : location_(std::move(location)), object_(std::move(object)), bytes_(kPadding, '\n') {}

Result<ByteWindow> ByteWindow::open(const ObjectLocation& location, ObjectInfo object) {
  ByteWindow window(location, std::move(object));
  SKYMILL_TRY(window.refill(window.begin()));
  const std::string_view bytes(window.begin(), window.size());
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    return Error{Code::kCorruptData,
                 "the file is UTF-16",
                 "convert it to UTF-8",
                 {.source = location.text(), .line = 1}};
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) window.skipped_ = 3;
  return window;
}

/// The piece that was read ahead, and what it lacks of so many bytes.
Result<std::string> ByteWindow::next_bytes(uint64_t at_least) {
  const uint64_t left = object_.size - offset_;
  uint64_t wanted = 0;
  std::string bytes;
  if (ahead_.valid()) {
    wanted = std::min(kPiece, left);
    bytes = SKYMILL_TRY(ahead_.get());
  }
  if (wanted < std::min(at_least, left)) {
    const uint64_t more = std::min(at_least, left) - wanted;
    bytes +=
        SKYMILL_TRY(location_.store->read(location_.key, offset_ + wanted, more, object_.etag));
    wanted += more;
  }
  if (bytes.size() != wanted) return object_changed(location_.text());
  return bytes;
}

void ByteWindow::read_ahead() {
  const uint64_t wanted = std::min(kPiece, object_.size - offset_);
  if (wanted == 0) return;
  // It waits for its thread when it goes. Where the system grants none, the reading is done when it
  // is waited for.
  ahead_ = std::async(std::launch::async | std::launch::deferred,
                      [location = location_, etag = object_.etag, offset = offset_, wanted] {
                        return location.store->read(location.key, offset, wanted, etag);
                      });
}

Result<void> ByteWindow::refill(const char* keep) {
  const auto kept = static_cast<size_t>(end() - keep);
  const std::string piece = SKYMILL_TRY(next_bytes(std::max<uint64_t>(kFirstPiece, kept)));
  offset_ += piece.size();
  read_ahead();
  std::memmove(bytes_.data(), keep, kept);
  size_ = kept + piece.size();
  skipped_ = 0;
  bytes_.resize(size_ + kPadding);
  std::memcpy(bytes_.data() + kept, piece.data(), piece.size());
  std::memset(bytes_.data() + size_, '\n', kPadding);
  return {};
}

}  // namespace skymill
