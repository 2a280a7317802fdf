#include "cli/query_output.h"

namespace skymill {

Result<std::vector<Table>> read_all(TableStream& stream) {
  std::vector<Table> tables;
  while (true) {
    std::optional<Table> table = SKYMILL_TRY(stream.next());
    if (!table) return tables;
    tables.push_back(std::move(*table));
  }
}

Json rows_json(const Schema& schema, const std::vector<Table>& tables) {
  Json rows = Json::array();
  for (const Table& table : tables) {
    for (size_t row = 0; row < table.num_rows; ++row) {
      Json values = Json::array();
      for (const Column& column : table.columns) values.push(value_json(column.view, row));
      rows.push(std::move(values));
    }
  }
  Json out = Json::object();
  out.set("schema", schema_json(schema));
  out.set("rows", std::move(rows));
  return out;
}

}  // namespace skymill
