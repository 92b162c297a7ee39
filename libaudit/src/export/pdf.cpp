// A document for people: where the entries come from, what they are about, all of them, and how to
// check that.
#include "export/pdf.hpp"

#include <audit/error.hpp>

#include <string>

#include <fmt/format.h>

#include "document/chart_scale.hpp"
#include "document/pdf.hpp"
#include "export/column.hpp"
#include "export/evidence_document.hpp"
#include "export/rows.hpp"
#include "export/statistics.hpp"
#include "export/summary.hpp"

namespace audit::exports {
namespace {

using document::grouped;

[[noreturn]] void refuse_more(const Statistics& all) {
  throw Error(
      ErrorCode::limit,
      fmt::format("{} entries match, and a PDF holds at most {}", grouped(all.count),
                  grouped(kMaxPdfEntries)),
      fmt::format(
          "make several: the first {} end at entry {}, {} (narrow it with seq:0..{}, or since: and "
          "until:); or export csv or jsonl",
          grouped(kMaxPdfEntries), all.last_held_seq, to_rfc3339(all.last_held_time),
          all.last_held_seq));
}

Statistics read_all(Rows& rows) {
  Statistics all;
  rows.restart(false);
  while (rows.next()) all.add(rows.entry());
  if (all.count > kMaxPdfEntries) refuse_more(all);
  return all;
}

document::About about(const DocumentFacts& facts) {
  const ExportOptions& options = facts.options;
  document::About about;
  about.title = document_title(options);
  about.author = options.organisation.empty() ? options.made_by : options.organisation;
  about.subject = fmt::format("document hash SHA-256 {}", facts.hash);
  about.footer = fmt::format("{} \u00b7 {} \u00b7 document hash {}", about.title,
                             facts.from.head.origin, facts.hash.substr(0, 16));
  about.made = to_rfc3339(options.now);
  return about;
}

}  // namespace

FieldSet pdf_fields(const ExportOptions& options) {
  FieldSet set = Summarizer::fields();
  set.add(FieldSet{Field::time, Field::agent});
  if (!options.fields.empty()) set.add(fields_of(parse_columns(options.fields)));
  return set;
}

bool pdf_needs_payload(const ExportOptions& options) {
  return options.fields.empty() || needs_payload(parse_columns(options.fields));
}

std::uint64_t write_pdf(Rows& rows, const Provenance& from, const ExportOptions& options,
                        const Sink& sink) {
  Statistics all = read_all(rows);
  const DocumentFacts facts = document_facts(from, options, all);
  document::PdfWriter pdf(about(facts), {.made = options.now}, sink);
  describe_front(pdf, facts, all);
  describe_summary(pdf, all);
  rows.restart(false);
  describe_decisions(pdf, rows, all);
  rows.restart(true);
  describe_entries(pdf, rows, facts);
  describe_integrity(pdf, facts, all);
  pdf.finish();
  return all.count;
}

}  // namespace audit::exports
