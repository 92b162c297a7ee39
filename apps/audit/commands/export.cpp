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

#include "commands/export_bundle.hpp"
#include "commands/export_copy.hpp"
#include "commands/export_document.hpp"
#include "commands/export_follow.hpp"
#include "commands/export_proofs.hpp"
#include "commands/export_send.hpp"
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

struct ExportFlags {
  std::map<std::string_view, bool> formats;
  std::string proof;  // of this entry
  std::string tiles;  // into this folder
  std::string copy;   // the whole ledger, as this file
  bool bundle = false;
  bool html = false;
  std::vector<std::string> hide;
  std::string known;
  std::string output;
  bool force = false;
  std::string fields;
  std::string title;
  std::string limit;
  std::string view;
  bool payload = false;
  bool bulk = false;
  bool follow = false;
  std::string to;
  std::string tls_ca;
  std::string resume;
  DocumentFlags document;
  bool oldest = false;  // what export does anyway; accepted so that a search can be re-used
  Filters filters;
};

// What is to be written, all values understood.
struct ExportTask {
  const ExportFormat* format = nullptr;
  std::filesystem::path ledger;
  std::string file;     // empty: standard output
  bool folder = false;  // `file` is a folder: each record that is no line gets a file there
  bool exact = false;   // also a terminal gets every byte as it is
  Disclosure disclosure = Disclosure::all;
  Question question;
  ExportOptions options;
  DocumentFlags document;
  SearchOptions search;
};

std::string format_list() {
  std::string list;
  for (const ExportFormat& format : export_formats()) list += fmt::format(" --{}", format.name);
  return list + " --html --bundle --proof --tiles --copy";
}

// Of --copy, --proof and --tiles, which are no filtered views, the one that was given; empty if none
// was.
std::string_view tree_format(const ExportFlags& flags) {
  if (!flags.copy.empty()) return "--copy";
  if (!flags.proof.empty()) return "--proof";
  return flags.tiles.empty() ? std::string_view() : "--tiles";
}

const ExportFormat& resolve_format(const Context& context, const ExportFlags& flags) {
  const ExportFormat* chosen = nullptr;
  const ExportFormat* json = nullptr;
  for (const ExportFormat& format : export_formats()) {
    if (format.name == "json") json = &format;
    const auto given = flags.formats.find(format.name);
    if (given == flags.formats.end() || !given->second) continue;
    if (chosen != nullptr) {
      throw usage_error(
          fmt::format("--{} and --{}: one format at a time", chosen->name, format.name));
    }
    chosen = &format;
  }
  // `audit --json export`: the global flag, which here can only mean the format.
  if (chosen == nullptr && context.globals.json) chosen = json;
  if (chosen == nullptr) {
    throw usage_error("no format was given", fmt::format("one of{}", format_list()));
  }
  return *chosen;
}

// Standard output only where it makes sense: a terminal cannot show a PDF.
std::string resolve_output(const Context& context, const ExportFlags& flags,
                           const ExportFormat& format) {
  if (flags.output.empty() && format.binary && context.out.is_terminal()) {
    throw usage_error(fmt::format("--{} is not for a terminal", format.name),
                      "-o FILE writes a file; -o - prints it all the same");
  }
  return flags.output == "-" ? "" : flags.output;
}

// One that is there, or is meant to be.
bool is_folder(const std::string& path) {
  std::error_code failed;
  return path.ends_with('/') || (!path.empty() && std::filesystem::is_directory(path, failed));
}

// The formats that are made of envelopes; every other one gives content as it is, or proves it.
void check_redacted(Disclosure view, const ExportFormat& format) {
  constexpr std::array<std::string_view, 4> kOfEnvelopes{"json", "pdf", "prometheus", "xlsx"};
  if (format.is_lines || std::ranges::find(kOfEnvelopes, format.name) != kOfEnvelopes.end()) return;
  refuse_redacted(view, fmt::format("--{}", format.name));
}

