// Parquet files to tables: Arrow decodes batches, column_cast.h gives them the wanted types, and
// the C data interface makes them ours without a copy.
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>

#include <exception>

#include "base/text.h"
#include "format/arrow/column_cast.h"
#include "format/arrow/parquet_file.h"
#include "format/arrow/store_io.h"
#include "table/arrow_c.h"

namespace skymill {
namespace {

/// What the decoder needs, kept alive as long as a batch may come.
struct Source {
  std::shared_ptr<StoreInput> input;
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::string name;
  std::optional<Error> failure;  // why the last batch failed, in our terms

  Error error(const arrow::Status& status) {
    if (const auto read = input->failure()) return *read;
    return arrow_error(status, name);
  }
};

/// The columns to decode and what becomes of them.
struct Plan {
  std::vector<int> leaves;
  std::vector<ColumnCast> casts;
};

/// Casts every batch of the decoder.
class CastingReader final : public arrow::RecordBatchReader {
 public:
  CastingReader(std::shared_ptr<Source> source, std::vector<ColumnCast> casts,
                std::unique_ptr<arrow::RecordBatchReader> decoder)
      : source_(std::move(source)), casts_(std::move(casts)), decoder_(std::move(decoder)) {
    arrow::FieldVector fields;
    for (int c = 0; c < decoder_->schema()->num_fields(); ++c) {
      const auto& field = decoder_->schema()->field(c);
      const auto& to = casts_[static_cast<size_t>(c)].to;
      fields.push_back(arrow::field(field->name(), to == nullptr ? field->type() : to));
    }
    schema_ = arrow::schema(std::move(fields));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override;

 private:
  std::shared_ptr<Source> source_;
  std::vector<ColumnCast> casts_;
  std::unique_ptr<arrow::RecordBatchReader> decoder_;
  std::shared_ptr<arrow::Schema> schema_;
};

arrow::Status CastingReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* out) {
  std::shared_ptr<arrow::RecordBatch> batch;
  arrow::Status status = decoder_->ReadNext(&batch);
  if (!status.ok()) {
    source_->failure = source_->error(status);
    return status;
  }
  *out = nullptr;
  if (batch == nullptr) return arrow::Status::OK();
  arrow::ArrayVector columns;
  for (int c = 0; c < batch->num_columns(); ++c) {
    auto column = cast_column(batch->column(c), casts_[static_cast<size_t>(c)]);
    if (!column) {
      source_->failure = std::move(column).at_source(source_->name).error();
      return arrow::Status::Invalid(source_->failure->message);
    }
    columns.push_back(std::move(*column));
  }
  *out = arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
  return arrow::Status::OK();
}

/// The imported stream; Arrow's exceptions end here.
class ParquetStream final : public TableStream {
 public:
  ParquetStream(std::shared_ptr<Source> source, std::unique_ptr<TableStream> imported)
      : source_(std::move(source)), imported_(std::move(imported)) {}

  const std::shared_ptr<const Schema>& schema() const override { return imported_->schema(); }
  Result<std::optional<Table>> next() override {
    try {
      auto table = imported_->next();
      if (!table && source_->failure) return *source_->failure;
      return std::move(table).at_source(source_->name);
    } catch (const std::bad_alloc&) {
      return Error{
          Code::kResourceExhausted, "there is not enough memory", {}, {.source = source_->name}};
    } catch (const std::exception& failure) {
      return Error{Code::kCorruptData, failure.what(), {}, {.source = source_->name}};
    }
  }

 private:
  std::shared_ptr<Source> source_;
  std::unique_ptr<TableStream> imported_;
};

Result<std::shared_ptr<Source>> open_source(const ObjectLocation& location,
                                            const ReadOptions& options) {
  ObjectInfo object = SKYMILL_TRY(location.store->stat(location.key));
  auto source = std::make_shared<Source>();
  source->name = location.text();
  source->input = std::make_shared<StoreInput>(location, std::move(object));
  parquet::ArrowReaderProperties properties;
  properties.set_batch_size(static_cast<int64_t>(std::max<size_t>(options.batch_rows, 1)));
  parquet::arrow::FileReaderBuilder builder;
  arrow::Status status = builder.Open(source->input);
  if (status.ok()) {
    builder.properties(properties);
    auto file = builder.Build();
    status = file.status();
    if (file.ok()) source->file = std::move(file).ValueUnsafe();
  }
  if (!status.ok()) return source->error(status);
  return source;
}

Error without_counterpart(const std::string& name) {
  return {Code::kUnsupported,
          cat("column '", name, "' is nested, which has no counterpart"),
          "leave it out, or flatten it where the file is made",
          {.field = name}};
}

Result<void> add_column(const parquet::arrow::SchemaField& column, std::optional<Type> wanted,
                        Plan& plan) {
  if (!column.is_leaf()) return without_counterpart(column.field->name());
  plan.casts.push_back(SKYMILL_TRY(column_cast(*column.field, wanted)));
  plan.leaves.push_back(column.column_index);
  return {};
}

/// The wanted columns in their order, or all of them in file order.
Result<Plan> make_plan(const Source& source, const ReadOptions& options) {
  const auto& columns = source.file->manifest().schema_fields;
  Schema names;
  for (const auto& column : columns) {
    if (names.find(column.field->name())) {
      return Error{Code::kCorruptData,
                   cat("the file has the column '", column.field->name(), "' twice"),
                   "give each column its own name",
                   {.field = column.field->name()}};
    }
    names.fields.push_back({column.field->name()});
  }
  Plan plan;
  for (const Field& field : options.schema.fields) {
    const auto found = names.find(field.name);
    if (!found) {
      return Error{Code::kSchemaMismatch,
                   cat("the file has no column '", field.name, "'"),
                   suggest(field.name, names.names()),
                   {.field = field.name}};
    }
    if (!options.keep_others) SKYMILL_TRY(add_column(columns[*found], field.type, plan));
  }
  for (size_t c = 0; options.keep_others && c < columns.size(); ++c) {
    const auto wanted = options.schema.find(names.fields[c].name);
    SKYMILL_TRY(add_column(
        columns[c], wanted ? std::optional(options.schema.fields[*wanted].type) : std::nullopt,
        plan));
  }
  return plan;
}

}  // namespace

Result<std::unique_ptr<TableStream>> open_parquet_file(const ObjectLocation& location,
                                                       const ReadOptions& options) {
  auto source = SKYMILL_TRY(open_source(location, options));
  Plan plan = SKYMILL_TRY(make_plan(*source, options).at_source(source->name));
  std::vector<int> groups(static_cast<size_t>(source->file->num_row_groups()));
  for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i);
  auto decoder = source->file->GetRecordBatchReader(groups, plan.leaves);
  if (!decoder.ok()) return source->error(decoder.status());
  auto casting = std::make_shared<CastingReader>(source, std::move(plan.casts),
                                                 std::move(decoder).ValueUnsafe());
  ArrowArrayStream stream;
  const arrow::Status exported = arrow::ExportRecordBatchReader(std::move(casting), &stream);
  if (!exported.ok()) return source->error(exported);
  auto imported = SKYMILL_TRY(import_stream(&stream).at_source(source->name));
  return std::make_unique<ParquetStream>(std::move(source), std::move(imported));
}

}  // namespace skymill
