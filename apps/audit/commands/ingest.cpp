#include "commands/ingest.hpp"

#include <audit/ingest.hpp>
#include <audit/key.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "alert_command.hpp"
#include "commands/flags.hpp"
#include "commands/ledger_word.hpp"
#include "commands/ledgers.hpp"
#include "commands/open_ledgers.hpp"
#include "commands/passphrase.hpp"
#include "commands/rule_sets.hpp"
#include "commands/shipped_rules.hpp"
#include "known_head.hpp"
#include "known_index.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"

namespace audit::cli {

namespace {

constexpr std::uint64_t kShownNotices = 5;
// Larger batches would only cost memory.
constexpr std::uint64_t kMostPerBatch = 1'000'000;
constexpr std::uint64_t kLongestFlush = 3'600'000;

struct IngestFlags {
  std::string format;
  bool formats = false;
  bool follow = false;
  bool resume = false;
  bool strict = false;
  bool tee = false;
  bool tee_unread = false;
  std::vector<std::string> set;
  std::vector<std::string> redact;
  std::vector<std::string> rules;
  std::string on_alert;
  std::string batch;
  std::string flush;
  std::string key;
  std::string passphrase;
  std::string index;
  std::string listen;
  std::string tls_certificate;
  std::string tls_key;
  std::string token;
};

// What events may call otherwise; --set names the field itself.
std::string_view field_meant_by(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"env", "environment"},      {"session_id", "session"}, {"agent_id", "agent"},
      {"agent_name", "agent"},     {"user_id", "user"},       {"trace_id", "trace"},
      {"span_id", "span"},         {"model_id", "model"},     {"tool_name", "tool"},
      {"workspace", "team"},       {"tenant", "team"},        {"department", "team"},
      {"jurisdiction", "region"},  {"kind", "type"},          {"timestamp", "time"},
      {"service.name", "service"}, {"hostname", "host"}};
  for (const auto& [other, field] : kNames) {
    if (name == other) return field;
  }
  return {};
}

std::pair<std::string, std::string> parse_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw usage_error(fmt::format("--set is '{}', want field=value", text));
  }
  const std::string name = text.substr(0, equals);
  if (!find_field(name)) {
    const std::string_view meant = field_meant_by(name);
    const std::string_view near = meant.empty() ? nearest_field(name) : meant;
    throw usage_error(
        fmt::format("unknown field '{}' in --set", name),
        near.empty() ? "all fields: audit-events(5)" : fmt::format("did you mean '{}'?", near));
  }
  if (equals + 1 == text.size()) throw usage_error(fmt::format("--set {}= has no value", name));
  return {name, text.substr(equals + 1)};
}

// A pattern may hold commas, so what has a '=' is one.
void add_redactions(const std::string& text, std::vector<std::string>& wanted) {
  if (text.find('=') != std::string::npos) return wanted.push_back(text);
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end == begin) {
      throw usage_error(fmt::format("--redact '{}' names nothing between commas", text),
                        "want email, phone, card, iban, ssn, ip, key, all or NAME=PATTERN");
    }
    wanted.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

std::vector<std::string> resolve_inputs(const Context& context, std::vector<std::string> words) {
  if (!words.empty()) {
    if (std::ranges::count(words, "-") > 1) {
      throw usage_error("'-' (standard input) is named twice");
    }
    return words;
  }
  if (context.input_is_terminal) {
    throw usage_error("nothing to read: no INPUT was named and standard input is a terminal",
                      "audit ingest FILE..., or: agent | audit ingest");
  }
  return {"-"};
}

std::optional<ListenOptions> resolve_listening(const IngestFlags& flags,
                                               const std::vector<std::string>& words) {
  if (flags.listen.empty()) {
    if (flags.tls_certificate.empty() && flags.tls_key.empty() && flags.token.empty()) {
      return std::nullopt;
    }
    throw usage_error("--tls-cert, --tls-key and --token-file go with --listen",
                      "audit ingest --listen 127.0.0.1:4318");
  }
  const char* const other = !words.empty() ? "INPUT" : flags.follow ? "--follow" : "--resume";
  if (!words.empty() || flags.follow || flags.resume) {
    throw usage_error(fmt::format("--listen reads no files: it does not go with {}", other),
                      "run a second ingest beside it: both may write one ledger");
  }
  return ListenOptions{flags.listen, flags.tls_certificate, flags.tls_key, flags.token};
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const InputFormat& format : input_formats()) names.emplace_back(format.name);
  return names;
}