void check_sending(const ExportFlags& flags, const ExportFormat& format) {
  if (flags.to.empty()) {
    if (!flags.resume.empty() || !flags.tls_ca.empty()) {
      throw usage_error(
          fmt::format("{} is for --to", flags.resume.empty() ? "--tls-ca" : "--resume"));
    }
    return;
  }
  if (format.name != "syslog") throw usage_error("--to is for --syslog");
  if (!flags.output.empty()) throw usage_error("--to and -o: one place at a time");
  if (!flags.tls_ca.empty() && !flags.to.starts_with("tls:")) {
    throw usage_error("--tls-ca is for tls://");
  }
}

// What only some formats know.
void check_line_flags(const ExportFlags& flags, const ExportFormat& format) {
  if (flags.payload && !format.takes_payload) {
    throw usage_error(fmt::format("--payload is not for --{}", format.name),
                      format.name == "csv" ? "add it to --fields"
                      : format.is_lines && !format.name.starts_with("json")
                          ? "it has no room for one"
                          : "it has them anyway");
  }
  if (flags.payload && parse_view(flags.view) != Disclosure::all) {
    refuse_redacted(Disclosure::envelopes, "--payload");
  }
  check_sending(flags, format);
  if (flags.bulk && format.name != "ecs") throw usage_error("--bulk is for --ecs");
  if (!flags.follow) return;
  if (!format.is_lines) {
    throw usage_error(fmt::format("--follow is not for --{}", format.name),
                      "only formats of one line an entry can be followed");
  }
  if (!flags.output.empty() && flags.output != "-") {
    throw usage_error("--follow writes to standard output: -o FILE would never be complete",
                      "pipe it to what takes the lines");
  }
}

ExportTask resolve(const Context& context, const ExportFlags& flags,
                   const std::vector<std::string>& words) {
  ExportTask task;
  task.format = &resolve_format(context, flags);
  task.file = resolve_output(context, flags, *task.format);
  task.folder = is_folder(task.file);
  if (task.folder && task.format->name != "raw") {
    throw usage_error(fmt::format("-o {} is a folder", task.file),
                      "only --raw writes to one; every other format is one file");
  }
  task.exact = flags.output == "-";
  check_line_flags(flags, *task.format);
  task.question = make_question(context, words, flags.filters);
  task.disclosure = parse_view(flags.view);
  check_redacted(task.disclosure, *task.format);
  check_view(task.disclosure, task.question.query, task.question.text);
  check_view(task.disclosure, split_commas(flags.fields));
  task.options.fields = split_commas(flags.fields);
  task.options.title = flags.title;
  task.options.payload = flags.payload;
  task.options.bulk = flags.bulk;
  task.options.spool = spool_folder(task.file);
  task.document = flags.document;
  check_are_of_document(task.document, task.format->name);
  task.options.query_text = task.question.text;
  task.options.now = context.document_time();
  task.search.order = Order::oldest_first;
  if (!flags.limit.empty()) task.search.limit = parse_limit(flags.limit);
  task.options.limit = task.search.limit;
  task.ledger = find_ledger(context, "export", ForWhat::reading,
                            "export one after another, or read all with audit search --json -n 0");
  task.search.system_entries = task.format->name == "prometheus";  // alerts are such
  task.search.wanted = export_fields(task.format->name, task.options);
  task.search.with_payload = export_needs_payload(task.format->name, task.options);
  return task;
}

// Thrown out of the sink to end an export early; never leaves run_export.
struct Interrupted {};

