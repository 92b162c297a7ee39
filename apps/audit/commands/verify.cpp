#include "commands/verify.hpp"

#include <audit/policy.hpp>
#include <audit/verify.hpp>
#include <audit/witness.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <optional>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "commands/ci_report.hpp"
#include "commands/continuation.hpp"
#include "commands/flags.hpp"
#include "commands/fork_evidence.hpp"
#include "commands/given_keys.hpp"
#include "commands/ledgers.hpp"
#include "commands/passphrase.hpp"
#include "commands/spared_files.hpp"
#include "commands/timestamp.hpp"
#include "commands/verdict.hpp"
#include "commands/verify_several.hpp"
#include "exists.hpp"
#include "known_head.hpp"
#include "known_index.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/result_file.hpp"

namespace audit::cli {

namespace {

constexpr std::uint64_t kMostThreads = 256;
constexpr std::array kLevels = {Level::chain,     Level::tree,  Level::signed_head, Level::anchored,
                                Level::witnessed, Level::index, Level::complete};

struct VerifyFlags {
  std::vector<std::string> known;
  std::string save;
  std::vector<std::string> keys;
  std::vector<std::string> require;
  bool quick = false;
  bool since_known = false;
  std::string policy;
  std::string cosign;
  std::string witness;
  std::string passphrase;
  std::string evidence;
  TimestampFlags timestamps;
  std::string format;
  bool rebuild_index = false;
  std::string threads;
  std::string leaf;
};

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

// The one that is named beside what is verified: -l, AUDIT_LEDGER, ./audit.ledger.
std::filesystem::path ledger_at_hand(const Context& context) {
  const std::vector<std::string> names = named_ledgers(context);
  return names.size() == 1 ? names.front() : std::string();
}

std::string read_leaf(const std::string& file) {
  constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kMostBytes + 1, '\0');
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) && !in.eof()) {
    const int error = errno;
    throw Error(error == ENOENT || error == ENOTDIR ? ErrorCode::not_found
                : error == EACCES || error == EPERM ? ErrorCode::permission
                                                    : ErrorCode::io,
                fmt::format("cannot read '{}': {}", file, std::generic_category().message(error)));
  }
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > kMostBytes) {
    throw Error(ErrorCode::limit, fmt::format("'{}' is no entry: it has more than 16 MiB", file));
  }
  return bytes;
}

VerdictForm resolve_form(const Context& context, const std::string& format) {
  if (format.empty()) return context.globals.json ? VerdictForm::json : VerdictForm::text;
  const std::vector<std::string> words{"text", "json", "junit", "sarif"};
  check_word("--format", format, words);
  if (context.globals.json && format != "json") {
    throw usage_error(fmt::format("--json and --format {} contradict each other", format));
  }
  return static_cast<VerdictForm>(std::ranges::find(words, format) - words.begin());
}

// Files that are named, or the ledger that -l, AUDIT_LEDGER or the configuration say.
std::vector<std::filesystem::path> find_files(const Context& context,
                                              const std::vector<std::string>& words) {
  if (std::ranges::count(words, "-") > 0) {
    throw usage_error("standard input cannot be verified: a file is read more than once",
                      "write it to a file first");
  }
  auto files = find_ledgers(words.empty() ? named_ledgers(context) : words, ForWhat::verifying);
  if (files.size() == 1) {
    (void)existing_ledger(files.front(), words.empty() ? ForWhat::reading : ForWhat::verifying);
  }
  // Of a proof, -l names the ledger that it may be from.
  if (words.empty() || !context.globals.ledgers_are_typed) return files;
  if (std::ranges::any_of(files, [](const auto& file) { return is_proof_file(file); }))
    return files;
  throw usage_error("-l and a file that is named both say what is to be verified",
                    "name them all: audit verify FILE FILE");
}

// "-" as everywhere.
std::vector<std::filesystem::path> known_files(const std::vector<std::string>& names) {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : names) files.emplace_back(name == "-" ? "/dev/stdin" : name);
  return files;
}

