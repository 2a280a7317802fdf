// Tables to CSV text, in pieces of about 1 MiB.
#include <algorithm>

#include "base/text.h"
#include "format/csv.h"
#include "format/value_writer.h"

namespace skymill {
namespace {

constexpr size_t kFlushBytes = 1 << 20;

class CsvWriter final : public TableWriter {
 public:
  CsvWriter(std::unique_ptr<ObjectWriter> object, std::shared_ptr<const Schema> schema,
            char delimiter)
      : object_(std::move(object)), schema_(std::move(schema)), delimiter_(delimiter) {
    for (const Field& field : schema_->fields) {
      if (&field != schema_->fields.data()) buffer_ += delimiter_;
      append_text(field.name);
    }
    buffer_ += '\n';
  }

  Result<void> write(const TableView& table) override;
  Result<void> finish() override {
    SKYMILL_TRY(object_->append(buffer_));
    buffer_.clear();
    return object_->commit();
  }

 private:
  void append_text(std::string_view text);

  std::unique_ptr<ObjectWriter> object_;
  std::shared_ptr<const Schema> schema_;
  char delimiter_;
  std::string buffer_;
};

/// Quotes a text that would otherwise be cut, and one that would be taken for missing or for a
/// quoted one.
void CsvWriter::append_text(std::string_view text) {
  const auto special = [this](char c) {
    return c == delimiter_ || c == '"' || c == '\n' || c == '\r';
  };
  if (!text.empty() && std::ranges::none_of(text, special)) {
    buffer_ += text;
    return;
  }
  buffer_ += '"';
  for (const char c : text) {
    buffer_ += c;
    if (c == '"') buffer_ += c;
  }
  buffer_ += '"';
}

Result<void> CsvWriter::write(const TableView& table) {
  SKYMILL_CHECK(table.columns.size() == schema_->size());
  const bool single = table.columns.size() == 1;
  for (size_t row = 0; row < table.num_rows; ++row) {
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const ColumnView& column = table.columns[c];
      if (c != 0) buffer_ += delimiter_;
      if (column.missing(row)) {
        if (single) buffer_ += "\"\"";  // many readers skip a blank line
      } else if (column.type == Type::kText) {
        append_text(column.text(row));
      } else {
        append_plain_value(buffer_, column, row);
      }
    }
    buffer_ += '\n';
    if (buffer_.size() >= kFlushBytes) {
      SKYMILL_TRY(object_->append(buffer_));
      buffer_.clear();
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<TableWriter>> create_csv(const ObjectLocation& location,
                                                std::shared_ptr<const Schema> schema) {
  auto object = SKYMILL_TRY(location.store->write(location.key, WriteMode::kReplace));
  return std::make_unique<CsvWriter>(std::move(object), std::move(schema),
                                     csv_delimiter(location.key));
}

}  // namespace skymill
