#include "engine/embedded/csv_proof.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

#include "base/text.h"
#include "engine/embedded/byte_classes.h"
#include "engine/embedded/plain_values.h"

namespace skymill {
namespace {

constexpr size_t kBlock = ByteClasses::kBlock;
__extension__ using TwoBlocks = unsigned __int128;  // bits of a block and the one before
constexpr size_t kChunkBytes = 4 << 20;
/// Below the 2,000,000 bytes of a line that DuckDB reads.
constexpr size_t kLongestRecord = 1'900'000;

/// What the values of a column in one chunk were.
struct Seen {
  Type type = Type::kText;
  bool only_missing = false;
  bool needs_number = false;  // an integer column has values written like 2.0
};

/// The records that begin in [begin, end) of a file's text.
struct Chunk {
  std::string_view text;
  size_t begin = 0;
  size_t end = 0;
  bool in_quotes = false;  // at `begin`: first a guess, true for most files
  // What was found:
  bool fits = false;
  uint64_t quotes = 0;  // in [begin, end)
  bool line_ends_crlf = false;
  bool line_ends_lf = false;
  std::vector<Seen> columns = {};
};

class ChunkReader {
 public:
  ChunkReader(const CsvLayout& layout, Chunk& chunk)
      : layout_(layout), chunk_(chunk), text_(chunk.text), in_quotes_(chunk.in_quotes) {
    // A record begins here only at a line's start; else the chunk before reads on.
    seeking_ = in_quotes_ || (chunk.begin != 0 && text_[chunk.begin - 1] != '\n');
    first_ = start_ = record_ = chunk.begin;
  }

  void read() {
    chunk_.fits = records_fit() && text_is_valid();
    const size_t counted = std::min(base_, chunk_.end);
    const std::string_view rest = text_.substr(counted, chunk_.end - counted);
    chunk_.quotes += static_cast<uint64_t>(std::count(rest.begin(), rest.end(), layout_.quote));
  }

 private:
  bool records_fit() {
    if (text_.ends_with('\r')) return false;
    // A last record without a line end gets one.
    const size_t size = text_.size() + (text_.ends_with('\n') ? 0 : 1);
    for (base_ = chunk_.begin; base_ < size && !done_; base_ += kBlock) {
      block_before_ = block_;
      block_ = classes_at(base_);
      if (!block_fits()) return false;
      if (block_.quote != 0 && base_ < chunk_.end) {
        chunk_.quotes += static_cast<uint64_t>(std::popcount(block_.quote));
      }
    }
    return done_ || seeking_ || (!in_quotes_ && record_ >= text_.size());
  }

  ByteClasses classes_at(size_t at) const {
    if (at + kBlock <= text_.size()) {
      return classify_bytes(text_.data() + at, layout_.delimiter, layout_.quote);
    }
    std::array<char, kBlock> padded;
    padded.fill('0');
    const std::string_view rest = text_.substr(at);
    std::memcpy(padded.data(), rest.data(), rest.size());
    if (!text_.ends_with('\n')) padded[rest.size()] = '\n';
    return classify_bytes(padded.data(), layout_.delimiter, layout_.quote);
  }

  bool block_fits() {
    if (block_.special != 0) {
      if (text_.substr(base_, kBlock).find('\0') != std::string_view::npos) return false;
      not_ascii_ = true;
    }
    const uint64_t inside =
        block_.quote == 0 && !in_quotes_ ? 0 : inside_quotes(block_.quote, in_quotes_);
    in_quotes_ = inside >> 63 != 0;
    if (!line_ends_fit(~inside)) return false;
    for (uint64_t ends = (block_.delimiter | block_.newline) & ~inside; ends != 0;
         ends &= ends - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(ends));
      if ((block_.newline >> bit & 1) == 0) {
        if (!seeking_ && !field_ends(bit)) return false;
        continue;
      }
      if (!seeking_ && !record_ends(bit)) return false;
      start_ = record_ = base_ + bit + 1;
      if (seeking_) first_ = record_;
      seeking_ = false;
      done_ = record_ >= chunk_.end;
      if (done_) return true;
    }
    if (block_.quote != 0) after_quote_ = base_ + kBlock - countl_zero(block_.quote);
    return true;
  }

  static size_t countl_zero(uint64_t word) { return static_cast<size_t>(std::countl_zero(word)); }

  /// Outside quotes a carriage return stands before a line feed or not at all.
  bool line_ends_fit(uint64_t outside) {
    const bool after_carriage = block_before_.carriage >> 63 != 0 && base_ != chunk_.begin;
    const uint64_t crlf = block_.newline & (block_.carriage << 1 | (after_carriage ? 1 : 0));
    chunk_.line_ends_crlf |= crlf != 0;
    chunk_.line_ends_lf |= crlf != block_.newline;
    uint64_t alone = block_.carriage & outside & ~(block_.newline >> 1);
    const size_t next = base_ + kBlock;
    if (next < text_.size() && text_[next] == '\n') alone &= ~(uint64_t{1} << 63);
    return alone == 0;
  }

