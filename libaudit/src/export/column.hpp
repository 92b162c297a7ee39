// export/column.hpp - the columns of a table, by the names people give.
#pragma once

#include <audit/field.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace audit::exports {

struct Column {
  enum class Kind {
    field,
    seq,
    hash,
    received,
    cost,  // cost_nano in whole units
    payload,
    summary,  // entry_summary()
  };

  Kind kind;
  Field field;            // of kind field and cost
  std::string_view name;  // static
};

// The column of each name, in the order given.
//   throws    invalid_argument for a name that is none, with the nearest one as hint
[[nodiscard]] std::vector<Column> parse_columns(const std::vector<std::string>& names);

// What has to be read to fill the columns.
[[nodiscard]] FieldSet fields_of(const std::vector<Column>& columns);
[[nodiscard]] bool needs_payload(const std::vector<Column>& columns);

}  // namespace audit::exports
