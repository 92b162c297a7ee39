#include "commands/verdict.hpp"

#include <audit/text.hpp>
#include <audit/time.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ui/json.hpp"
#include "ui/table.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kShownFindings = 50;

bool reached(const VerifyReport& report, std::string_view word) {
  return std::ranges::any_of(report.level,
                             [word](Level level) { return to_string(level) == word; });
}

std::string_view to_string(Check::Status status) {
  switch (status) {
    case Check::Status::pass:
      return "pass";
    case Check::Status::fail:
      return "fail";
    case Check::Status::skipped:
      return "skipped";
  }
  return "";
}

Tone tone_of(Check::Status status) {
  switch (status) {
    case Check::Status::pass:
      return Tone::good;
    case Check::Status::fail:
      return Tone::bad;
    case Check::Status::skipped:
      return Tone::warn;
  }
  return Tone::plain;
}

std::uint64_t finding_count(const VerifyReport& report) {
  return report.findings.size() + report.findings_not_listed;
}

// A proof or a bundle, not a ledger.
bool stands_alone(const VerifyReport& report) {
  return report.proved.has_value() || report.bundled.has_value();
}

// How far others saw it, where a policy asks for them. Nothing that came later was seen by them.
std::string witnessed_text(const VerifyReport& report) {
  if (!report.witnessed_size) return {};
  const std::uint64_t seen = reached(report, "witnessed") ? *report.witnessed_size : 0;
  if (seen == 0) return ", not witnessed";
  if (seen >= report.size) return ", witnessed";
  return fmt::format(
      ", witnessed up to entry {} ({} not)", seen - 1,
      report.size - seen == 1 ? "1 newer one is" : grouped(report.size - seen) + " newer ones are");
}

// What an intact verdict rests on, and in so many words what it does not.
std::string reach_text(const VerifyReport& report) {
  std::string text =
      reached(report, "signed") ? "signed by a key you know" : "signer self-declared (no --key)";
  text +=
      reached(report, "anchored")
          ? (stands_alone(report) ? ", under a head that was known" : ", extends what was known")
          : (stands_alone(report) ? ", unanchored (no --known)"
                                  : ", unanchored (no --known: a cut tail would not show)");
  text += witnessed_text(report);
  if (!stands_alone(report) && !reached(report, "complete")) text += ", not complete";
  // One whose authority is vouched for, else any.
  const auto trusted = std::ranges::find_if(report.time_stamps, &HeadTime::is_trusted);
  const auto head = trusted != report.time_stamps.end() ? trusted : report.time_stamps.begin();
  if (head != report.time_stamps.end()) {
    text += fmt::format(", time-stamped {} at {}{}", to_rfc3339(head->time),
                        counted(head->size, "entry", "entries"),
                        head->is_trusted ? "" : " by a self-declared authority");
  }
  return text;
}

std::string first_reason(const VerifyReport& report) {
  for (const Check& check : report.checks) {
    if (check.status == Check::Status::fail) return check.detail;
  }
  if (!report.findings.empty()) return report.findings.front().message;
  return report.limits.empty() ? "nothing could be checked" : report.limits.front();
}

// "1,000,001 entries", "the newest 10,317 of 1,000,001 entries"
std::string checked_text(const VerifyReport& report) {
  if (report.checked_from == 0) return counted(report.entries_checked, "entry", "entries");
  return fmt::format("the newest {} of {}", grouped(report.entries_checked),
                     counted(report.size, "entry", "entries"));
}

// What was looked at.
std::string subject_text(const VerifyReport& report) {
  if (report.bundled) {
    return fmt::format("{} of the ledger of {} verified",
                       counted(report.bundled->entries, "entry", "entries"), grouped(report.size));
  }
  if (!report.proved) {
    return fmt::format("{} verified", checked_text(report));
  }
  const std::string received =
      report.proved->received ? fmt::format(", received {},", to_rfc3339(*report.proved->received))
                              : std::string();
  return fmt::format("entry {}{} is in the ledger of {}", report.proved->seq, received,
                     counted(report.size, "entry", "entries"));
}