ExitCode list_formats(Context& context) {
  for (const InputFormat& format : input_formats()) {
    if (context.globals.json) {
      JsonObject object;
      object.add("schema", "audit.format/1").add("format", format.name).add("about", format.about);
      context.out.print("{}\n", object.str());
    } else {
      context.out.print("{:<18}  {}\n", format.name, format.about);
    }
  }
  return ExitCode::yes;
}

IngestOptions resolve(const Context& context, const IngestFlags& flags,
                      const std::vector<std::string>& words) {
  IngestOptions options;
  options.listen = resolve_listening(flags, words);
  if (!options.listen) options.inputs = resolve_inputs(context, words);
  options.standard_input = context.input;
  options.key_file = flags.key;
  options.follow = flags.follow;
  options.resume = flags.resume;
  options.strict = flags.strict;
  options.tee_unread = flags.tee_unread;
  options.clock = context.clock;
  if (!flags.format.empty()) {
    check_word("--format", flags.format, format_names());
    options.format = flags.format;
  }
  if (!flags.index.empty()) {
    check_word("--index", flags.index, {"later", "now"});
    options.index_later = flags.index == "later";
  }
  if (!flags.batch.empty()) {
    options.batch = parse_number("--batch", flags.batch, 1, kMostPerBatch);
  }
  if (!flags.flush.empty()) {
    options.flush =
        std::chrono::milliseconds(parse_number("--flush-ms", flags.flush, 0, kLongestFlush));
  }
  for (const std::string& text : flags.set) options.set.push_back(parse_assignment(text));
  for (const std::string& text : flags.redact) add_redactions(text, options.redact);
  options.rules = load_rules(flags.rules, context.clock());
  if (!flags.on_alert.empty() && options.rules.empty()) {
    throw usage_error("--on-alert without --rules: nothing can raise an alert");
  }
  return options;
}

std::string rate_text(std::uint64_t count, std::chrono::milliseconds elapsed) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 1));
  const std::uint64_t rate = count * 1000 / ms;
  return rate == 0 && count > 0 ? "less than 1/s" : fmt::format("{}/s", grouped(rate));
}

// "12 flagged, 3 duplicates": what is not zero.
std::string remarkable(const IngestCounts& counts) {
  std::string text;
  const auto add = [&text](std::uint64_t number, std::string_view one, std::string_view many) {
    if (number == 0) return;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", counted(number, one, many));
  };
  add(counts.duplicates, "duplicate", "duplicates");
  add(counts.flagged, "flagged", "flagged");
  add(counts.conflicts, "conflict", "conflicts");
  add(counts.redacted, "redacted", "redacted");
  add(counts.rejected, "rejected", "rejected");
  add(counts.blocked, "blocked", "blocked");
  add(counts.alerts, "alert", "alerts");
  return text;
}

// Shows what happens while ingest runs. Called from one of its threads, one call at a time.
class Reporter {
 public:
  //   command   told of alerts; may be null
  Reporter(Context& context, AlertCommand* command)
      : context_(context), progress_(context), command_(command) {}

  IngestHooks hooks(bool tee, bool listens) {
    IngestHooks hooks;
    hooks.progress = [this](const IngestCounts& counts, std::uint64_t total) {
      last_ = counts;
      if (progress_.is_due()) progress_.show(progress_line(counts, total));
      note_command();
    };
    if (command_ != nullptr) {
      hooks.alert = [this](const IngestAlert& alert) { command_->run(alert); };
    }
    hooks.notice = [this](const IngestNotice& notice) { show(notice); };
    hooks.remark = [this, listens](std::string_view text) {
      progress_.erase();
      // Who serves others has nobody but a program to read what he says of them.
      listens ? print_notice(context_, text) : print_note(context_, text);
    };
    hooks.listening = [this](std::string_view url) { show_address(url); };
    if (tee) {
      hooks.tee = [this](std::string_view lines) {
        progress_.erase();
        context_.out.write(lines);
        context_.out.flush();
      };
    }
    return hooks;
  }

  // After the run, whether it ended well or not.
  void finish() {
    progress_.erase();
    if (command_ != nullptr) command_->finish();
    note_command();
    if (notices_ > kShownNotices && shows_notices() && !context_.globals.json) {
      context_.err.print("audit: ... and {} more; to see them: audit search has:flags\n",
                         grouped(notices_ - kShownNotices));
    }
    context_.err.flush();
  }

  [[nodiscard]] std::chrono::milliseconds elapsed() const { return progress_.elapsed(); }

  // The counts of the last commit.
  [[nodiscard]] const IngestCounts& last() const { return last_; }

