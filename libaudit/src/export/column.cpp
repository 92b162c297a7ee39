#include "export/column.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest.hpp"
#include "base/text.hpp"
#include "export/summary.hpp"

namespace audit::exports {
namespace {

using Kind = Column::Kind;

// Names that are no fields.
constexpr std::array<Column, 6> kOthers = {{
    {Kind::seq, Field{}, "seq"},
    {Kind::hash, Field{}, "hash"},
    {Kind::received, Field{}, "received"},
    {Kind::cost, Field::cost_nano, "cost"},
    {Kind::payload, Field{}, "payload"},
    {Kind::summary, Field{}, "summary"},
}};

std::string_view nearest_name(std::string_view name) {
  base::Nearest nearest(name);
  nearest.consider(nearest_field(name));
  for (const Column& other : kOthers) nearest.consider(other.name);
  return nearest.best();
}

Column parse_column(std::string_view name) {
  const auto* const other = std::find_if(kOthers.begin(), kOthers.end(),
                                         [&](const Column& known) { return known.name == name; });
  if (other != kOthers.end()) return *other;
  if (const auto field = find_field(name)) return {Kind::field, *field, name_of(*field)};
  const std::string_view nearest = nearest_name(name);
  throw Error(ErrorCode::invalid_argument,
              fmt::format("there is no field '{}' to export", base::escape_controls(name)),
              nearest.empty() ? "all fields: audit-events(5); and seq, hash, received, cost, "
                                "payload, summary"
                              : fmt::format("did you mean '{}'?", nearest));
}

}  // namespace

std::vector<Column> parse_columns(const std::vector<std::string>& names) {
  std::vector<Column> columns;
  columns.reserve(names.size());
  for (const std::string& name : names) columns.push_back(parse_column(name));
  return columns;
}

FieldSet fields_of(const std::vector<Column>& columns) {
  FieldSet set;
  for (const Column& column : columns) {
    if (column.kind == Kind::field || column.kind == Kind::cost) set.add(column.field);
    if (column.kind == Kind::summary) set.add(Summarizer::fields());
  }
  return set;
}

bool needs_payload(const std::vector<Column>& columns) {
  return std::any_of(columns.begin(), columns.end(), [](const Column& column) {
    return column.kind == Kind::payload || column.kind == Kind::summary;
  });
}

}  // namespace audit::exports
