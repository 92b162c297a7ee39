// The last part: what was verified, how to do it again, and what nobody can see here.
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "document/chart_scale.hpp"
#include "export/evidence_document.hpp"

namespace audit::exports {
namespace {

using document::Code;
using document::grouped;
using document::Heading;
using document::Paragraph;
using document::Run;
using document::Tone;
using document::Tree;

// In quotes for a shell, if there is a query.
std::string query_argument(const ExportOptions& options) {
  if (options.query_text.empty()) return {};
  std::string out = " '";
  for (const char c : options.query_text) {
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out + "'";
}

void add_list(document::Writer& writer, const std::vector<std::string>& texts) {
  Tree list;
  for (const std::string& text : texts) list.items.push_back({.text = text});
  writer.add(list);
}

void describe_checks(document::Writer& writer, const ExportOptions& options) {
  writer.add(Heading{"What was verified", 2});
  if (!options.check) {
    writer.add(Paragraph(
        "Nothing: the ledger was read, not verified. The steps below verify it at any time.",
        Tone::caution));
    return;
  }
  const DocumentCheck& check = *options.check;
  writer.add(Paragraph(fmt::format(
      "Right before this document was written the ledger was verified as \u201caudit verify\u201d "
      "does, all {} entries of it, and found intact:",
      grouped(check.entries))));
  add_list(writer, check.checks);
}

void describe_steps(document::Writer& writer, const DocumentFacts& facts) {
  const std::string query = query_argument(facts.options);
  const std::string key = facts.key.empty() ? "VERIFIER-KEY" : facts.key;
  writer.add(Heading{"How to verify this document again", 2});
  writer.add(Paragraph(
      "You need the ledger, the program audit or the stand-alone script reverify.py, and the "
      "verifier key from a source of your own. Nobody\u2019s help and no network."));
  writer.add(Paragraph("1. Is the ledger intact, and was it signed by the key you were given?"));
  writer.add(Code{fmt::format("audit verify LEDGER --key '{}'", key)});
  if (!facts.note.empty()) {
    writer.add(Paragraph(
        "2. Does it still begin with the very entries this document was made from? These lines are "
        "its signed checkpoint; save them as checkpoint.txt, each with its line end. A ledger that "
        "was "
        "cut back or rewritten since does not extend it."));
    writer.add(Code{facts.note});
    writer.add(Code{"audit verify LEDGER --known checkpoint.txt"});
  }
  writer.add(Paragraph(std::vector<Run>{
      {"3. Are the entries shown here the ones that answer the query? This prints the "},
      {"document hash", Run::Kind::strong},
      {", the SHA-256 of their numbers and hashes in the order shown. An entry\u2019s hash covers "
       "all of "
       "it, what did not fit on the page too, and every entry before it; so an entry that was "
       "added, "
       "left out, changed or moved gives another hash. Title, layout and date of the document do "
       "not matter; a ledger that grew may hold more answers if the query names no end, and a span "
       "such "
       "as since:7d counts back from when it is asked: give the times of the period instead."}}));
  const std::string limit =
      facts.options.limit > 0 ? fmt::format(" -n {}", facts.options.limit) : std::string();
  writer.add(Code{fmt::format("audit -l LEDGER export --csv --fields seq,hash{}{} | sha256sum\n{}",
                              limit, query, facts.hash)});
  writer.add(Paragraph("4. Does a page say what the entry says? Look one up, with its proof:"));
  writer.add(Code{"audit -l LEDGER search --seq N --prove --json"});
  writer.add(Paragraph(
      "5. Was the file itself changed? Made again from the same state of the ledger with the same "
      "flags, by the same version of the program and with SOURCE_DATE_EPOCH set to the time on the "
      "first page, it has the same bytes."));
}

void describe_limits(document::Writer& writer, const DocumentFacts& facts,
                     const Statistics& statistics) {
  writer.add(Heading{"What this document does not show", 2});
  std::vector<std::string> limits = {
      "It is a view for people and not signed itself: the proof is in the ledger, and a page can "
      "be "
      "changed by whoever holds the file. The steps above find that out.",
      "It shows what was recorded. That an agent recorded everything it did cannot be seen from "
      "any "
      "record; nor that what it recorded is true.",
      "Times of events are those that their sources gave. When the ledger received them is its own "
      "clock\u2019s word.",
      "Long texts are cut; \u201cin full\u201d says where all of them is."};
  if (!facts.options.query_text.empty()) {
    limits.emplace_back(
        "Entries that do not answer the query are not shown, and the program\u2019s own "
        "records (sys.*) only if the query names them.");
  } else {
    limits.emplace_back(
        "The program\u2019s own records (sys.*: the beginning of the ledger, erasures, "
        "changes of keys) are not shown: ask for type:sys.*");
  }
  if (facts.from.view != nullptr && facts.from.view->disclosure() == Disclosure::envelopes) {
    limits.emplace_back(
        "It was made from the view without content: neither payloads nor what was taken "
        "from them is shown.");
  }
  if (statistics.erased > 0) {
    limits.push_back(
        fmt::format("The content of {} entries was erased; that they were there, and who "
                    "erased it why, is in the ledger.",
                    grouped(statistics.erased)));
  }
  if (facts.options.check) {
    for (const std::string& limit : facts.options.check->limits) limits.push_back(limit);
  }
  add_list(writer, limits);
}

}  // namespace

void describe_integrity(document::Writer& writer, const DocumentFacts& facts,
                        const Statistics& statistics) {
  writer.add(document::PageBreak{});
  writer.add(Heading{"Integrity", 1});
  describe_checks(writer, facts.options);
  describe_steps(writer, facts);
  describe_limits(writer, facts, statistics);
}

}  // namespace audit::exports