VerifyTask resolve(const Context& context, const VerifyFlags& flags,
                   const std::vector<std::string>& words) {
  VerifyTask task;
  task.form = resolve_form(context, flags.format);
  task.ledgers = find_files(context, words);
  task.required = resolve_required(flags.require);
  task.options.quick = flags.quick;
  task.options.since_known = flags.since_known;
  if (flags.since_known && flags.known.empty()) {
    throw usage_error("--since-known needs a checkpoint to begin at",
                      "name it with --known FILE: one that verify --save wrote");
  }
  task.options.keys = read_given_keys(flags.keys);
  task.options.known = known_files(flags.known);
  task.options.timestamps = read_timestamps(flags.timestamps, flags.save);
  if (!flags.policy.empty()) task.options.policy = read_policy(flags.policy);
  if (!words.empty()) task.source = ledger_at_hand(context);
  if (!flags.leaf.empty()) task.leaf = read_leaf(flags.leaf);
  if (!flags.threads.empty()) {
    task.options.threads =
        static_cast<unsigned>(parse_number("--threads", flags.threads, 0, kMostThreads));
  }
  return task;
}

std::uint64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

// The one who cosigns, who is made the first time.
std::optional<Witness> open_witness(Context& context, const VerifyFlags& flags) {
  if (flags.cosign.empty()) {
    if (!flags.witness.empty()) throw usage_error("--witness names whose key --cosign makes");
    return std::nullopt;
  }
  if (flags.save.empty()) {
    throw usage_error("--cosign signs the checkpoint that --save keeps", "add --save FILE");
  }
  if (flags.quick || flags.since_known) {
    throw usage_error("a witness cosigns only what it has checked as a whole",
                      "leave out --quick and --since-known");
  }
  if (!cli::exists(flags.cosign)) {
    if (flags.witness.empty()) {
      throw Error(ErrorCode::not_found, fmt::format("there is no key '{}'", flags.cosign),
                  "--witness NAME makes it: a name that is yours alone, such as example.com/ci");
    }
    const VerifyKey key = create_witness_key(
        flags.cosign, flags.witness,
        flags.passphrase.empty() ? AskPassphrase() : passphrase_from(context, flags.passphrase));
    print_note(context,
               fmt::format("made {}, the key of the witness {}", flags.cosign, key.text()));
  }
  Witness witness(flags.cosign, passphrase_from(context, flags.passphrase));
  if (!flags.witness.empty() && witness.key().name != flags.witness) {
    throw Error(ErrorCode::configuration,
                fmt::format("{} is the key of {}, not of {}", flags.cosign, witness.key().name,
                            flags.witness),
                "leave --witness out, or name another key file: one key is for one name");
  }
  return witness;
}

// The head that the witness cosigned last and, where a kept one is demanded, the one that was seen here
// and that this ledger contradicts. A ledger that cannot be opened is verify's to judge.
void add_remembered(Context& context, const std::optional<Witness>& witness,
                    const std::filesystem::path& ledger, VerifyTask& task) {
  std::vector<std::filesystem::path>& known = task.options.known;
  try {
    const LedgerView view = LedgerView::open(ledger);
    if (witness) {
      if (const auto last = witness->last_head(view.origin())) known.push_back(*last);
    }
    const auto contradicted = notice_head(context, view);
    const bool must_be_anchored = std::ranges::count(task.required, "anchored") > 0;
    if (contradicted && must_be_anchored) known.push_back(*contradicted);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged && error.code() != ErrorCode::unsupported) throw;
  }
}

// SQLite would say no more than that it cannot open the file.
void check_may_make_index(const std::filesystem::path& ledger) {
  std::error_code failed;
  const std::filesystem::path file = std::filesystem::canonical(ledger, failed).parent_path();
  if (failed || ::access(file.c_str(), W_OK) == 0 || (errno != EACCES && errno != EROFS)) return;
  throw Error(ErrorCode::permission,
              fmt::format("cannot build the index of {}: permission denied in the folder {}",
                          ledger.string(), file.string()),
              "whoever owns the ledger can; searches work without an index, only slower");
}

struct Given {
  std::string_view flag;
  bool is_given;
};

// The first flag that was given; empty if none was.
std::string_view first_given(std::initializer_list<Given> flags) {
  const auto* const given = std::ranges::find(flags, true, &Given::is_given);
  return given == flags.end() ? std::string_view() : given->flag;
}