// Nothing was found but that others signed it: mostly the wrong key was named.
bool is_of_another_key(const VerifyReport& report) {
  return report.findings_not_listed == 0 && !report.findings.empty() &&
         std::ranges::all_of(report.findings, [](const Finding& one) { return one.kind == "key"; });
}

std::string tampered_text(const VerifyReport& report) {
  if (report.proved) return first_reason(report);
  if (is_of_another_key(report)) return report.findings.front().message;
  const std::uint64_t entries = report.bundled ? report.bundled->entries : report.size;
  std::string text = fmt::format("{} in {}", counted(finding_count(report), "finding", "findings"),
                                 counted(entries, "entry", "entries"));
  const auto first = std::ranges::find_if(
      report.findings, [](const Finding& finding) { return finding.seq.has_value(); });
  if (first != report.findings.end()) text += fmt::format(", the first at entry {}", *first->seq);
  return text;
}

// One sentence that says all that matters.
std::string verdict_sentence(const VerifyReport& report, const std::vector<std::string>& missing) {
  const std::string_view verdict = to_string(report.verdict);
  switch (report.verdict) {
    case Verdict::intact:
      if (!missing.empty()) {
        return fmt::format("{}, but not {}: {}; {}", verdict, fmt::join(missing, ", "),
                           subject_text(report), reach_text(report));
      }
      return fmt::format("{}: {}; {}", verdict, subject_text(report), reach_text(report));
    case Verdict::tampered:
      return fmt::format("{}: {}", verdict, tampered_text(report));
    case Verdict::rolled_back:
      return fmt::format("{}: the ledger is behind a checkpoint that was kept: {}", verdict,
                         first_reason(report));
    case Verdict::forked:
      return fmt::format("{}: two heads contradict each other: {}", verdict, first_reason(report));
    case Verdict::unverifiable:
      break;
  }
  return fmt::format("{}: {}", verdict, first_reason(report));
}

Tone tone_of_verdict(const VerifyReport& report, bool required) {
  if (report.verdict == Verdict::intact) return required ? Tone::good : Tone::warn;
  return report.verdict == Verdict::unverifiable ? Tone::warn : Tone::bad;
}

// Columns for the checks: in a pipe they stand below each other too, but nothing is cut.
std::size_t table_width(const Output& out) {
  constexpr std::size_t kEndless = 100'000;
  return out.is_terminal() ? out.columns() - 2 : kEndless;
}

void print_checks(Context& context, const VerifyReport& report, const Style& style) {
  if (report.checks.empty()) return;
  std::vector<Row> rows;
  std::size_t not_reached = 0;
  for (const Check& check : report.checks) {
    if (check.status == Check::Status::skipped && check.detail == "not reached") {
      ++not_reached;
      continue;
    }
    rows.push_back({{std::string(to_string(check.status)), tone_of(check.status)},
                    {escape_controls(check.name), Tone::plain},
                    {escape_controls(check.detail), Tone::dim}});
  }
  Table table({{}, {}, {.grows = true}}, table_width(context.out), style);
  table.fit(rows);
  context.out.print("\n{}\n", style.paint(Tone::strong, "checks"));
  for (const Row& row : rows) context.out.print("  {}\n", table.line(row));
  if (not_reached > 0) {
    context.out.print(
        "  {}\n",
        style.paint(Tone::dim, fmt::format("{} not reached", counted(not_reached, "more check was",
                                                                     "more checks were"))));
  }
}

