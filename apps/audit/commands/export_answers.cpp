#include "commands/export_answers.hpp"

#include <audit/export.hpp>
#include <audit/query.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "commands/export_document.hpp"
#include "commands/export_follow.hpp"
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

// Thrown out of the sink to end an export early; never leaves export_answers.
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

SendTask send_task(const ExportTask& task, const ExportFlags& flags) {
  return {task.ledger,     task.format->name, task.question.query, task.options, task.search,
          task.disclosure, flags.to,          flags.tls_ca,        flags.resume, flags.follow};
}

FollowExportTask follow_task(const ExportTask& task) {
  return {task.ledger, task.format->name, task.question.query, task.options,
          task.search, task.disclosure,   task.exact};
}

}  // namespace

ExitCode export_answers(Context& context, const ExportFlags& flags,
                        const std::vector<std::string>& words) {
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

}  // namespace audit::cli