void print_report(Context& context, VerifyTask& task, VerifyReport& report,
                  const std::vector<std::string>& missing) {
  task.is_told = true;
  note_future(context, report);
  if (task.is_document()) {
    const std::vector<LedgerVerdict> one{{task.ledgers.front().string(), report, missing, {}}};
    context.out.write(ci_document(task.form, one));
  } else if (task.form == VerdictForm::json) {
    context.out.print("{}\n", verdict_json(report, missing));
  } else {
    print_verdict(context, report, missing);
  }
}

ExitCode verify_one_fork(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  const std::string_view of_others =
      first_given({{"--save", !flags.save.empty()},
                   {"--known", !flags.known.empty()},
                   {"--policy", !flags.policy.empty()},
                   {"--cosign", !flags.cosign.empty()},
                   {"--witness", !flags.witness.empty()},
                   {"--evidence", !flags.evidence.empty()},
                   {"--timestamp", !flags.timestamps.answers.empty()},
                   {"--since-known", flags.since_known},
                   {"--rebuild-index", flags.rebuild_index},
                   {"--leaf", task.leaf.has_value()}});
  if (!of_others.empty()) {
    throw usage_error(fmt::format("{} is not for fork evidence, and '{}' is that", of_others,
                                  task.ledgers.front().string()));
  }
  VerifyReport report = verify_fork(task.ledgers.front(), task.options.keys);
  print_report(context, task, report, missing_levels(report, task.required));
  return exit_code(report.verdict, true);
}

ExitCode verify_one_proof(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  const std::string_view of_ledgers = first_given({{"--save", !flags.save.empty()},
                                                   {"--policy", !flags.policy.empty()},
                                                   {"--cosign", !flags.cosign.empty()},
                                                   {"--witness", !flags.witness.empty()},
                                                   {"--evidence", !flags.evidence.empty()},
                                                   {"--since-known", flags.since_known},
                                                   {"--rebuild-index", flags.rebuild_index}});
  if (!of_ledgers.empty()) {
    throw usage_error(fmt::format("{} is for a ledger, and '{}' is a proof", of_ledgers,
                                  task.ledgers.front().string()));
  }
  VerifyReport report = verify_proof(task, task.ledgers.front());
  const std::vector<std::string> missing = missing_levels(report, task.required);
  print_report(context, task, report, missing);
  return exit_code(report.verdict, missing.empty());
}

ExitCode verify_one_bundle(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  const std::string_view of_ledgers = first_given({{"--save", !flags.save.empty()},
                                                   {"--cosign", !flags.cosign.empty()},
                                                   {"--witness", !flags.witness.empty()},
                                                   {"--evidence", !flags.evidence.empty()},
                                                   {"--since-known", flags.since_known},
                                                   {"--rebuild-index", flags.rebuild_index},
                                                   {"--leaf", task.leaf.has_value()}});
  if (!of_ledgers.empty()) {
    throw usage_error(fmt::format("{} is not for a bundle, and '{}' is one", of_ledgers,
                                  task.ledgers.front().string()));
  }
  VerifyReport report = verify_bundle(context, task, task.ledgers.front(), "verifying");
  if (context.stop) {
    print_note(context, "interrupted before the end: no verdict");
    return ExitCode::interrupted;
  }
  const std::vector<std::string> missing = missing_levels(report, task.required);
  print_report(context, task, report, missing);
  return exit_code(report.verdict, missing.empty());
}

// What is to be replaced must be extended: of a fork it may be the only evidence.
void add_kept(const std::string& file, VerifyTask& task) {
  std::vector<std::filesystem::path>& known = task.options.known;
  if (file.empty() || !exists(file)) return;
  if (std::ranges::find(known, std::filesystem::path(file)) == known.end()) {
    known.emplace_back(file);
  }
}

