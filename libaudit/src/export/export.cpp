#include <audit/export.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "export/column.hpp"
#include "export/csv.hpp"
#include "export/lines.hpp"
#include "export/pdf.hpp"
#include "export/prometheus.hpp"
#include "export/rows.hpp"
#include "export/xlsx.hpp"
#include "siem/line_writer.hpp"

namespace audit {
namespace {

using Write = std::uint64_t (*)(exports::Rows&, const exports::Provenance&, const ExportOptions&,
                                const Sink&);

// A format: what it is for --help, how it is written (one of the two), what it needs read.
struct Format {
  ExportFormat about;
  Write write;
  exports::MakeLines lines;
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

// Beside its columns a workbook counts these.
FieldSet xlsx_fields(const ExportOptions& options) {
  FieldSet set = csv_fields(options);
  set.add(FieldSet{Field::time, Field::type, Field::decision, Field::status});
  return set;
}

bool with_payload(const ExportOptions& /*options*/) { return true; }

bool csv_payload(const ExportOptions& options) {
  return exports::needs_payload(exports::csv_columns(options));
}

bool payload_if_asked(const ExportOptions& options) { return options.payload; }

bool no_payload(const ExportOptions& /*options*/) { return false; }

template <const char* Table>
FieldSet fields_of_table(const ExportOptions& /*options*/) {
  return siem::fields_of_table(Table);
}

// A line of the layer below, which knows none of our options.
template <auto Make>
std::unique_ptr<siem::LineWriter> make_line(const siem::Origin& ledger,
                                            const ExportOptions& options) {
  return Make(ledger, {options.payload, options.bulk});
}

constexpr char kCef[] = "cef";
constexpr char kLeef[] = "leef";
constexpr char kEcs[] = "ecs";
constexpr char kOcsf[] = "ocsf";
constexpr char kSyslog[] = "syslog";
constexpr char kSentinel[] = "sentinel";
constexpr char kOtlp[] = "otlp";

constexpr bool kBinary = true;
constexpr bool kTakesPayload = true;

constexpr std::array<Format, 15> kFormats = {{
    {{"raw", "the records exactly as they arrived, one a line"},
     exports::write_raw,
     nullptr,
     raw_fields,
     with_payload},
    {{"jsonl", "one JSON object per entry and line"},
     nullptr,
     exports::make_jsonl,
     all_fields,
     with_payload},
    {{"json", "one JSON document with the checkpoint the entries belong to"},
     exports::write_json,
     nullptr,
     all_fields,
     with_payload},
    {{"csv", "a table for spreadsheets (RFC 4180)"},
     nullptr,
     exports::make_csv,
     csv_fields,
     csv_payload},
    {{"xlsx", "a workbook for Excel and others, up to 1,048,575 entries", kBinary},
     exports::write_xlsx,
     nullptr,
     xlsx_fields,
     csv_payload},
    {{"pdf", "a document for people, up to 100,000 entries", kBinary},
     exports::write_pdf,
     nullptr,
     exports::pdf_fields,
     exports::pdf_needs_payload},
    {{"prometheus", "counts for a textfile collector: kinds, decisions, tokens, cost, alerts"},
     exports::write_prometheus,
     nullptr,
     exports::prometheus_fields,
     no_payload},
    {{kCef, "a line an entry for ArcSight and others (CEF)"},
     nullptr,
     make_line<siem::make_cef>,
     fields_of_table<kCef>,
     no_payload},
    {{kLeef, "a line an entry for QRadar (LEEF 2.0)"},
     nullptr,
     make_line<siem::make_leef>,
     fields_of_table<kLeef>,
     no_payload},
    {{kEcs, "a line of JSON an entry for Elastic (ECS 9.4)", !kBinary, kTakesPayload},
     nullptr,
     make_line<siem::make_ecs>,
     fields_of_table<kEcs>,
     payload_if_asked},
    {{kOcsf, "a line of JSON an entry in the Open Cybersecurity Schema (OCSF 1.8)", !kBinary,
      kTakesPayload},
     nullptr,
     make_line<siem::make_ocsf>,
     fields_of_table<kOcsf>,
     payload_if_asked},
    {{kSyslog, "a line an entry for syslog (RFC 5424)"},
     nullptr,
     make_line<siem::make_syslog>,
     fields_of_table<kSyslog>,
     no_payload},
    {{"splunk", "a line of JSON an entry for Splunk's HTTP Event Collector", !kBinary,
      kTakesPayload},
     nullptr,
     exports::make_splunk,
     all_fields,
     payload_if_asked},
    {{kSentinel, "a line of JSON an entry for Microsoft Sentinel (ASIM AgentEvent)", !kBinary,
      kTakesPayload},
     nullptr,
     make_line<siem::make_sentinel>,
     fields_of_table<kSentinel>,
     payload_if_asked},
    {{kOtlp, "a line of OTLP/JSON an entry, for any store of OpenTelemetry", !kBinary,
      kTakesPayload},
     nullptr,
     make_line<siem::make_otlp>,
     fields_of_table<kOtlp>,
     payload_if_asked},
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
    for (const Format& format : kFormats) {
      all.push_back(format.about);
      all.back().is_lines = format.lines != nullptr;
    }
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
  const exports::Provenance from = provenance_of(view);
  if (chosen.lines == nullptr) return chosen.write(rows, from, options, sink);
  const auto lines = chosen.lines({from.ledger_id, from.head.origin}, options);
  return exports::write_lines(rows, *lines, sink);
}

struct EntryLines::Impl {
  std::string ledger_id;
  std::string origin;
  std::unique_ptr<siem::LineWriter> writer;
};

EntryLines::EntryLines(std::string_view format, const LedgerView& view,
                       const ExportOptions& options)
    : impl_(std::make_unique<Impl>()) {
  const Format& chosen = find_format(format);
  if (chosen.lines == nullptr) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} is not a line for each entry", chosen.about.name));
  }
  impl_->ledger_id = view.ledger_id();
  impl_->origin = view.origin();
  impl_->writer = chosen.lines({impl_->ledger_id, impl_->origin}, options);
}

EntryLines::EntryLines(EntryLines&&) noexcept = default;
EntryLines& EntryLines::operator=(EntryLines&&) noexcept = default;
EntryLines::~EntryLines() = default;

void EntryLines::begin(std::string& out) { impl_->writer->begin(out); }

void EntryLines::append(std::string& out, const Entry& entry) { impl_->writer->append(out, entry); }

std::uint64_t export_merged_csv(MergedSearch& search, std::span<const std::string> names,
                                const ExportOptions& options, const Sink& sink) {
  MergedRows rows(search, names);
  if (names.empty()) return exports::write_lines(rows, *exports::make_csv({}, options), sink);
  return exports::write_named_csv(rows, options, sink);
}

}  // namespace audit