void print_findings(Context& context, const VerifyReport& report, const Style& style) {
  if (report.findings.empty()) return;
  context.out.print("\n{}\n", style.paint(Tone::strong, "findings"));
  const std::size_t shown = std::min(report.findings.size(), kShownFindings);
  for (const Finding& finding : std::span(report.findings).first(shown)) {
    const std::string place = finding.seq ? fmt::format("entry {}: ", *finding.seq) : "";
    // "entry 193: entry: ..." would say it twice.
    const std::string kind = finding.seq && finding.kind == "entry"
                                 ? std::string()
                                 : style.paint(Tone::bad, escape_controls(finding.kind)) + ": ";
    context.out.print("  {}{}{}\n", place, kind, escape_controls(finding.message));
  }
  const std::uint64_t rest = finding_count(report) - shown;
  if (rest > 0) context.out.print("  ... and {} more (--json lists them)\n", grouped(rest));
}

void print_limits(Context& context, const VerifyReport& report, const Style& style) {
  std::span<const std::string> limits(report.limits);
  // Why nothing could be said stands above.
  const bool is_told =
      report.verdict == Verdict::unverifiable && !limits.empty() &&
      (limits.front() == first_reason(report) || limits.front() == first_reason(report) + '.');
  if (is_told) limits = limits.subspan(1);
  if (limits.empty()) return;
  context.out.print("\n{}\n", style.paint(Tone::strong, "what this does not cover"));
  for (const std::string& limit : limits) {
    context.out.print("  - {}\n", wrap(escape_controls(limit), 4, wrap_width(context.out)));
  }
}

// What says that something was erased.
void print_erasures(Context& context, const VerifyReport& report) {
  constexpr std::size_t kShown = 20;
  const std::size_t shown = std::min(kShown, report.erasures.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const ErasureNote& note = report.erasures[i];
    const std::string text =
        fmt::format("entry {}: {} of {}, by {}: {}", note.seq, escape_controls(note.what),
                    counted(note.entries, "entry", "entries"), escape_controls(note.authority),
                    escape_controls(note.reason));
    context.out.print("          {}\n", wrap(text, 10, wrap_width(context.out)));
  }
  const std::uint64_t more = report.erasures.size() - shown + report.erasures_not_listed;
  if (more > 0) {
    context.out.print("          and {} more (audit search type:sys.erasure)\n", grouped(more));
  }
}

void print_bundled(Context& context, const BundledEntries& bundled) {
  if (bundled.withheld > 0) {
    context.out.print("  hidden  something of {}\n", counted(bundled.withheld, "entry", "entries"));
  }
  if (bundled.query && !bundled.query->empty()) {
    context.out.print("  asked   {} (as its maker says)\n", escape_controls(*bundled.query));
  }
}

void print_head(Context& context, const VerifyReport& report, const Style& style) {
  if (report.origin.empty()) return;
  context.out.print("\n{}\n  origin  {}\n  size    {}\n  root    {}\n",
                    style.paint(Tone::strong, "head"), escape_controls(report.origin),
                    grouped(report.size), to_base64(report.root));
  if (report.continues) {
    context.out.print("  after   {} of {} (ledger {})\n",
                      counted(report.continues->size, "entry", "entries"),
                      escape_controls(report.continues->origin), report.continues->ledger_id);
  }
  if (report.erased > 0) {
    context.out.print("  erased  {} with something {} erased\n",
                      counted(report.erased, "entry", "entries"),
                      report.bundled ? "said to be" : "lawfully");
  }
  if (report.bundled) print_bundled(context, *report.bundled);
  print_erasures(context, report);
}

std::string erasures_json(const VerifyReport& report) {
  std::vector<std::string> items;
  for (const ErasureNote& note : report.erasures) {
    JsonObject object;
    object.add("seq", note.seq).add("what", note.what).add("entries", note.entries);
    items.push_back(object.add("authority", note.authority).add("reason", note.reason).str());
  }
  return json_array(items);
}

std::string proved_json(const ProvedEntry& proved) {
  JsonObject object;
  object.add("seq", proved.seq).add("hash", to_hex(proved.hash));
  if (proved.received) object.add("received", to_rfc3339(*proved.received));
  return object.str();
}