ExitCode verify_one(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  const std::filesystem::path& ledger = task.ledgers.front();
  if (!flags.save.empty()) {
    check_is_not_beside(flags.save, ledger);
    check_folder_of(flags.save);
    add_kept(flags.save, task);
  }
  Progress progress(context);
  const auto show = [&progress](std::string_view verb) {
    return [&progress, verb](std::uint64_t done, std::uint64_t total) {
      if (progress.is_due()) progress.show(progress_text(verb, done, total, "entries"));
    };
  };
  for (const std::string& made : {flags.cosign, flags.evidence}) {
    if (!made.empty()) check_is_not_beside(made, ledger);
  }
  check_request_file(flags.timestamps, ledger);
  if (!flags.evidence.empty() && cli::exists(flags.evidence)) {
    throw Error(ErrorCode::already_exists, fmt::format("'{}' is there already", flags.evidence),
                "--evidence never replaces what may be evidence: name another file");
  }
  const std::optional<Witness> witness = open_witness(context, flags);
  add_remembered(context, witness, ledger, task);
  if (flags.rebuild_index) {
    check_may_make_index(ledger);
    rebuild_index(ledger, show("indexing"));
  }
  VerifyReport report = verify_ledger(ledger, task.options, show("verifying"), &context.stop);
  limit_to_itself(report);
  progress.erase();
  if (context.stop) {
    print_note(context, "interrupted before the end: no verdict");
    return ExitCode::interrupted;
  }
  const std::vector<std::string> missing = missing_levels(report, task.required);
  print_report(context, task, report, missing);
  context.out.flush();
  if (report.verdict == Verdict::intact) {
    remember(context, report.index, IndexBasis::verified);
    if (witness) {
      witness->cosign(report, flags.save, unix_seconds());
    } else if (!flags.save.empty()) {
      save_checkpoint(report, flags.save);
    }
    write_request(context, report, flags.timestamps, flags.save);
  }
  if (!flags.evidence.empty()) keep_evidence(context, report, flags.evidence);
  return exit_code(report.verdict, missing.empty());
}

ExitCode verify_as_asked(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  if (task.ledgers.size() == 1) {
    if (is_fork_file(task.ledgers.front())) return verify_one_fork(context, task, flags);
    if (is_proof_file(task.ledgers.front())) return verify_one_proof(context, task, flags);
    if (is_bundle_file(task.ledgers.front())) return verify_one_bundle(context, task, flags);
    if (task.leaf) throw usage_error("--leaf is for a proof, and this is a ledger");
    return verify_one(context, task, flags);
  }
  const std::string_view alone = first_given({{"--save", !flags.save.empty()},
                                              {"--evidence", !flags.evidence.empty()},
                                              {"--cosign", !flags.cosign.empty()},
                                              {"--witness", !flags.witness.empty()},
                                              {"--rebuild-index", flags.rebuild_index},
                                              {"--timestamp", !flags.timestamps.answers.empty()},
                                              {"--leaf", task.leaf.has_value()}});
  if (!alone.empty()) {
    throw too_many_ledgers(
        alone, task.ledgers,
        alone == "--evidence" ? evidence_hint(task.ledgers) : "verify them one by one");
  }
  task.is_told = true;
  return verify_several(context, task);
}

// A CI system that reads a document gets one also where there was nothing to look at.
void report_failure(Context& context, VerdictForm form, const std::string& name,
                    const std::string& why) {
  if (form != VerdictForm::junit && form != VerdictForm::sarif) return;
  context.out.write(ci_document(form, std::vector<LedgerVerdict>{{name, std::nullopt, {}, why}}));
  context.out.flush();
}

