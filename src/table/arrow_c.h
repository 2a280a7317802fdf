// The Arrow C data interface (https://arrow.apache.org/docs/format/CDataInterface.html): how tables
// cross to the engine, the Arrow module, Spark executors and the kernel library. No library needed.
#pragma once

#include <cstdint>
#include <memory>

#include "table/table.h"

extern "C" {

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif  // ARROW_C_STREAM_INTERFACE
}

namespace skymill {

/// Our schema as theirs: boolean "b", integer "l", number "g", float "f", text "u", date "tdD",
/// timestamp "tsu:". `out` is overwritten; its consumer releases it.
void export_schema(const Schema& schema, ArrowSchema* out);

/// Columns as a struct array of export_schema's types. Buffers are shared where the layouts agree;
/// float columns, text with a dictionary and validity bits that start within a byte are copied.
/// `owners`, when not empty, keeps the buffers of each column alive until release; otherwise they
/// must outlive the array. Error: more than 2 GiB of text in a column.
Result<void> export_table(const TableView& table,
                          std::span<const std::shared_ptr<const void>> owners, ArrowArray* out);

/// The stream as theirs; errors of next() become errno values with the text in get_last_error.
void export_stream(std::unique_ptr<TableStream> stream, ArrowArrayStream* out);

/// Their stream as ours; takes `stream` over, also on error. Accepted: b, 8- to 64-bit signed and
/// 8- to 32-bit unsigned integers, float, double, utf8, large utf8 below 2 GiB, dictionaries of
/// text, date32, date64, timestamps of any unit and zone. Anything else is kUnsupported and names
/// column and format. Zero-copy for b, l, g, u, tdD, tsu and 32-bit codes. Offsets and codes are
/// checked; sizes of buffers are the producer's promise, as the interface does not carry them.
Result<std::unique_ptr<TableStream>> import_stream(ArrowArrayStream* stream);

}  // namespace skymill
