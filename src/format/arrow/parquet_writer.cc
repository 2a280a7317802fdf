// Tables to Parquet: the C data interface makes them Arrow's, which encodes them.
#include <arrow/c/bridge.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/writer.h>

#include <exception>

#include "base/text.h"
#include "format/arrow/parquet_file.h"
#include "format/arrow/store_io.h"
#include "table/arrow_c.h"

namespace skymill {
namespace {

constexpr int64_t kRowGroup = 122'880;

class ParquetWriter final : public TableWriter {
 public:
  ParquetWriter(std::shared_ptr<StoreOutput> output, std::string name,
                std::shared_ptr<arrow::Schema> schema)
      : output_(std::move(output)), name_(std::move(name)), schema_(std::move(schema)) {}

  Result<void> open();
  Result<void> write(const TableView& table) override;
  Result<void> finish() override;

 private:
  Result<void> write_batch(const TableView& table);
  Result<void> result_of(const arrow::Status& status) const;
  template <typename Work>
  Result<void> without_throwing(Work work) const;

  std::shared_ptr<StoreOutput> output_;
  std::string name_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> file_;
};

Result<void> ParquetWriter::result_of(const arrow::Status& status) const {
  if (status.ok()) return {};
  if (output_->failure()) return *output_->failure();
  return arrow_error(status, name_);
}

template <typename Work>
Result<void> ParquetWriter::without_throwing(Work work) const {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error{Code::kResourceExhausted, "there is not enough memory", {}, {.source = name_}};
  } catch (const std::exception& failure) {
    return Error{Code::kInternal, failure.what(), {}, {.source = name_}};
  }
}

Result<void> ParquetWriter::open() {
  auto properties = parquet::WriterProperties::Builder()
                        .compression(parquet::Compression::ZSTD)
                        ->max_row_group_length(kRowGroup)
                        ->build();
  auto file = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), output_,
                                               std::move(properties));
  if (!file.ok()) return result_of(file.status());
  file_ = std::move(file).ValueUnsafe();
  return {};
}

Result<void> ParquetWriter::write(const TableView& table) {
  return without_throwing([&] { return write_batch(table); });
}

Result<void> ParquetWriter::write_batch(const TableView& table) {
  ArrowArray array;
  SKYMILL_TRY(export_table(table, {}, &array));
  const auto batch = arrow::ImportRecordBatch(&array, schema_);
  if (!batch.ok()) return result_of(batch.status());
  return result_of(file_->WriteRecordBatch(**batch));
}

Result<void> ParquetWriter::finish() {
  SKYMILL_TRY(without_throwing([&] { return result_of(file_->Close()); }));
  return output_->commit();
}

}  // namespace

Result<std::unique_ptr<TableWriter>> create_parquet_file(const ObjectLocation& location,
                                                         std::shared_ptr<const Schema> schema) {
  ArrowSchema exported;
  export_schema(*schema, &exported);
  auto imported = arrow::ImportSchema(&exported);
  if (!imported.ok()) return arrow_error(imported.status(), location.text());
  auto output = std::make_shared<StoreOutput>(
      SKYMILL_TRY(location.store->write(location.key, WriteMode::kReplace)));
  auto writer = std::make_unique<ParquetWriter>(std::move(output), location.text(),
                                                std::move(imported).ValueUnsafe());
  SKYMILL_TRY(writer->open());
  return writer;
}

}  // namespace skymill
