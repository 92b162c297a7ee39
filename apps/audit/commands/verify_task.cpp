#include "commands/verify_task.hpp"

#include <audit/policy.hpp>

#include <algorithm>
#include <array>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/flags.hpp"
#include "commands/given_keys.hpp"
#include "commands/ledgers.hpp"
#include "commands/passphrase.hpp"
#include "commands/spared_files.hpp"
#include "exists.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

constexpr std::uint64_t kMostThreads = 256;
constexpr std::array kLevels = {Level::chain,     Level::tree,  Level::signed_head, Level::anchored,
                                Level::witnessed, Level::index, Level::complete};

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

}  // namespace

VerdictForm resolve_form(const Context& context, const std::string& format) {
  if (format.empty()) return context.globals.json ? VerdictForm::json : VerdictForm::text;
  const std::vector<std::string> words{"text", "json", "junit", "sarif"};
  check_word("--format", format, words);
  if (context.globals.json && format != "json") {
    throw usage_error(fmt::format("--json and --format {} contradict each other", format));
  }
  return static_cast<VerdictForm>(std::ranges::find(words, format) - words.begin());
}

VerifyTask resolve_verify(const Context& context, const VerifyFlags& flags,
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

std::string_view first_given(std::initializer_list<Given> flags) {
  const auto* const given = std::ranges::find(flags, true, &Given::is_given);
  return given == flags.end() ? std::string_view() : given->flag;
}

}  // namespace audit::cli