  bool field_ends(unsigned bit) {
    if (column_ + 1 >= chunk_.columns.size() || !field_fits(bit, base_ + bit)) return false;
    ++column_;
    start_ = base_ + bit + 1;
    return true;
  }

  bool record_ends(unsigned bit) {
    const size_t newline = base_ + bit;
    const size_t end = newline > record_ && text_[newline - 1] == '\r' ? newline - 1 : newline;
    if (end == record_ || end - record_ > kLongestRecord) return false;
    if (column_ + 1 != chunk_.columns.size() || !field_fits(bit, end)) return false;
    column_ = 0;
    return true;
  }

  /// The field from start_ to `end`; `bit` is the byte of the block that ends it.
  bool field_fits(unsigned bit, size_t end) {
    Seen& column = chunk_.columns[column_];
    const size_t size = end - start_;
    const uint64_t quotes = block_.quote & ((uint64_t{1} << bit) - 1);
    if (quotes != 0 || after_quote_ > start_) {
      const size_t after = quotes != 0 ? base_ + kBlock - countl_zero(quotes) : after_quote_;
      if (after > start_) return quoted_fits(column, text_.substr(start_, size));
    }
    if (column.type == Type::kText && !column.only_missing) return true;
    if (!column.only_missing && digits_fit(column.type, size)) return true;
    return value_fits(column, text_.substr(start_, size));
  }

  /// The quick way for most numbers: an optional sign, digits, perhaps one point between them.
  bool digits_fit(Type type, size_t size) const {
    if (type != Type::kInteger && type != Type::kNumber && type != Type::kFloat) return false;
    if (size == 0 || size > kPlainNumberLength) return false;
    if (start_ + kBlock < base_) return false;
    // Both blocks as one: whether the field began in this one is not worth a wrong guess.
    const size_t shift = start_ + kBlock - base_;
    const TwoBlocks both = TwoBlocks{block_.nondigit} << kBlock | block_before_.nondigit;
    uint64_t others = static_cast<uint64_t>(both >> shift) & ((uint64_t{1} << size) - 1);
    size_t start = start_;
    if ((others & 1) != 0 && text_[start] == '-') {
      others >>= 1;
      --size;
      ++start;
    }
    if (others == 0) {
      return size >= 1 && (type != Type::kInteger || size <= kPlainIntegerDigits);
    }
    const auto point = static_cast<size_t>(std::countr_zero(others));
    return type != Type::kInteger && (others & (others - 1)) == 0 && point > 0 &&
           point + 1 < size && text_[start + point] == '.';
  }

  bool quoted_fits(Seen& column, std::string_view field) const {
    if (field.size() < 2 || field.front() != layout_.quote || field.back() != layout_.quote) {
      return false;
    }
    const std::string_view value = field.substr(1, field.size() - 2);
    if (column.type != Type::kText || column.only_missing) {
      return !value.empty() && value.find(layout_.quote) == std::string_view::npos &&
             value_fits(column, value);
    }
    for (size_t at = value.find(layout_.quote); at != std::string_view::npos;
         at = value.find(layout_.quote, at + 2)) {
      if (at + 1 == value.size() || value[at + 1] != layout_.quote) return false;
    }
    return true;
  }

  bool value_fits(Seen& column, std::string_view value) const {
    const auto& missing = layout_.null_texts;
    if (std::find(missing.begin(), missing.end(), value) != missing.end()) return true;
    if (column.only_missing) return false;
    if (is_plain_value(column.type, value)) return true;
    if (column.type != Type::kInteger || !is_plain_value(Type::kNumber, value)) return false;
    if (has_fraction(value)) column.type = Type::kNumber;
    column.needs_number = true;
    return true;
  }

  bool text_is_valid() const {
    const size_t first = std::min(first_, text_.size());
    return !not_ascii_ || !invalid_utf8(text_.substr(first, record_ - first_));
  }

  const CsvLayout& layout_;
  Chunk& chunk_;
  const std::string_view text_;
  bool in_quotes_;
  bool seeking_;
  bool done_ = false;
  bool not_ascii_ = false;
  size_t base_ = 0;  // of the block
  ByteClasses block_;
  ByteClasses block_before_;
  size_t after_quote_ = 0;  // the place after the last quote of the blocks before
  size_t first_ = 0;        // record that begins in the chunk
  size_t record_ = 0;
  size_t column_ = 0;
  size_t start_ = 0;  // of the field
};

/// The first record with its line end.
std::string_view header_of(std::string_view text, char quote) {
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    in_quotes ^= text[i] == quote;
    if (text[i] == '\n' && !in_quotes) return text.substr(0, i + 1);
  }
  return text;
}