 private:
  // What became of the commands that alerts started; said here, because they run beside us.
  void note_command() {
    if (command_ == nullptr) return;
    for (const std::string& text : command_->take_notes()) {
      progress_.erase();
      print_notice(context_, text);
    }
  }

  bool shows_notices() const { return !context_.globals.quiet; }

  std::string progress_line(const IngestCounts& counts, std::uint64_t total) const {
    std::string text = fmt::format("{}  {}", counted(counts.read, "record", "records"),
                                   rate_text(counts.read, elapsed()));
    if (total > 0) {
      text += fmt::format("  {} %", std::min<std::uint64_t>(counts.bytes * 100 / total, 100));
    }
    const std::string rest = remarkable(counts);
    return rest.empty() ? text : fmt::format("{}  {}", text, rest);
  }

  void show_address(std::string_view url) {
    if (context_.globals.quiet) return;
    if (context_.globals.json) {
      context_.err.print("{}\n",
                         JsonObject().add("schema", "audit.listening/1").add("url", url).str());
    } else {
      context_.err.print(
          "audit: listening at {} (OTLP: /v1/traces /v1/logs /v1/metrics; lines of JSON: "
          "/v1/events)\n",
          url);
    }
    context_.err.flush();
  }

  void show(const IngestNotice& notice) {
    if (++notices_ > kShownNotices || !shows_notices()) return;
    progress_.erase();
    context_.err.print("{}\n", context_.globals.json ? to_json(notice) : to_text(notice));
    context_.err.flush();
  }

  static std::string to_text(const IngestNotice& notice) {
    const std::string source = notice.source == "-" ? "standard input" : notice.source;
    const std::string place =
        notice.line > 0 ? std::to_string(notice.line) : fmt::format("byte {}", notice.position);
    return fmt::format("audit: {}:{}: {}: {} ({})", escape_controls(source), place,
                       escape_controls(notice.flags), escape_controls(notice.message),
                       !notice.rejected           ? "stored and flagged"
                       : notice.flags == "erased" ? "counted as a duplicate"
                                                  : "rejected");
  }

  static std::string to_json(const IngestNotice& notice) {
    JsonObject object;
    object.add("schema", "audit.notice/1").add("source", notice.source);
    object.add("position", notice.position);
    if (notice.line > 0) object.add("line", notice.line);
    object.add("flags", notice.flags).add("message", notice.message);
    return object.add("rejected", notice.rejected).str();
  }

  Context& context_;
  Progress progress_;
  AlertCommand* command_;
  IngestCounts last_;
  std::uint64_t notices_ = 0;
};

std::string summary_json(const IngestReport& report) {
  const IngestCounts& counts = report.counts;
  JsonObject object;
  object.add("schema", "audit.ingest/1");
  object.add("read", counts.read).add("stored", counts.stored);
  object.add("duplicates", counts.duplicates).add("flagged", counts.flagged);
  object.add("conflicts", counts.conflicts).add("rejected", counts.rejected);
  object.add("redacted", counts.redacted).add("entries", counts.entries);
  object.add("first_seq", report.first_seq).add("last_seq", report.last_seq);
  object.add("size", report.size).add("root", to_base64(report.root));
  object.add("alerts", counts.alerts).add("blocked", counts.blocked);
  object.add("unread", report.unread);
  return object.add("halted", report.halted.has_value()).str();
}

std::string_view beginning_of(const IngestReport& report) {
  if (report.halted) return "halted: ";
  return report.interrupted ? "interrupted: " : "";
}

std::string summary_text(const IngestReport& report, std::chrono::milliseconds elapsed) {
  const IngestCounts& counts = report.counts;
  const std::string rest = remarkable(counts);
  std::string text = fmt::format("{}stored {} of {}{}{}{} in {}, {}; ", beginning_of(report),
                                 grouped(counts.stored), counted(counts.read, "record", "records"),
                                 rest.empty() ? "" : " (", rest, rest.empty() ? "" : ")",
                                 span_text(elapsed), rate_text(counts.read, elapsed));
  if (report.first_seq && report.last_seq) {
    text += fmt::format("entries {}..{}; ", *report.first_seq, *report.last_seq);
  }
  return text + fmt::format("size {}, root {}", report.size, to_base64(report.root));
}

// With one of these others could pass for the receiver, or for one of its clients.
void note_open_secrets(Context& context, const IngestFlags& flags) {
  for (const std::string& file : {flags.tls_key, flags.token}) {
    try {
      if (file.empty() || key_file_is_private(file)) continue;
    } catch (const Error&) {
      continue;  // whoever reads it will say why that cannot be done
    }
    print_notice(context, fmt::format("others than its owner may read {}: chmod 600 it", file));
  }
}

