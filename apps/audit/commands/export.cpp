#include "commands/export.hpp"

#include <audit/export.hpp>
#include <audit/query.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/export_answers.hpp"
#include "commands/export_bundle.hpp"
#include "commands/export_copy.hpp"
#include "commands/export_document.hpp"
#include "commands/export_flags.hpp"
#include "commands/export_proofs.hpp"
#include "commands/filters.hpp"
#include "commands/flags.hpp"
#include "commands/ledgers.hpp"
#include "commands/nothing_found.hpp"
#include "commands/open_ledgers.hpp"
#include "commands/spared_files.hpp"
#include "commands/view_flag.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/result_file.hpp"
#include "ui/safe_lines.hpp"

namespace audit::cli {

namespace {

// What chooses or lays out entries has no meaning where the tree is written.
void check_stands_alone(const ExportFlags& flags, const std::vector<std::string>& words) {
  const std::string_view name = tree_format(flags);
  for (const auto& [format, given] : flags.formats) {
    // Of a copy, which is no text, --json can only ask for the answer.
    if (!given || (name == "--copy" && format == "json")) continue;
    throw usage_error(fmt::format("{} and --{}: one format at a time", name, format));
  }
  for (const auto& [other, value] :
       {std::pair{"--proof", &flags.proof}, {"--tiles", &flags.tiles}}) {
    if (other == name || value->empty()) continue;
    throw usage_error(fmt::format("{} and {}: one format at a time", name, other));
  }
  const bool has_filter =
      std::ranges::any_of(flags.filters, [](const auto& values) { return !values.empty(); });
  if (name == "--copy" && flags.copy.starts_with('-')) {
    throw usage_error(
        fmt::format("--copy wants the name of a file, and '{}' is a flag", flags.copy),
        "audit export --copy FILE; a file of that name is ./" + flags.copy);
  }
  if (!words.empty() || has_filter || !flags.limit.empty()) {
    throw usage_error(fmt::format("{} takes no query and no filters", name));
  }
  if (name == "--tiles" && !flags.output.empty()) {
    throw usage_error("--tiles names the folder; -o is for one file");
  }
  if (name == "--copy" && !flags.output.empty()) {
    throw usage_error("--copy names the file itself", "leave -o out");
  }
}

ExitCode run_tree_export(Context& context, const ExportFlags& flags,
                         const std::vector<std::string>& words) {
  constexpr auto kLastEntry = static_cast<std::uint64_t>(INT64_MAX) - 1;
  check_stands_alone(flags, words);
  ProofTask task;
  if (!flags.proof.empty()) task.seq = parse_number("--proof", flags.proof, 0, kLastEntry);
  task.ledger = find_ledger(context, "export", ForWhat::reading);
  if (!flags.copy.empty()) {
    refuse_redacted(parse_view(flags.view), "--copy");
    const bool as_json = context.globals.json || flags.formats.at("json");
    return export_copy(context, {task.ledger, flags.copy, flags.force, as_json});
  }
  if (flags.proof.empty()) return export_tree(context, task.ledger, flags.tiles);
  task.exact = flags.output == "-";
  task.file = task.exact ? "" : flags.output;
  task.overwrite = flags.force;
  return export_proof(context, task);
}

// What no other format knows.
void check_is_of_bundle(const ExportFlags& flags) {
  if (flags.bundle || flags.html || (flags.hide.empty() && flags.known.empty())) return;
  throw usage_error(
      fmt::format("{} is for --bundle and --html", flags.hide.empty() ? "--known" : "--hide"));
}

ExitCode run_bundle_export(Context& context, const ExportFlags& flags,
                           const std::vector<std::string>& words) {
  const std::string_view name = flags.html ? "html" : "bundle";
  if (flags.html && flags.bundle) throw usage_error("--html and --bundle: one format at a time");
  for (const auto& [format, given] : flags.formats) {
    if (given) throw usage_error(fmt::format("--{} and --{}: one format at a time", name, format));
  }
  if (!tree_format(flags).empty()) {
    throw usage_error(fmt::format("--{} and {}: one format at a time", name, tree_format(flags)));
  }
  if (!flags.fields.empty() || (flags.bundle && !flags.title.empty())) {
    throw usage_error(
        fmt::format("{} is not for --{}", flags.fields.empty() ? "--title" : "--fields", name),
        "an entry is shown as a whole; --hide leaves something out");
  }
  refuse_redacted(parse_view(flags.view), fmt::format("--{}", name));
  BundleTask task;
  task.as_page = flags.html;
  task.title = flags.title;
  task.file = resolve_output(context, flags, {name, "", true});
  if (is_folder(task.file)) throw usage_error(fmt::format("-o {} is a folder", task.file));
  task.overwrite = flags.force;
  task.hide = flags.hide;
  task.known = flags.known;
  if (!flags.limit.empty()) task.limit = parse_limit(flags.limit);
  task.question = make_question(context, words, flags.filters);
  task.ledger = find_ledger(context, "export", ForWhat::reading, "a bundle is of one ledger");
  return export_bundle(context, task);
}

ExitCode run_export(Context& context, const ExportFlags& flags,
                    const std::vector<std::string>& words) {
  check_is_of_bundle(flags);
  if (flags.bundle || flags.html || !tree_format(flags).empty()) {
    check_are_of_document(flags.document, {});
  }
  if (flags.bundle || flags.html) return run_bundle_export(context, flags, words);
  if (!tree_format(flags).empty()) return run_tree_export(context, flags, words);
  return export_answers(context, flags, words);
}

}  // namespace

Command add_export(CLI::App& root) {
  const auto flags = std::make_shared<ExportFlags>();
  Command command;
  command.app = root.add_subcommand("export", "write a filtered view for others");
  add_export_flags(*command.app, *flags);
  command.words = {"[QUERY...]", "which entries; all words together are one query (default: all)",
                   "QUERY", SIZE_MAX, true};
  command.paragraphs = {
      "Writes every entry that matches, in the order of the ledger, without a limit. The program's "
      "own sys.* entries are left out unless the query names them (type:sys.*).",
      "--raw gives back the records exactly as they arrived, those of which several entries were "
      "made put together again. One that is not a line (a request in protobuf, or over many lines) "
      "needs -o FOLDER, where it becomes a file. In every other format what an agent "
      "wrote is escaped by the rules of that format. With SOURCE_DATE_EPOCH set, the same ledger "
      "and query give the same bytes.",
      "--bundle writes entries that can be checked without the ledger: audit verify and "
      "scripts/reverify.py hold each against the signed head (audit-bundle(5)). --hide leaves out "
      "payloads or fields and still proves the rest, as does an erasure; wherever else in the "
      "bundle the value of a hidden field stands, that part is hidden too.",
      "--cef, --leef, --ecs, --ocsf, --syslog, --splunk, --sentinel and --otlp write a line for "
      "each "
      "entry that a SIEM takes, with the ledger, number and hash to find it again by; "
      "audit-siem(5) "
      "has the tables. Payloads are left out unless --payload asks for them.",
      "--proof and --tiles write of the tree, not of what entries say: anybody may see them. audit "
      "verify checks a proof; who has the entry's salts and content can hold them against it "
      "(audit-ledger(5), PROOFS).",
      "--copy makes a backup of a ledger that is in use: what is committed now, in one state, "
      "verified before FILE appears. The key and the index are not copied. A ledger is never "
      "replaced by it: give each copy a name of its own.",
  };
  command.examples = {
      {"audit export --csv -o q3.csv since:2026-07-01 until:2026-10-01", "a quarter as a table"},
      {"audit export --csv --fields time,agent,tool,decision,payload decision:deny",
       "chosen columns"},
      {"audit export --pdf --organisation 'Example Ltd' -o refused.pdf --decision deny payment",
       "a document for people, of a ledger that was verified"},
      {"audit export --csv --view redacted -o september.csv",
       "envelopes only: nothing from payloads"},
      {"audit export --raw | diff - input.jsonl", "every record as it came in"},
      {"audit export --raw -o records/ format:otlp", "requests of OTLP, each as a file"},
      {"audit export --html --title Refunds -o refunds.html tool:refund",
       "a page that a browser can check, offline"},
      {"audit export --bundle -o case-17.bundle session:s-17",
       "evidence for somebody who has only the public key"},
      {"audit export --bundle --hide payload,user -o q3.bundle since:2026-07-01",
       "what was done, and when, without what was said and for whom"},
      {"audit export --proof 4711 -o 4711.tlog-proof",
       "that entry 4711 is in the ledger, for who has only its public key"},
      {"audit export --tiles /srv/www/log", "publish what is new of the tree"},
      {"audit export --ecs --follow | filebeat -c beat.yml", "feeds a forwarder (audit-siem(5))"},
      {"audit export --syslog --follow --to tls://log.example:6514 --resume sent.state",
       "straight to a receiver, across restarts"},
      {"audit export --prometheus -o /var/lib/node_exporter/audit.prom --force", "for a dashboard"},
      {"audit export --otlp -o trail.jsonl since:7d", "a week for any store of OpenTelemetry"},
      {"audit export --copy /backup/audit-$(date +%F).ledger", "a verified backup, every night"},
  };
  command.exits = {
      {ExitCode::yes, "something was written"},
      {ExitCode::no, "nothing matches, there is no such entry; no file was made"},
      {ExitCode::usage, "no format, two formats, an unknown column or query"},
      {ExitCode::exists, "FILE exists and --force was not given"},
      {ExitCode::io, "the disk is full, the output cannot be written"},
      {ExitCode::configuration,
       "FILE is a ledger, an index or a key: --force or not; DIR holds another tree"},
  };
  command.run = [flags](Context& context, const std::vector<std::string>& words) {
    return run_export(context, *flags, words);
  };
  return command;
}

}  // namespace audit::cli