// Writes all answers through `write`; returns how many there were.
template <class Write>
std::uint64_t write_all(Context& context, ExportTask task, const Write& write) {
  task.options.remark = [&context](std::string_view text) { print_note(context, text); };
  const LedgerView view = open_ledger(context, task.ledger, task.disclosure);
  task.search.stop = &context.stop;
  if (task.format->name == "pdf") {
    prepare_document(context, task.document, task.ledger, task.options);
    if (context.stop) throw Interrupted();
  }
  Search search(view, task.question.query, task.search);
  Progress progress(context);
  std::uint64_t bytes_written = 0;
  const std::uint64_t count =
      export_entries(task.format->name, view, search, task.options, [&](std::string_view bytes) {
        if (context.stop) throw Interrupted();
        write(bytes);
        bytes_written += bytes.size();
        if (progress.is_due()) progress.show(fmt::format("{} written", bytes_text(bytes_written)));
      });
  progress.erase();
  if (context.stop) throw Interrupted();
  return count;
}

std::uint64_t write_file(Context& context, const ExportTask& task, bool overwrite) {
  check_may_replace(task.file, task.ledger);
  ResultFile file(task.file, overwrite);
  const std::uint64_t count =
      write_all(context, task, [&file](std::string_view bytes) { file.write(bytes); });
  if (count > 0) file.commit();
  return count;
}

// The name of the file for a record: its number, and the name of the file it came from as far as
// that is harmless. A stranger chose it.
std::string record_name(const RawRecord& record) {
  constexpr std::size_t kLongest = 100;
  std::string_view name = record.source;
  name = name.substr(name.find_last_of('/') + 1);
  if (name.ends_with(".gz")) name.remove_suffix(3);
  std::string safe;
  for (const char c : name.substr(0, kLongest)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_';
    safe.push_back(plain ? c : '-');
  }
  return fmt::format("{:010}-{}", record.seq, safe);
}

// Lines go to one file of the folder, every other record to one of its own. Each file is complete.
std::uint64_t write_folder(Context& context, ExportTask task, bool overwrite) {
  const std::filesystem::path folder = task.file;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::unique_ptr<ResultFile> lines;
  const auto open = [&](const std::filesystem::path& file) {
    check_may_replace(file, task.ledger);
    return std::make_unique<ResultFile>(file, overwrite);
  };
  task.options.on_record = [&](const RawRecord& record) {
    if (context.stop) throw Interrupted();
    const auto file = open(folder / record_name(record));
    file->write(record.bytes);
    file->commit();
  };
  const std::uint64_t count = write_all(context, task, [&](std::string_view bytes) {
    if (!lines) lines = open(folder / "lines.txt");
    lines->write(bytes);
  });
  if (lines) lines->commit();
  return count;
}

std::uint64_t write_stdout(Context& context, const ExportTask& task) {
  SafeLines out(context.out, task.exact);
  const std::uint64_t count =
      write_all(context, task, [&out](std::string_view bytes) { out.write(bytes); });
  out.finish();
  context.out.flush();
  return count;
}

void print_summary(Context& context, const ExportTask& task, std::uint64_t count) {
  if (context.globals.quiet || context.globals.json) return;
  if (count == 0) {
    const LedgerView view = open_ledger(context, task.ledger, task.disclosure);
    return explain_nothing(context, {&view, 1}, task.question, nothing_text(task.file));
  }
  // Who sees the entries themselves, or reads them through a pipe, needs no count.
  if (task.file.empty() && (context.out.is_terminal() || !context.err.is_terminal())) return;
  print_note(context, fmt::format("{} written{}", counted(count, "entry", "entries"),
                                  task.file.empty() ? "" : fmt::format(" to {}", task.file)));
}

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

SendTask send_task(const ExportTask& task, const ExportFlags& flags) {
  return {task.ledger,     task.format->name, task.question.query, task.options, task.search,
          task.disclosure, flags.to,          flags.tls_ca,        flags.resume, flags.follow};
}

FollowExportTask follow_task(const ExportTask& task) {
  return {task.ledger, task.format->name, task.question.query, task.options,
          task.search, task.disclosure,   task.exact};
}

