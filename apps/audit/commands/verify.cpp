#include "commands/verify.hpp"

#include <audit/key.hpp>
#include <audit/text.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/flags.hpp"
#include "commands/ledgers.hpp"
#include "commands/spared_files.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/result_file.hpp"
#include "ui/table.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kShownFindings = 50;
constexpr std::uint64_t kMostThreads = 256;
constexpr std::array kLevels = {Level::chain,     Level::tree,  Level::signed_head, Level::anchored,
                                Level::witnessed, Level::index, Level::complete};

struct VerifyFlags {
  std::vector<std::string> known;
  std::string save;
  std::vector<std::string> keys;
  std::vector<std::string> require;
  bool quick = false;
  std::string format;
  bool rebuild_index = false;
  std::string threads;
};

// What is to be done, all values understood.
struct VerifyTask {
  std::filesystem::path ledger;
  VerifyOptions options;
  std::vector<std::string> required;
  bool json = false;
};

// A key given as its text, or the keys of a file.
std::vector<VerifyKey> resolve_keys(const std::string& text) {
  const Parsed<VerifyKey> key = parse_verify_key(text);
  if (key) return {*key};
  std::error_code error;
  if (text.find('+') != std::string::npos && !std::filesystem::exists(text, error)) {
    throw usage_error(fmt::format("--key '{}' is no verifier key: {}", text, key.error().message),
                      "name+id+base64, or a file with such lines: LEDGER.pub");
  }
  std::vector<VerifyKey> keys = read_verify_keys(text);
  if (keys.empty()) {
    throw Error(ErrorCode::configuration, fmt::format("'{}' holds no verifier key", text));
  }
  return keys;
}

std::vector<std::string> resolve_required(const std::vector<std::string>& lists) {
  std::vector<std::string> words;
  words.reserve(kLevels.size());
  for (const Level level : kLevels) words.emplace_back(to_string(level));
  std::vector<std::string> required;
  for (const std::string& list : lists) {
    for (const std::string& word : split_commas(list)) {
      check_word("--require", word, words);
      required.push_back(word);
    }
  }
  return required;
}

VerifyTask resolve(const Context& context, const VerifyFlags& flags,
                   const std::vector<std::string>& words) {
  VerifyTask task;
  task.ledger = words.empty() ? find_ledger(context, "verify") : existing_ledger(words.front());
  task.json = context.globals.json;
  if (!flags.format.empty()) {
    check_word("--format", flags.format, {"text", "json"});
    if (task.json && flags.format != "json") {
      throw usage_error(fmt::format("--json and --format {} contradict each other", flags.format));
    }
    task.json = flags.format == "json";
  }
  task.required = resolve_required(flags.require);
  task.options.quick = flags.quick;
  for (const std::string& key : flags.keys) {
    const std::vector<VerifyKey> keys = resolve_keys(key);
    task.options.keys.insert(task.options.keys.end(), keys.begin(), keys.end());
  }
  task.options.known.assign(flags.known.begin(), flags.known.end());
  if (!flags.threads.empty()) {
    task.options.threads =
        static_cast<unsigned>(parse_number("--threads", flags.threads, 0, kMostThreads));
  }
  return task;
}

bool reached(const VerifyReport& report, std::string_view word) {
  return std::ranges::any_of(report.level,
                             [word](Level level) { return to_string(level) == word; });
}

