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
#include "commands/verify_file.hpp"
#include "commands/verify_several.hpp"
#include "commands/verify_task.hpp"
#include "exists.hpp"
#include "known_head.hpp"
#include "known_index.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/result_file.hpp"

namespace audit::cli {

namespace {

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
    task = resolve_verify(context, flags, words);
    return verify_as_asked(context, task, flags);
  } catch (const Error& error) {
    const std::string name = words.empty() ? named_ledgers(context).front() : words.front();
    if (!task.is_told) report_failure(context, form, name, error.message());
    throw;
  }
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
