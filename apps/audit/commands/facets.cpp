#include "commands/facets.hpp"

#include <audit/text.hpp>

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "commands/flags.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"
#include "ui/table.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kBarColumns = 16;

std::string json_line(const Facets::Row& row, const std::vector<Field>& fields) {
  const auto add = [](JsonObject& object, std::string_view name,
                      const std::optional<std::string>& value) {
    value ? object.add(name, *value) : object.add_raw(name, "null");
  };
  JsonObject object;
  if (fields.size() == 1) {
    add(object, "value", row.values[0]);
  } else {
    JsonObject values;
    for (std::size_t i = 0; i < fields.size(); ++i) add(values, name_of(fields[i]), row.values[i]);
    object.add_raw("values", values.str());
  }
  return object.add("count", row.count).str() + '\n';
}

// `part` of `all` in eighths of a column.
std::string bar(std::uint64_t part, std::uint64_t all, std::size_t columns) {
  static constexpr std::array<std::string_view, 8> kEighths = {
      "", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
  const double share = all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
  const auto eighths = static_cast<std::size_t>(share * static_cast<double>(8 * columns) + 0.5);
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  text += kEighths[eighths % 8];
  return text.empty() && part > 0 ? std::string(kEighths[1]) : text;
}

std::string percent(std::uint64_t part, std::uint64_t all) {
  return fmt::format("{:.1f} %", 100 * static_cast<double>(part) / static_cast<double>(all));
}

Cell value_cell(const std::optional<std::string>& value) {
  if (!value) return {"none", Tone::dim};
  return {escape_controls(*value), tone_of_outcome(*value)};
}

std::vector<Column> facet_columns(std::size_t values) {
  std::vector<Column> columns{{.widest = 16, .right_aligned = true},
                              {.widest = 8, .right_aligned = true, .expendable = 1},
                              {.widest = kBarColumns, .expendable = 2}};
  columns.resize(columns.size() + values, {.widest = 40});
  columns.back().grows = true;
  return columns;
}

void print_facet_table(Context& context, const Facets& facets, std::size_t fields,
                       std::size_t shown) {
  std::uint64_t all = 0;
  for (const Facets::Row& row : facets.rows) all += row.count;
  const std::uint64_t most = facets.rows.empty() ? 0 : facets.rows.front().count;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < shown; ++i) {
    const Facets::Row& facet = facets.rows[i];
    Row row{{grouped(facet.count)},
            {percent(facet.count, all), Tone::dim},
            {bar(facet.count, most, kBarColumns), Tone::accent}};
    for (const auto& value : facet.values) row.push_back(value_cell(value));
    rows.push_back(std::move(row));
  }
  Table table(facet_columns(fields), context.out.columns(), context.out_style());
  table.fit(rows);
  PagedOutput out(context);
  for (const Row& row : rows) out.write(table.line(row) + '\n');
  out.finish();
  if (context.globals.quiet || !context.err.is_terminal()) return;
  std::string text = counted(facets.rows.size(), "value", "values");
  if (shown < facets.rows.size()) text += fmt::format(", {} shown (-n 0 shows all)", shown);
  text = wrap(text, 0, wrap_width(context.err));
  context.err.print("{}\n", context.err_style().paint(Tone::dim, text));
}

std::string piped_line(const Facets::Row& row) {
  std::string line = std::to_string(row.count);
  for (const auto& value : row.values) line += "  " + (value ? escape_controls(*value) : "-");
  return line + '\n';
}

}  // namespace

std::vector<Field> parse_fields(std::string_view text) {
  std::vector<Field> fields;
  for (const std::string& name : split_commas(text)) {
    const auto field = find_field(name);
    if (!field) {
      const std::string_view nearest = nearest_field(name);
      if (name.starts_with("payload.")) {
        throw usage_error(fmt::format("cannot count by '{}': only by fields", name),
                          "has:payload.PATH and payload.PATH:VALUE narrow the search instead");
      }
      throw usage_error(fmt::format("there is no field '{}' to count by", name),
                        nearest.empty() ? "audit-events(5) lists the fields"
                                        : fmt::format("did you mean '{}'?", nearest));
    }
    if (std::find(fields.begin(), fields.end(), *field) == fields.end()) fields.push_back(*field);
  }
  if (fields.empty() || fields.size() > kMaxFacetFields) {
    throw usage_error(fmt::format("--by counts by 1 to {} fields", kMaxFacetFields),
                      "for instance --by agent,decision");
  }
  return fields;
}

void print_facets(Context& context, const Facets& facets, const std::vector<Field>& fields,
                  std::uint64_t limit, bool as_json) {
  const std::size_t shown =
      limit == 0 ? facets.rows.size()
                 : static_cast<std::size_t>(std::min<std::uint64_t>(limit, facets.rows.size()));
  if (!as_json && context.out.is_terminal()) {
    return print_facet_table(context, facets, fields.size(), shown);
  }
  SafeLines out(context.out);
  for (std::size_t i = 0; i < shown; ++i) {
    const Facets::Row& row = facets.rows[i];
    out.write(as_json ? json_line(row, fields) : piped_line(row));
  }
}

}  // namespace audit::cli