std::vector<std::string> missing_levels(const VerifyReport& report,
                                        const std::vector<std::string>& required) {
  std::vector<std::string> missing;
  for (const std::string& word : required) {
    if (!reached(report, word)) missing.push_back(word);
  }
  return missing;
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

// What an intact verdict rests on, and in so many words what it does not.
std::string reach_text(const VerifyReport& report) {
  std::string text =
      reached(report, "signed") ? "signed by a key you know" : "signer self-declared (no --key)";
  text += reached(report, "anchored") ? ", extends what was known"
                                      : ", unanchored (no --known: a cut tail would not show)";
  if (!reached(report, "complete")) text += ", not complete (see below)";
  return text;
}

std::string first_reason(const VerifyReport& report) {
  for (const Check& check : report.checks) {
    if (check.status == Check::Status::fail) return check.detail;
  }
  if (!report.findings.empty()) return report.findings.front().message;
  return report.limits.empty() ? "nothing could be checked" : report.limits.front();
}

std::string tampered_text(const VerifyReport& report) {
  std::string text = fmt::format("{} in {}", counted(finding_count(report), "finding", "findings"),
                                 counted(report.size, "entry", "entries"));
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
        return fmt::format("{}, but not {}: {} verified; {}", verdict, fmt::join(missing, ", "),
                           counted(report.entries_checked, "entry", "entries"), reach_text(report));
      }
      return fmt::format("{}: {} verified; {}", verdict,
                         counted(report.entries_checked, "entry", "entries"), reach_text(report));
    case Verdict::tampered:
      return fmt::format("{}: {}", verdict, tampered_text(report));
    case Verdict::rolled_back:
      return fmt::format("{}: the ledger is behind a checkpoint that was kept: {}", verdict,
                         first_reason(report));
    case Verdict::forked:
      return fmt::format("{}: two signed heads contradict each other: {}", verdict,
                         first_reason(report));
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
  for (const Check& check : report.checks) {
    rows.push_back({{std::string(to_string(check.status)), tone_of(check.status)},
                    {escape_controls(check.name), Tone::plain},
                    {escape_controls(check.detail), Tone::dim}});
  }
  Table table({{}, {}, {.grows = true}}, table_width(context.out), style);
  table.fit(rows);
  context.out.print("\n{}\n", style.paint(Tone::strong, "checks"));
  for (const Row& row : rows) context.out.print("  {}\n", table.line(row));
}

void print_findings(Context& context, const VerifyReport& report, const Style& style) {
  if (report.findings.empty()) return;
  context.out.print("\n{}\n", style.paint(Tone::strong, "findings"));
  const std::size_t shown = std::min(report.findings.size(), kShownFindings);
  for (const Finding& finding : std::span(report.findings).first(shown)) {
    const std::string place = finding.seq ? fmt::format("entry {}: ", *finding.seq) : "";
    context.out.print("  {}{}: {}\n", place, style.paint(Tone::bad, escape_controls(finding.kind)),
                      escape_controls(finding.message));
  }
  const std::uint64_t rest = finding_count(report) - shown;
  if (rest > 0) context.out.print("  ... and {} more (--json lists them)\n", grouped(rest));
}

void print_limits(Context& context, const VerifyReport& report, const Style& style) {
  if (report.limits.empty()) return;
  context.out.print("\n{}\n", style.paint(Tone::strong, "what this does not cover"));
  for (const std::string& limit : report.limits) {
    context.out.print("  - {}\n", wrap(escape_controls(limit), 4, wrap_width(context.out)));
  }
}

void print_head(Context& context, const VerifyReport& report, const Style& style) {
  if (report.origin.empty()) return;
  context.out.print("\n{}\n  origin  {}\n  size    {}\n  root    {}\n",
                    style.paint(Tone::strong, "head"), escape_controls(report.origin), report.size,
                    to_base64(report.root));
  if (report.erased > 0) {
    context.out.print("  erased  {} with something lawfully erased\n",
                      counted(report.erased, "entry", "entries"));
  }
}