std::string halt_hint(const IngestAlert& alert) {
  return fmt::format(
      "audit search --seq {} shows what it is about; nothing was passed on from there", alert.seq);
}

// Says which rule ended the run. Like an error, though all went as it should.
void print_halt(Context& context, const IngestAlert& alert) {
  const std::string message =
      fmt::format("halted by the rule '{}' of '{}' (entry {}): {}", alert.rule, alert.set,
                  alert.seq, escape_controls(alert.title));
  if (context.globals.json) {
    JsonObject object;
    object.add("schema", "audit.error/1");
    object.add("code", std::uint64_t{static_cast<unsigned>(to_int(ExitCode::halted))});
    object.add("message", message).add("hint", halt_hint(alert));
    context.err.print("{}\n", object.str());
  } else {
    context.err.print("{} {}\n{} {}\n", context.err_style().paint(Tone::bad, "audit: error:"),
                      message, context.err_style().paint(Tone::accent, "hint:"), halt_hint(alert));
  }
  context.err.flush();
}

ExitCode run_ingest(Context& context, const IngestFlags& flags,
                    const std::vector<std::string>& words) {
  if (flags.formats) return list_formats(context);
  if (std::ranges::count(flags.rules, "list") > 0) return list_rules(context);
  for (const std::string& given : flags.rules) {
    if (given.starts_with(kShow)) return show_rules(context, given.substr(kShow.size()));
  }
  IngestOptions options = resolve(context, flags, words);
  options.passphrase = passphrase_from(context, flags.passphrase);
  for (const RuleSet& set : options.rules) {
    for (const std::string& note : set.notes()) print_note(context, note);
  }
  const std::filesystem::path ledger = find_ledger(context, "ingest", ForWhat::writing);
  note_open_key(context, ledger, flags.key);
  note_open_secrets(context, flags);
  (void)open_ledger(context, ledger);
  std::optional<AlertCommand> command;
  if (!flags.on_alert.empty()) command.emplace(flags.on_alert, ledger.string());
  Reporter reporter(context, command ? &*command : nullptr);
  IngestReport report;
  try {
    report = ingest_into(ledger, options, reporter.hooks(flags.tee, options.listen.has_value()),
                         context.stop);
  } catch (const Error&) {
    reporter.finish();
    if (reporter.last().entries > 0) {
      print_note(context, fmt::format("{} of this run are committed and safe",
                                      counted(reporter.last().read, "record", "records")));
    }
    throw;
  }
  reporter.finish();
  const LedgerView view = LedgerView::open(ledger);
  remember_head(context, view);
  remember(context, report.index, IndexBasis::made,
           [&](std::uint64_t seq) { return view.hash(seq); });
  note_left_key(context, ledger, flags.key);
  Output& summary = flags.tee ? context.err : context.out;
  if (context.globals.json) {
    summary.print("{}\n", summary_json(report));
  } else if (!context.globals.quiet) {
    summary.print("{}\n", summary_text(report, reporter.elapsed()));
  }
  summary.flush();
  if (report.halted) {
    print_halt(context, *report.halted);
    return ExitCode::halted;
  }
  if (report.interrupted) return ExitCode::interrupted;
  return report.counts.rejected + report.unread > 0 ? ExitCode::incomplete : ExitCode::yes;
}

// "auto|jsonl|...", as the help names the words that a value may be.
std::string format_placeholder() {
  std::string words;
  for (const std::string& name : format_names())
    words.append(words.empty() ? "" : "|").append(name);
  return words;
}

