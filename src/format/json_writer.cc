// Tables to JSON, one object a line, in pieces of about 1 MiB.
#include <cmath>

#include "base/json.h"
#include "format/json.h"
#include "format/value_writer.h"

namespace skymill {
namespace {

constexpr size_t kFlushBytes = 1 << 20;

class JsonWriter final : public TableWriter {
 public:
  JsonWriter(std::unique_ptr<ObjectWriter> object, const Schema& schema)
      : object_(std::move(object)) {
    for (const Field& field : schema.fields) {
      std::string& before = before_.emplace_back(before_.empty() ? "{" : ",");
      append_json_string(before, field.name);
      before += ':';
    }
  }

  Result<void> write(const TableView& table) override;
  Result<void> finish() override {
    SKYMILL_TRY(object_->append(buffer_));
    buffer_.clear();
    return object_->commit();
  }

 private:
  void append_value(const ColumnView& column, size_t row);

  std::unique_ptr<ObjectWriter> object_;
  std::vector<std::string> before_;  // what stands before each column's value
  std::string buffer_;
};

void JsonWriter::append_value(const ColumnView& column, size_t row) {
  const bool number = column.type == Type::kNumber || column.type == Type::kFloat;
  if (column.missing(row) || (number && !std::isfinite(column.numbers[row]))) {
    buffer_ += "null";
  } else if (column.type == Type::kText) {
    append_json_string(buffer_, column.text(row));
  } else if (column.type == Type::kDate || column.type == Type::kTimestamp) {
    append_json_string(buffer_, value_text(column, row));
  } else {
    append_plain_value(buffer_, column, row);
  }
}

Result<void> JsonWriter::write(const TableView& table) {
  SKYMILL_CHECK(table.columns.size() == before_.size());
  for (size_t row = 0; row < table.num_rows; ++row) {
    for (size_t c = 0; c < before_.size(); ++c) {
      buffer_ += before_[c];
      append_value(table.columns[c], row);
    }
    buffer_ += before_.empty() ? "{}\n" : "}\n";
    if (buffer_.size() >= kFlushBytes) {
      SKYMILL_TRY(object_->append(buffer_));
      buffer_.clear();
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<TableWriter>> create_json(const ObjectLocation& location,
                                                 std::shared_ptr<const Schema> schema) {
  auto object = SKYMILL_TRY(location.store->write(location.key, WriteMode::kReplace));
  return std::make_unique<JsonWriter>(std::move(object), *schema);
}

}  // namespace skymill
