// audit/export.hpp - entries written for others: raw, JSONL, JSON, CSV, PDF, and the lines of SIEMs
// (audit-siem(5)).
//
// Place     ledger -> query -> [export]
// Threads   one thread at a time
// Escaping  every format by its own rules; what an agent wrote is never trusted (audit-security(7))
#pragma once

#include <audit/ledger.hpp>
#include <audit/merged_search.hpp>
#include <audit/query.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

// Takes pieces of output in order; throws to stop.
using Sink = std::function<void(std::string_view)>;

// A record that is no line: a request over many lines, or in protobuf.
struct RawRecord {
  std::uint64_t seq = 0;    // of the entry that holds it, or what is left of it
  std::string_view source;  // the input it came from
  std::string_view bytes;   // as they arrived
};

// What was verified of a ledger that a document is made from and found intact (audit/verify.hpp).
struct DocumentCheck {
  std::uint64_t entries = 0;     // that were checked
  bool is_signer_known = false;  // the head's key was given from outside, not by the ledger itself
  std::vector<std::string> checks;  // what was checked, a line each
  std::vector<std::string> limits;  // what was not, in whole sentences
};

struct ExportOptions {
  // raw: takes records that are no lines. Without it the first of them ends the export with
  // `invalid_argument`.
  std::function<void(const RawRecord&)> on_record;
  // Something worth a line on stderr.
  std::function<void(std::string_view)> remark;

  // Columns of csv and pdf: names of fields, and seq hash received cost payload summary. Empty: the
  // format's default.
  std::vector<std::string> fields;
  std::string title;            // pdf
  std::string query_text;       // what the caller asked, for documents
  Timestamp now;                // when the document says it was made (SOURCE_DATE_EPOCH)
  bool payload = false;         // formats that take it (ExportFormat): with payloads
  bool bulk = false;            // ecs: an action line before each document
  std::filesystem::path spool;  // xlsx: a folder with room for what is not ready yet; empty: here

  // For a pdf: whose document it is and who made it, both may be empty; and what was verified, without
  // which the document says that nothing was.
  std::uint64_t limit = 0;  // that the search was given
  std::string organisation;
  std::string made_by;
  std::optional<DocumentCheck> check;
};

struct ExportFormat {
  std::string_view name;         // "csv": the flag is --csv
  std::string_view description;  // half a line for --help
  bool binary = false;           // not for a terminal
  bool takes_payload = false;    // ExportOptions::payload has a meaning
  bool is_lines = false;         // EntryLines knows it
};

[[nodiscard]] const std::vector<ExportFormat>& export_formats();

// What a Search made for export_entries() should read: SearchOptions::wanted and with_payload.
// Fewer fields are faster.
//   throws    invalid_argument (format, fields), before anything is opened or written
[[nodiscard]] FieldSet export_fields(std::string_view format, const ExportOptions& options = {});
[[nodiscard]] bool export_needs_payload(std::string_view format, const ExportOptions& options = {});

// The most entries a PDF holds.
inline constexpr std::uint64_t kMaxPdfEntries = 100'000;

// The most entries an XLSX holds.
inline constexpr std::uint64_t kMaxXlsxEntries = 1'048'575;

// Writes every answer of `search` in the named format; returns how many were written. raw writes
// records: one of which several entries were made is written once and whole if any of them is an
// answer, and entries without a payload are left out.
//   requires  search runs oldest first and reads what the two calls above say
//   throws    invalid_argument (format, fields), limit (more than kMaxPdfEntries, kMaxXlsxEntries), configuration (a
//             font or the library for PDF is missing), damaged, io, and what sink throws
std::uint64_t export_entries(std::string_view format, const LedgerView& view, Search& search,
                             const ExportOptions& options, const Sink& sink);

// Entries as lines, one at a time: for who follows a ledger.
//   Threads   one thread at a time
class EntryLines {
 public:
  //   view      only what names the ledger is taken from it; it need not stay
  //   throws    invalid_argument for a format that is not lines, and for fields
  EntryLines(std::string_view format, const LedgerView& view, const ExportOptions& options = {});
  EntryLines(EntryLines&&) noexcept;
  EntryLines& operator=(EntryLines&&) noexcept;
  ~EntryLines();

  // Appends what stands before the first line: the header of csv.
  void begin(std::string& out);

  // Appends the line of an entry, with its line end.
  //   requires  the entry was read as export_fields() and export_needs_payload() say
  void append(std::string& out, const Entry& entry);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writes every answer of a search in several ledgers as CSV, with a first column "ledger".
//   names     one for each ledger of the search, in its order; empty: there is no such column
//   requires  search reads what the two calls above say of "csv"
//   throws    invalid_argument (fields), damaged, io, and what sink throws
std::uint64_t export_merged_csv(MergedSearch& search, std::span<const std::string> names,
                                const ExportOptions& options, const Sink& sink);

// One entry as one line of JSON without a line end: product names, absent fields left out, the
// payload as it is in "payload" where it is JSON of one line, else in "payload_text" or
// "payload_base64"; "payload_erased" is true where it was erased. What `search --json` prints.
//   requires  the entry was read with its payload
void append_entry_json(std::string& out, const Entry& entry);

// The same with a first member "ledger", for entries of several.
void append_entry_json(std::string& out, const Entry& entry, std::string_view ledger);

// What happened, in one line for a person: "tool bash: ls -l, ok, 12 ms", "deny by pii-egress:
// address in body", else the first words of the payload. Safe to show: controls and bidi are
// spelt out (audit-security(7)). Empty if there is nothing to say.
//   cost      one parse of the payload, only where the envelope says nothing
[[nodiscard]] std::string entry_summary(const Entry& entry);

// What a call was asked, in one short line that is safe to show: the command, the path, the one value
// there is, else its arguments as JSON. Empty where the payload names none.
[[nodiscard]] std::string call_arguments(const Entry& entry);

}  // namespace audit