void add_ingest_flags(CLI::App& app, IngestFlags& flags) {
  add_value(app, "--listen", flags.listen, "HOST:PORT",
            "take events over HTTP (OTLP, lines of JSON) until stopped; 127.0.0.1:4318 is usual");
  add_value(app, "--tls-cert", flags.tls_certificate, "FILE",
            "with --listen: the certificate (PEM)");
  add_value(app, "--tls-key", flags.tls_key, "FILE", "with --listen: its key (PEM)");
  add_value(app, "--token-file", flags.token, "FILE",
            "with --listen: the token that clients must show");
  add_value(app, "--format", flags.format, format_placeholder(),
            "what the input is (default auto: recognised record by record)");
  add_switch(app, "--formats", flags.formats, "list the formats that are read, and stop")
      ->configurable(false);
  add_switch(app, "--follow", flags.follow, "wait for more at the end of files, until stopped");
  add_switch(app, "--resume", flags.resume, "go on after the last byte the ledger has of a file");
  add_switch(app, "--strict", flags.strict, "reject what is not understood instead of flagging it");
  add_switch(app, "--tee", flags.tee, "copy each record to stdout once it is committed");
  add_switch(app, "--tee-unread", flags.tee_unread,
             "with --tee and rules: copy also what no rule can read");
  add_values(app, "--set", flags.set, "FIELD=VALUE", "put this field on every event (repeatable)");
  add_values(app, "--redact", flags.redact, "KIND,...|NAME=PATTERN",
             "mask before anything is stored: email, phone, card, iban, ssn, ip, key, all, or a "
             "pattern of your own (repeatable)");
  add_values(app, "--rules", flags.rules, "FILE",
             "ask these rules about every event, audit-rules(5) (repeatable); builtin:NAME for one "
             "that comes with the program, list for what they do, show:NAME for the text of one");
  add_value(app, "--on-alert", flags.on_alert, "CMD",
            "run this with sh for each alert, which it reads from standard input");
  add_value(app, "--batch", flags.batch, "N", "entries per commit at most (default 4096)");
  add_value(app, "--flush-ms", flags.flush, "N", "an event waits at most so long (default 200)");
  add_value(app, "--key", flags.key, "FILE", "the signing key (default LEDGER.key)");
  add_passphrase_flag(app, flags.passphrase);
  add_value(app, "--index", flags.index, "now|later",
            "later: leave the search index to the next search or ingest (default now)");
}

}  // namespace

Command add_ingest(CLI::App& root) {
  const auto flags = std::make_shared<IngestFlags>();
  Command command;
  command.app = root.add_subcommand("ingest", "append events from files, folders, a pipe or HTTP");
  add_ingest_flags(*command.app, *flags);
  command.words = {
      "[INPUT...]",
      "files, folders (their *.jsonl, *.ndjson, *.json and *.pb files) or - for standard "
      "input, the default when it is not a terminal; packed with gzip or zstd or not",
      "FILE", SIZE_MAX};
  command.paragraphs = {
      "Every line becomes an entry, and a request of OpenTelemetry (OTLP, as JSON or protobuf) one "
      "for each fact it tells; nothing is refused silently. What cannot be understood is "
      "stored whole, flagged and counted. An event that is acknowledged, by the summary or by "
      "--tee, is on disk.",
      "Records with an event_id of their own are stored once, however often they are sent. "
      "A file without such ids may be taken up again with --resume.",
      "With --listen, a request is answered 200 once all of it is on disk. Clients set "
      "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 and "
      "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (or http/json).",
      "Rules are asked about every event before it is committed. They flag, raise alerts, keep an "
      "event from --tee, or halt: audit-rules(5).",
      "The first Ctrl-C commits what was read and prints the summary; another one, a second later "
      "or "
      "more, stops at once.",
  };
  command.examples = {
      {"agent | audit ingest --rules r.json --tee --batch 1 | executor",
       "record before act: nothing passes that a rule blocks"},
      {"audit ingest --rules builtin:secret-leak --on-alert 'mail -s alert soc' app.jsonl",
       "have somebody told"},
      {"agent | audit ingest", "record what an agent prints"},
      {"agent | audit ingest --tee | jq .", "and pass it on, each line once it is safe"},
      {"audit ingest --resume --follow /var/log/agents/app.jsonl", "follow a growing file"},
      {"audit ingest --set environment=prod --set team=billing logs/", "a folder, two fields set"},
      {"agent | audit ingest --redact email,card,key", "without what must not be kept"},
      {"audit ingest traces.json spans.pb.gz", "what an OpenTelemetry exporter wrote"},
      {"audit ingest --listen 127.0.0.1:4318", "be where OpenTelemetry SDKs send to by default"},
      {"audit ingest ~/.claude/projects ~/.codex/sessions",
       "what coding agents keep of their work"},
      {"audit ingest --formats", "which formats are read"},
  };
  command.exits = {
      {ExitCode::yes, "every record is stored, or was already"},
      {ExitCode::usage, "a command line, a rule or an input that was not understood"},
      {ExitCode::incomplete,
       "--strict rejected some, or a file of a folder could not be read to its end"},
      {ExitCode::halted, "a rule with the action halt matched; what was read is committed"},
      {ExitCode::not_found, "no such ledger or input"},
      {ExitCode::interrupted, "interrupted; what was read is committed"},
  };
  command.run = [flags](Context& context, const std::vector<std::string>& words) {
    return run_ingest(context, *flags, words);
  };
  return command;
}

}  // namespace audit::cli
