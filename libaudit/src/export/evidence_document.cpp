#include "export/evidence_document.hpp"

#include <audit/checkpoint.hpp>
#include <audit/key.hpp>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crypto/sha256.hpp"
#include "document/chart_scale.hpp"
#include "export/entry_layout.hpp"

namespace audit::exports {
namespace {

using document::Callout;
using document::grouped;
using document::Heading;
using document::KeyValues;
using document::PageBreak;
using document::Paragraph;
using document::Run;
using document::Tone;

constexpr std::size_t kMostBars = 7;
constexpr std::uint64_t kMarkEach = 1000;  // entries to a bookmark

// The key that signed the head: the one the ledger began with, or after a rotation one that lies
// beside it. Whose it is nobody here can say.
std::string signer_of(const LedgerView& view) {
  std::vector<VerifyKey> keys;
  if (auto first = parse_verify_key(view.first_verify_key())) keys.push_back(*first);
  try {
    for (VerifyKey& key : read_verify_keys(verify_key_file(view.file()))) {
      keys.push_back(std::move(key));
    }
  } catch (const Error&) {  // there need not be such a file
  }
  for (const VerifyKey& key : keys) {
    if (open_checkpoint(view.head_note(), {key})) return key.text();
  }
  return {};
}

std::string query_or_all(const ExportOptions& options) {
  return options.query_text.empty() ? "everything" : options.query_text;
}

void add_if(KeyValues& block, std::string key, const std::string& value) {
  if (!value.empty()) block.items.push_back({std::move(key), value});
}

std::string period(const Statistics& statistics) {
  if (statistics.count == 0) return "no entries";
  return fmt::format("{} to {} UTC, first and last event shown", document_time(statistics.earliest),
                     document_time(statistics.latest));
}

std::string entries(const Statistics& statistics, const Provenance& from) {
  const std::string of = fmt::format("{} of the {} entries in the ledger",
                                     grouped(statistics.count), grouped(from.head.size));
  if (statistics.count == 0) return of;
  return of + fmt::format(", numbers {} to {}", statistics.first_seq, statistics.last_seq);
}

Callout verdict_box(const ExportOptions& options) {
  if (!options.check) {
    return {
        "Not verified",
        {{"The ledger was not verified when this document was made. The last pages say how to do "
          "it."}},
        Tone::caution};
  }
  const DocumentCheck& check = *options.check;
  return {
      "Verified when this document was made: intact",
      {{fmt::format("All {} entries of the ledger were hashed anew from their stored bytes, the "
                    "chain and the tree over them computed, and every signature on the way "
                    "checked. {}",
                    grouped(check.entries),
                    check.is_signer_known
                        ? "The key that signed it was given by who made this document."
                        : "The key that signed it is the one that the ledger itself names: "
                          "compare it with the one you were given.")}},
      Tone::good};
}

std::string title_line(const Provenance& from) {
  return fmt::format("Evidence from the ledger {}", from.head.origin);
}

// "Decisions" and the like, beside each other.
document::BarCharts charts_of(const Statistics& all) {
  document::BarCharts charts;
  charts.charts.push_back(all.types.chart("By type", kMostBars));
  charts.charts.push_back(all.agents.chart("By agent", kMostBars));
  charts.charts.push_back(all.verdicts.chart("Decisions", kMostBars));
  charts.charts.push_back(all.outcomes.chart("Outcomes", kMostBars));
  charts.charts.push_back(all.failed.chart("What failed", kMostBars));
  charts.charts.push_back(all.refused.chart("Who refused", kMostBars));
  return charts;
}

document::TimeChart times_of(const Statistics& all) {
  document::TimeChart chart;
  std::string unit;
  std::vector<document::TimeChart::Bar> bars = all.times.bars(unit);
  chart.title = fmt::format("Events over time, {} (UTC)", unit);
  chart.series = {"other events", "failed or refused"};
  chart.bars = std::move(bars);
  return chart;
}

Tone alarm(std::uint64_t count) { return count > 0 ? Tone::bad : Tone::plain; }

}  // namespace

std::string document_title(const ExportOptions& options) {
  return options.title.empty() ? "Audit trail of AI agent activity" : options.title;
}

DocumentFacts document_facts(const Provenance& from, const ExportOptions& options,
                             Statistics& statistics) {
  DocumentFacts facts{from, options, to_hex(statistics.hash()), {}, {}, {}};
  if (from.view == nullptr) return facts;
  facts.note = from.view->head_note();
  facts.key = signer_of(*from.view);
  if (!facts.key.empty()) facts.fingerprint = to_hex(crypto::sha256(facts.key));
  return facts;
}

void describe_front(document::Writer& writer, const DocumentFacts& facts,
                    const Statistics& statistics) {
  const ExportOptions& options = facts.options;
  const Provenance& from = facts.from;
  writer.add(document::Title{document_title(options), options.organisation, title_line(from)});
  KeyValues block;
  block.items.push_back(
      {"Scope", options.query_text.empty()
                    ? "every event in the ledger; the program's own records (sys.*) are left out"
                    : "every event in the ledger that answers the query below"});
  block.items.push_back({.key = "Query", .value = query_or_all(options), .is_code = true});
  block.items.push_back({"Period", period(statistics)});
  block.items.push_back({"Entries", entries(statistics, from)});
  block.items.push_back({"Ledger", from.head.origin});
  block.items.push_back({.key = "Ledger id", .value = from.ledger_id, .is_code = true});
  block.items.push_back({.key = "Checkpoint",
                         .value = fmt::format("{} entries, root {}", grouped(from.head.size),
                                              to_base64(from.head.root)),
                         .is_code = true});
  if (!facts.key.empty()) {
    block.items.push_back({.key = "Verifier key", .value = facts.key, .is_code = true});
    block.items.push_back(
        {.key = "Key fingerprint", .value = "SHA-256 " + facts.fingerprint, .is_code = true});
  }
  add_if(block, "Exported by", options.made_by);
  block.items.push_back(
      {"Exported at", to_rfc3339(std::chrono::floor<std::chrono::seconds>(options.now))});
  block.items.push_back(
      {.key = "Document hash", .value = "SHA-256 " + facts.hash, .is_code = true});
  writer.add(block);
  writer.add(verdict_box(options));
  writer.add(Heading{"In this document", 3});
  writer.add(document::Tree{
      {{0, "Summary: what happened when, by whom, what failed and what was refused"},
       {0, fmt::format("Approvals and refusals: {} entries, by whom and why",
                       grouped(statistics.decisions))},
       {0, fmt::format("Entries: all {}, in the order of the ledger", grouped(statistics.count))},
       {0, "Integrity: what was verified, how to do it again, what this document does not show"}}});
}

void describe_summary(document::Writer& writer, const Statistics& all) {
  writer.add(PageBreak{});
  writer.add(Heading{"Summary", 1});
  if (all.count == 0) {
    writer.add(Paragraph("No entry matches the query."));
    return;
  }
  writer.add(document::Figures{{{"events", grouped(all.count)},
                                {"agents", grouped(all.agents.distinct())},
                                {"approvals given", grouped(all.approvals)},
                                {"refused", grouped(all.denials), alarm(all.denials)},
                                {"failed", grouped(all.failures), alarm(all.failures)}}});
  writer.add(times_of(all));
  writer.add(charts_of(all));
}

void describe_decisions(document::Writer& writer, Rows& rows, const Statistics& all) {
  writer.add(PageBreak{});
  writer.add(Heading{"Approvals and refusals", 1});
  if (all.decisions == 0) {
    writer.add(
        Paragraph("None of the entries records that leave was asked for or given, or that an "
                  "action was refused. "
                  "That says what was recorded, not that nothing was refused."));
    return;
  }
  writer.add(
      Paragraph(fmt::format("{} of the {} entries are about leave to act, or say that an action "
                            "was refused. They stand here "
                            "apart and again among all entries, where the number leads.",
                            grouped(all.decisions), grouped(all.count))));
  const std::unique_ptr<EntryLayout> layout = make_decision_layout();
  writer.begin_table(layout->table());
  while (rows.next()) {
    const Envelope& envelope = rows.entry().envelope;
    if (is_denial(envelope) || is_approval(envelope)) writer.row(layout->cells(rows.entry()));
  }
  writer.end_table();
}

void describe_entries(document::Writer& writer, Rows& rows, const DocumentFacts& facts) {
  writer.add(PageBreak{});
  writer.add(Heading{"Entries", 1});
  // Chosen columns hold the event's time and the receipt each in its own.
  const std::string_view mark =
      facts.options.fields.empty()
          ? " A time with ~ before it is when the entry was received: the event gives none."
          : "";
  writer.add(Paragraph(fmt::format("In the order in which they were recorded. Times are UTC.{} "
                                   "Text that ends in \u2026 did not "
                                   "fit; \u201cin full\u201d says in which entry all of it is, and "
                                   "the SHA-256 of it. Characters "
                                   "that cannot be shown or would mislead are written as \\n, "
                                   "\\x1b, \\u202e or \\u{{1F600}}.",
                                   mark),
                       Tone::muted));
  const std::unique_ptr<EntryLayout> layout = make_entry_layout(facts.options);
  writer.begin_table(layout->table());
  std::uint64_t count = 0;
  while (rows.next()) {
    const Entry& entry = rows.entry();
    if (count++ % kMarkEach == 0) {
      writer.mark(fmt::format("from entry {}, {}", entry.seq, document_time(entry.when())));
    }
    writer.row(layout->cells(entry), entry_anchor(entry.seq));
  }
  writer.end_table();
}

}  // namespace audit::exports