ExitCode run_verify(Context& context, const VerifyFlags& flags,
                    const std::vector<std::string>& words) {
  const VerdictForm form = resolve_form(context, flags.format);
  context.globals.json = form == VerdictForm::json;
  VerifyTask task;
  try {
    task = resolve(context, flags, words);
    return verify_as_asked(context, task, flags);
  } catch (const Error& error) {
    const std::string name = words.empty() ? named_ledgers(context).front() : words.front();
    if (!task.is_told) report_failure(context, form, name, error.message());
    throw;
  }
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
  add_value(app, "--policy", flags.policy, "FILE",
            "whose signatures are enough: logs, witnesses, quorum (tlog-policy)");
  add_value(app, "--cosign", flags.cosign, "KEYFILE",
            "cosign the checkpoint of --save, as a witness who saw it");
  add_value(app, "--witness", flags.witness, "NAME", "make KEYFILE for a witness of this name");
  add_passphrase_flag(app, flags.passphrase);
  add_value(app, "--evidence", flags.evidence, "FILE",
            "if forked, write there what proves it to others");
  add_timestamp_flags(app, flags.timestamps);
  add_switch(app, "--since-known", flags.since_known,
             "only what is behind the newest --known checkpoint, as --quick");
  add_value(app, "--format", flags.format, "text|json|junit|sarif", "how to answer (default text)");
  add_value(app, "--leaf", flags.leaf, "FILE",
            "of a proof that does not carry it: what the entry is in the tree")
      ->configurable(false);
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
  command.words = {
      "[FILE...]",
      "ledgers, bundles, proofs, fork evidence, or patterns of them (default: as -l says)", "FILE",
      SIZE_MAX};
  command.paragraphs = {
      "Checks every hash, the chain, the tree, every signed head, the search index and SQLite's "
      "own structure; names every bad entry; says what it did not check. Needs no private key and "
      "writes nothing but what --save, --cosign, --evidence, --timestamp-request and "
      "--rebuild-index ask for, and what this user's programs remember: the head, and that the "
      "index was verified.",
      "Alone it proves that the ledger agrees with itself. That its tail was not cut, or all of it "
      "rewritten by whoever holds the key, is proven by --known: a checkpoint kept where the "
      "writer cannot reach it, as --save makes them.",
      "Of several ledgers each has its own verdict, and the worst is the exit status. Each is held "
      "against those of the --known checkpoints that are its own, and against those among them "
      "that "
      "it continues (audit init --continues).",
      "A proof that export --proof wrote is recognised by its first line. It shows that one entry "
      "was in the ledger when the head in it was signed, to anyone who has the key (--key). The "
      "ledger it is from (-l), where it is at hand, also says whether it ever had that head.",
      "A bundle that export --bundle wrote is recognised by its first bytes, and checked without "
      "anything else: each entry in it, its way to the signed head, the keys of the ledger from "
      "the "
      "first on (audit-bundle(5)). --policy counts the cosignatures under that head.",
      "What --evidence wrote is recognised too: two heads that one key signed, and that no one "
      "ledger can have. With the key (--key) that is a fork, without it nothing.",
  };
  command.examples = {
      {"audit verify -q", "one sentence, one exit code; without -q all that was checked"},
      {"audit verify --known kept.checkpoint --save kept.checkpoint",
       "check against what was kept last time, and keep the new head"},
      {"audit verify --known kept.checkpoint --save kept.checkpoint --since-known",
       "every few minutes: only what was appended since"},
      {"audit verify --save head.checkpoint --cosign ci.key --witness example.com/ci",
       "a witness elsewhere: cosigns what it checked, and never goes back"},
      {"audit verify --known head.checkpoint --policy trust.policy --require witnessed",
       "demand that enough witnesses saw it"},
      {"audit verify --save nov.checkpoint --timestamp-request nov.tsq",
       "what a time-stamping authority is sent; its answer is nov.checkpoint.tsr"},
      {"audit verify --known nov.checkpoint --timestamp nov.checkpoint.tsr --timestamp-ca ca.pem",
       "by when was that head there, and so signed?"},
      {"audit verify run.ledger --key run.ledger.pub --require signed,complete --json",
       "in CI: one JSON object; 3 if less than that was shown"},
      {"audit verify 4711.tlog-proof --key audit.ledger.pub", "the proof of one entry, by itself"},
      {"audit verify case-17.bundle --key audit.ledger.pub",
       "evidence that somebody sent, with nothing but the key"},
      {"audit verify fork.txt --key audit.ledger.pub",
       "what --evidence wrote: did that key sign two histories?"},
      {"audit verify --format junit 'logs/*.ledger' >verify.xml",
       "for the test report of a CI system"},
      {"audit verify 2027.ledger 2026.ledger", "does one go on where the other ended?"},
      {"audit verify -q 'logs/*.ledger'", "a sentence on each ledger of a folder, and one on all"},
  };
  command.exits = {
      {ExitCode::yes, "intact, and all that --require asks for is reached"},
      {ExitCode::no, "tampered, rolled back, or forked"},
      {ExitCode::incomplete, "intact as far as it goes, but below what --require demands"},
      {ExitCode::data, "unverifiable: not a ledger, an unknown version, nothing to check"},
      {ExitCode::not_found, "no such ledger, or no such --known or --timestamp file"},
  };
  command.run = [flags](Context& context, const std::vector<std::string>& words) {
    return run_verify(context, *flags, words);
  };
  return command;
}

}  // namespace audit::cli