std::string predecessor_json(const Predecessor& predecessor) {
  JsonObject object;
  object.add("ledger_id", predecessor.ledger_id).add("origin", predecessor.origin);
  object.add("size", predecessor.size).add("root", to_base64(predecessor.root));
  return object.add("verify_key", predecessor.verify_key).str();
}

std::string bundled_json(const BundledEntries& bundled) {
  JsonObject object;
  object.add("entries", bundled.entries).add("withheld", bundled.withheld);
  if (bundled.query) object.add("query", *bundled.query);
  return object.str();
}

std::string findings_json(const VerifyReport& report) {
  std::vector<std::string> items;
  for (const Finding& finding : report.findings) {
    JsonObject object;
    object.add("kind", finding.kind).add("seq", finding.seq);
    items.push_back(object.add("message", finding.message).str());
  }
  return json_array(items);
}

std::string time_stamps_json(const VerifyReport& report) {
  std::vector<std::string> items;
  for (const HeadTime& head : report.time_stamps) {
    JsonObject object;
    object.add("size", head.size).add("time", to_rfc3339(head.time));
    object.add("authority", head.authority).add("trusted", head.is_trusted);
    items.push_back(object.str());
  }
  return json_array(items);
}

std::string checks_json(const VerifyReport& report) {
  std::vector<std::string> items;
  for (const Check& check : report.checks) {
    JsonObject object;
    object.add("name", check.name).add("status", to_string(check.status));
    items.push_back(object.add("detail", check.detail).str());
  }
  return json_array(items);
}

}  // namespace

std::vector<std::string> missing_levels(const VerifyReport& report,
                                        const std::vector<std::string>& required) {
  std::vector<std::string> missing;
  for (const std::string& word : required) {
    if (!reached(report, word)) missing.push_back(word);
  }
  return missing;
}

void print_verdict_line(Context& context, const VerifyReport& report,
                        const std::vector<std::string>& missing, std::string_view ledger) {
  std::string text = escape_controls(verdict_sentence(report, missing));
  if (!ledger.empty()) text = fmt::format("{}: {}", escape_controls(ledger), text);
  text = wrap(text, 0, wrap_width(context.out));
  const Tone tone = tone_of_verdict(report, missing.empty());
  context.out.print("{}\n", context.out_style().paint(tone, text));
}

void print_verdict(Context& context, const VerifyReport& report,
                   const std::vector<std::string>& missing) {
  const Style style = context.out_style();
  print_verdict_line(context, report, missing);
  if (context.globals.quiet) return;
  print_checks(context, report, style);
  print_findings(context, report, style);
  print_limits(context, report, style);
  print_head(context, report, style);
}

std::string verdict_json(const VerifyReport& report, const std::vector<std::string>& missing,
                         std::string_view ledger) {
  std::vector<std::string> level;
  for (const Level reached_level : report.level) level.emplace_back(to_string(reached_level));
  JsonObject object;
  if (!ledger.empty()) object.add("ledger", ledger);
  object.add("schema", "audit.verify/1").add("verdict", to_string(report.verdict));
  object.add("level", level).add("size", report.size).add("root", to_base64(report.root));
  object.add("origin", report.origin).add("entries_checked", report.entries_checked);
  if (report.checked_from > 0) object.add("checked_from", report.checked_from);
  if (report.continues) object.add_raw("continues", predecessor_json(*report.continues));
  object.add("erased", report.erased).add_raw("erasures", erasures_json(report));
  object.add("erasures_not_listed", report.erasures_not_listed)
      .add_raw("findings", findings_json(report));
  object.add("findings_not_listed", report.findings_not_listed);
  object.add("limits", report.limits).add_raw("checks", checks_json(report));
  if (report.witnessed_size) object.add("witnessed_size", *report.witnessed_size);
  if (!report.time_stamps.empty()) object.add_raw("time_stamps", time_stamps_json(report));
  if (report.proved) object.add_raw("proved", proved_json(*report.proved));
  if (report.bundled) object.add_raw("bundled", bundled_json(*report.bundled));
  return object.add("missing", missing).str();
}

}  // namespace audit::cli