ExitCode run_export(Context& context, const ExportFlags& flags,
                    const std::vector<std::string>& words) {
  check_is_of_bundle(flags);
  if (flags.bundle || flags.html || !tree_format(flags).empty()) {
    check_are_of_document(flags.document, {});
  }
  if (flags.bundle || flags.html) return run_bundle_export(context, flags, words);
  if (!tree_format(flags).empty()) return run_tree_export(context, flags, words);
  const ExportTask task = resolve(context, flags, words);
  if (!flags.to.empty()) return send_export(context, send_task(task, flags));
  if (flags.follow) return follow_export(context, follow_task(task));
  try {
    const std::uint64_t count = task.folder         ? write_folder(context, task, flags.force)
                                : task.file.empty() ? write_stdout(context, task)
                                                    : write_file(context, task, flags.force);
    print_summary(context, task, count);
    return count > 0 ? ExitCode::yes : ExitCode::no;
  } catch (const Interrupted&) {
    print_note(context, task.file.empty() ? "interrupted" : "interrupted: no file was made");
    return ExitCode::interrupted;
  }
}

void add_export_flags(CLI::App& app, ExportFlags& flags) {
  for (const ExportFormat& format : export_formats()) {
    add_switch(app, fmt::format("--{}", format.name), flags.formats[format.name],
               std::string(format.description))
        ->group("Formats (exactly one)")
        ->configurable(false);
  }
  add_switch(app, "--html", flags.html,
             "a page that shows the entries and checks them in its reader's browser, up to 20,000")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_switch(app, "--bundle", flags.bundle,
             "an evidence bundle: the entries with what proves them, for who has nothing else")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(app, "--proof", flags.proof, "SEQ",
            "the proof of one entry, as a file that stands alone (tlog-proof)")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(app, "--tiles", flags.tiles, "DIR",
            "the whole tree in a folder, for mirrors and monitors (tlog-tiles); writes what is new")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(
      app, "--copy", flags.copy, "FILE",
      "the ledger itself, while others write to it: a copy that was verified, without its key")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(app, "-o,--output", flags.output, "FILE",
            "write there, complete or not at all (-: standard output; --raw: also a folder)")
      ->configurable(false);
  add_switch(app, "--force", flags.force, "replace FILE if it exists (never a ledger or a key)")
      ->configurable(false);
  add_values(app, "--hide", flags.hide, "payload|FIELD,...",
             "of a bundle or page: prove the entries without showing these (repeatable)")
      ->configurable(false);
  add_value(app, "--known", flags.known, "FILE",
            "of a bundle or page: prove them under this checkpoint, maybe cosigned")
      ->configurable(false);
  add_value(app, "--fields", flags.fields, "A,B,C", "the columns of csv, xlsx and pdf");
  add_value(app, "--title", flags.title, "TEXT", "the title of a pdf, xlsx or page");
  add_document_flags(app, flags.document);
  add_value(app, "-n,--limit", flags.limit, "N", "write at most N entries (default: all)")
      ->configurable(false);
  add_switch(app, "--payload", flags.payload,
             "with payloads: --ecs, --ocsf, --splunk, --sentinel and --otlp leave them out")
      ->configurable(false);
  add_switch(app, "--bulk", flags.bulk, "of --ecs: an action line before each, for _bulk")
      ->configurable(false);
  add_switch(app, "-f,--follow", flags.follow,
             "of formats of lines: all there is, then each answer as it is committed")
      ->configurable(false);
  add_value(app, "--to", flags.to, "ADDRESS",
            "of --syslog: send there: unix:/PATH, tcp://HOST:PORT or tls://HOST:PORT")
      ->configurable(false);
  add_value(app, "--resume", flags.resume, "FILE",
            "of --to: go on behind what FILE says was delivered, and keep it there")
      ->configurable(false);
  add_value(app, "--tls-ca", flags.tls_ca, "FILE",
            "of --to: who vouches for the receiver, PEM (default: the system's)");
  add_view_flag(app, flags.view);
  add_switch(app, "--oldest", flags.oldest, "oldest first: export always is");
  add_filters(app, flags.filters);
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