void print_text(Context& context, const VerifyReport& report,
                const std::vector<std::string>& missing) {
  const Style style = context.out_style();
  context.out.print("{}\n", style.paint(tone_of_verdict(report, missing.empty()),
                                        wrap(escape_controls(verdict_sentence(report, missing)), 0,
                                             wrap_width(context.out))));
  if (context.globals.quiet) return;
  print_checks(context, report, style);
  print_findings(context, report, style);
  print_limits(context, report, style);
  print_head(context, report, style);
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

std::string checks_json(const VerifyReport& report) {
  std::vector<std::string> items;
  for (const Check& check : report.checks) {
    JsonObject object;
    object.add("name", check.name).add("status", to_string(check.status));
    items.push_back(object.add("detail", check.detail).str());
  }
  return json_array(items);
}

std::string to_json(const VerifyReport& report, const std::vector<std::string>& missing) {
  std::vector<std::string> level;
  for (const Level reached_level : report.level) level.emplace_back(to_string(reached_level));
  JsonObject object;
  object.add("schema", "audit.verify/1").add("verdict", to_string(report.verdict));
  object.add("level", level).add("size", report.size).add("root", to_base64(report.root));
  object.add("origin", report.origin).add("entries_checked", report.entries_checked);
  object.add("erased", report.erased).add_raw("findings", findings_json(report));
  object.add("findings_not_listed", report.findings_not_listed);
  object.add("limits", report.limits).add_raw("checks", checks_json(report));
  return object.add("missing", missing).str();
}

ExitCode run_verify(Context& context, const VerifyFlags& flags,
                    const std::vector<std::string>& words) {
  const VerifyTask task = resolve(context, flags, words);
  context.globals.json = task.json;
  if (!flags.save.empty()) {
    check_is_not_beside(flags.save, task.ledger);
    check_folder_of(flags.save);
  }
  Progress progress(context);
  const auto show = [&progress](std::string_view verb) {
    return [&progress, verb](std::uint64_t done, std::uint64_t total) {
      if (progress.is_due()) progress.show(progress_text(verb, done, total, "entries"));
    };
  };
  if (flags.rebuild_index) rebuild_index(task.ledger, show("indexing"));
  const VerifyReport report =
      verify_ledger(task.ledger, task.options, show("verifying"), &context.stop);
  progress.erase();
  if (context.stop) {
    print_note(context, "interrupted before the end: no verdict");
    return ExitCode::interrupted;
  }
  const std::vector<std::string> missing = missing_levels(report, task.required);
  if (task.json) {
    context.out.print("{}\n", to_json(report, missing));
  } else {
    print_text(context, report, missing);
  }
  context.out.flush();
  if (!flags.save.empty() && report.verdict == Verdict::intact) {
    save_checkpoint(report, flags.save);
  }
  return exit_code(report.verdict, missing.empty());
}

void add_verify_flags(CLI::App& app, VerifyFlags& flags) {
  add_values(app, "--known", flags.known, "FILE",
             "a checkpoint kept elsewhere, which the ledger must extend (repeatable)");
  add_value(app, "--save", flags.save, "FILE", "keep the verified checkpoint there, if intact");
  add_values(app, "--key", flags.keys, "VKEY|FILE",
             "who must have signed: a verifier key or a file of them (repeatable)");
  add_values(app, "--require", flags.require, "WORDS",
             "signed,anchored,complete ...: exit 3 if not all of it is reached");
  add_switch(app, "--quick", flags.quick, "evidence only: not the index, not SQLite's own checks");
  add_value(app, "--format", flags.format, "text|json", "how to answer (default text)");
  add_switch(app, "--rebuild-index", flags.rebuild_index, "build the search index anew first")
      ->configurable(false);
  add_value(app, "--threads", flags.threads, "N", "0: as many as the machine has")->group("");
}

}  // namespace

Command add_verify(CLI::App& root) {
  const auto flags = std::make_shared<VerifyFlags>();
  Command command;
  command.app = root.add_subcommand("verify", "prove that nothing was changed, or say what was");
  add_verify_flags(*command.app, *flags);
  command.words = {"[LEDGER]", "the ledger (default: as -l says)", "FILE", 1};
  command.paragraphs = {
      "Checks every hash, the chain, the tree, every signed head, the search index and SQLite's "
      "own structure; names every bad entry; says what it did not check. Needs no private key and "
      "writes nothing but what --save and --rebuild-index ask for.",
      "Alone it proves that the ledger agrees with itself. That its tail was not cut, or all of it "
      "rewritten by whoever holds the key, is proven by --known: a checkpoint kept where the "
      "writer cannot reach it, as --save makes them.",
  };
  command.examples = {
      {"audit verify -q", "one sentence, one exit code; without -q all that was checked"},
      {"audit verify --known kept.checkpoint --save kept.checkpoint",
       "check against what was kept last time, and keep the new head"},
      {"audit verify run.ledger --key run.ledger.pub --require signed,complete --json",
       "in CI: one JSON object; 3 if less than that was shown"},
  };
  command.exits = {
      {ExitCode::yes, "intact, and all that --require asks for is reached"},
      {ExitCode::no, "tampered, rolled back, or forked"},
      {ExitCode::incomplete, "intact as far as it goes, but below what --require demands"},
      {ExitCode::data, "unverifiable: not a ledger, an unknown version, nothing to check"},
      {ExitCode::not_found, "no such ledger, or no such --known file"},
  };
  command.run = [flags](Context& context, const std::vector<std::string>& words) {
    return run_verify(context, *flags, words);
  };
  return command;
}

}  // namespace audit::cli