class Proof {
 public:
  Proof(const CsvLayout& layout, const EngineOptions& options)
      : layout_(layout), options_(options) {}

  /// False when the header alone tells that the text cannot be proven.
  bool add(std::string_view text, const std::vector<Seen>& columns) {
    std::string_view header = header_of(text, layout_.quote);
    size_t begin = header.size();
    if (header.ends_with('\n')) header.remove_suffix(1);
    const bool crlf = header.ends_with('\r');
    (crlf ? crlf_ : lf_) = true;
    if (crlf) header.remove_suffix(1);
    if (header.empty() || header.find('\r') != std::string_view::npos) return false;
    while (begin < text.size()) {
      const size_t end = begin + std::min(kChunkBytes, text.size() - begin);
      chunks_.push_back({.text = text, .begin = begin, .end = end, .columns = columns});
      begin = end;
    }
    return true;
  }

  Result<bool> holds() {
    std::vector<Chunk*> all;
    for (Chunk& chunk : chunks_) all.push_back(&chunk);
    const Chunk fresh = chunks_.empty() ? Chunk{} : chunks_.front();
    SKYMILL_TRY(read(all));
    std::vector<Chunk*> again;
    bool in_quotes = false;
    for (size_t i = 0; i < chunks_.size(); ++i) {
      Chunk& chunk = chunks_[i];
      if (i == 0 || chunk.text.data() != chunks_[i - 1].text.data()) in_quotes = false;
      const bool odd = chunk.quotes % 2 != 0;
      if (in_quotes) {
        chunk = {.text = chunk.text,
                 .begin = chunk.begin,
                 .end = chunk.end,
                 .in_quotes = true,
                 .columns = fresh.columns};
        again.push_back(&chunk);
      }
      in_quotes ^= odd;
    }
    SKYMILL_TRY(read(again));
    for (const Chunk& chunk : chunks_) {
      if (!chunk.fits) return false;
      crlf_ |= chunk.line_ends_crlf;
      lf_ |= chunk.line_ends_lf;
    }
    return !(crlf_ && lf_);  // DuckDB's strict mode wants one kind
  }

  const std::vector<Chunk>& chunks() const { return chunks_; }

 private:
  Result<void> read(const std::vector<Chunk*>& chunks) {
    if (chunks.empty()) return {};
    const auto threads = static_cast<unsigned>(std::min<size_t>(options_.threads, chunks.size()));
    ThreadPool pool(threads);
    std::atomic<bool> stop = false;
    std::atomic<size_t> done = 0;
    pool.parallel_for(chunks.size(), [&](size_t item, unsigned thread) {
      if (stop || (options_.cancel != nullptr && !options_.cancel->check())) return;
      ChunkReader(layout_, *chunks[item]).read();
      // Whether other chunks begin in quotes is a guess, so that only here a no is certain.
      if (item == 0 && !chunks[item]->fits) stop = true;
      ++done;
      if (thread == 0 && options_.progress) {
        options_.progress(static_cast<double>(done) / static_cast<double>(chunks.size()));
      }
    });
    return options_.cancel == nullptr ? Result<void>() : options_.cancel->check();
  }

  const CsvLayout& layout_;
  const EngineOptions& options_;
  std::vector<Chunk> chunks_;
  bool crlf_ = false;  // line ends that were seen
  bool lf_ = false;
};

/// Whether every value written like 2.0 stands in a column that has fractions; their types.
bool merge(const std::vector<Chunk>& chunks, std::vector<CsvColumn>& columns) {
  std::vector<Type> types;
  for (size_t i = 0; i < columns.size(); ++i) {
    Type type = columns[i].type;
    bool needs_number = false;
    for (const Chunk& chunk : chunks) {
      if (chunk.columns[i].type == Type::kNumber) type = Type::kNumber;
      needs_number |= chunk.columns[i].needs_number;
    }
    if (needs_number && (type != Type::kNumber || columns[i].given)) return false;
    types.push_back(type);
  }
  for (size_t i = 0; i < columns.size(); ++i) columns[i].type = types[i];
  return true;
}

}  // namespace

Result<bool> prove_csv_types(const std::vector<std::string_view>& texts, const CsvLayout& layout,
                             const EngineOptions& options, std::vector<CsvColumn>& columns) {
  std::vector<Seen> seen;
  for (const CsvColumn& column : columns) {
    seen.push_back({.type = column.type, .only_missing = column.unknown});
  }
  Proof proof(layout, options);
  for (const std::string_view text : texts) {
    if (!proof.add(text, seen)) return false;
  }
  return SKYMILL_TRY(proof.holds()) && merge(proof.chunks(), columns);
}

}  // namespace skymill
