#include <audit/export.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "export/column.hpp"
#include "export/csv.hpp"
#include "export/pdf.hpp"
#include "export/rows.hpp"

namespace audit {
namespace {

// A format: what it is for --help, how it is written, what it needs read.
struct Format {
  ExportFormat about;
  std::uint64_t (*write)(exports::Rows&, const exports::Provenance&, const ExportOptions&,
                         const Sink&);
  FieldSet (*fields)(const ExportOptions&);
  bool (*payload)(const ExportOptions&);
};

// What tells a line from a record of another shape.
FieldSet raw_fields(const ExportOptions& /*options*/) {
  return {Field::type, Field::part_of, Field::format};
}

FieldSet all_fields(const ExportOptions& /*options*/) { return FieldSet::all(); }

FieldSet csv_fields(const ExportOptions& options) {
  return exports::fields_of(exports::csv_columns(options));
}

bool with_payload(const ExportOptions& /*options*/) { return true; }

bool csv_payload(const ExportOptions& options) {
  return exports::needs_payload(exports::csv_columns(options));
}

constexpr std::array<Format, 5> kFormats = {{
    {{"raw", "the records exactly as they arrived, one a line", false},
     exports::write_raw,
     raw_fields,
     with_payload},
    {{"jsonl", "one JSON object per entry and line", false},
     exports::write_jsonl,
     all_fields,
     with_payload},
    {{"json", "one JSON document with the checkpoint the entries belong to", false},
     exports::write_json,
     all_fields,
     with_payload},
    {{"csv", "a table for spreadsheets (RFC 4180)", false},
     exports::write_csv,
     csv_fields,
     csv_payload},
    {{"pdf", "a document for people, up to 100,000 entries", true},
     exports::write_pdf,
     exports::pdf_fields,
     exports::pdf_needs_payload},
}};

const Format& find_format(std::string_view name) {
  const auto* const found =
      std::find_if(kFormats.begin(), kFormats.end(),
                   [&](const Format& known) { return known.about.name == name; });
  if (found != kFormats.end()) return *found;
  std::string names;
  for (const Format& known : kFormats)
    names.append(names.empty() ? "" : " ").append(known.about.name);
  throw Error(ErrorCode::invalid_argument,
              fmt::format("there is no export format '{}'", base::escape_controls(name)),
              "formats: " + names);
}

// A search as rows.
class SearchRows final : public exports::Rows {
 public:
  SearchRows(Search& search, bool has_payload) : search_(search), had_payload_(has_payload) {}

  [[nodiscard]] bool next() override { return search_.next(); }

  [[nodiscard]] const Entry& entry() const override { return search_.entry(); }

  void restart(bool with_payload) override {
    search_ = search_.again(with_payload && had_payload_);
  }

 private:
  Search& search_;
  bool had_payload_;
};

class MergedRows final : public exports::NamedRows {
 public:
  MergedRows(MergedSearch& search, std::span<const std::string> names)
      : search_(search), names_(names) {}

  [[nodiscard]] bool next() override { return search_.next(); }

  [[nodiscard]] const Entry& entry() const override { return search_.entry(); }

  [[nodiscard]] std::string_view ledger() const override { return names_[search_.ledger()]; }

 private:
  MergedSearch& search_;
  std::span<const std::string> names_;
};

exports::Provenance provenance_of(const LedgerView& view) {
  auto head = parse_checkpoint(view.head_note());
  if (!head) {
    throw Error(ErrorCode::damaged,
                "the ledger's newest checkpoint cannot be read: " + head.error().message,
                "audit verify says what is wrong with the ledger");
  }
  return {view.ledger_id(), *std::move(head), &view};
}

}  // namespace

void exports::Rows::restart(bool /*with_payload*/) {
  throw Error(ErrorCode::internal, "these entries can be read only once");
}

const std::vector<ExportFormat>& export_formats() {
  static const std::vector<ExportFormat> formats = [] {
    std::vector<ExportFormat> all;
    for (const Format& format : kFormats) all.push_back(format.about);
    return all;
  }();
  return formats;
}

FieldSet export_fields(std::string_view format, const ExportOptions& options) {
  return find_format(format).fields(options);
}

bool export_needs_payload(std::string_view format, const ExportOptions& options) {
  return find_format(format).payload(options);
}

std::uint64_t export_entries(std::string_view format, const LedgerView& view, Search& search,
                             const ExportOptions& options, const Sink& sink) {
  const Format& chosen = find_format(format);
  SearchRows rows(search, chosen.payload(options));
  return chosen.write(rows, provenance_of(view), options, sink);
}

std::uint64_t export_merged_csv(MergedSearch& search, std::span<const std::string> names,
                                const ExportOptions& options, const Sink& sink) {
  MergedRows rows(search, names);
  if (names.empty()) return exports::write_csv(rows, {}, options, sink);
  return exports::write_named_csv(rows, options, sink);
}

}  // namespace audit
