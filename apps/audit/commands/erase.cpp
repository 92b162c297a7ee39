#include "commands/erase.hpp"

#include <audit/erase.hpp>
#include <audit/query.hpp>
#include <audit/retention.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "commands/erase_text.hpp"
#include "commands/erase_words.hpp"
#include "commands/filters.hpp"
#include "commands/flags.hpp"
#include "commands/ledger_word.hpp"
#include "commands/ledgers.hpp"
#include "commands/nothing_found.hpp"
#include "commands/passphrase.hpp"
#include "known_index.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"

namespace audit::cli {

namespace {

struct EraseFlags {
  std::string what;
  std::string seq;
  std::string reason;
  std::string authority;
  std::string key;
  std::string passphrase;
  bool expired = false;
  bool dry_run = false;
  bool yes = false;
  Filters filters;
};

// What is asked, all values understood.
struct EraseTask {
  std::filesystem::path ledger;
  ErasureScope scope;
  std::vector<std::uint64_t> numbers;  // instead of the question
  bool expired = false;                // likewise
  Question question;
  ErasureOrder order;
  AskPassphrase passphrase;
};

// What is erased together.
struct Part {
  ErasurePlan plan;
  ErasureOrder order;
  std::vector<std::uint64_t> repeated_in;  // entries of the program's own that say it too
};

std::string own_fields() {
  std::string list;
  for (const FieldInfo& field : fields()) {
    if (field.own) list.append(list.empty() ? "" : ", ").append(field.name);
  }
  return list;
}

ErasureScope resolve_scope(const std::string& what) {
  if (what.empty()) return {};
  if (const auto scope = find_erasure_scope(what)) return *scope;
  const auto field = find_field(what);
  const std::string hint =
      fmt::format("payload, entry, or a field that is committed alone: {}", own_fields());
  if (!field)
    throw usage_error(fmt::format("--what is '{}', which is nothing to erase", what), hint);
  throw usage_error(
      fmt::format("{} is committed together with others and goes only with them", name_of(*field)),
      "--what entry takes all of an entry; alone go: " + own_fields());
}

// "4,7,10..20" as numbers.
std::vector<std::uint64_t> resolve_numbers(const std::string& list) {
  constexpr std::uint64_t kMost = 1'000'000;
  std::vector<std::uint64_t> numbers;
  for (const std::string& part : split_commas(list)) {
    const std::size_t dots = part.find("..");
    const std::uint64_t first = parse_number("--seq", part.substr(0, dots), 0, UINT64_MAX - 1);
    const std::uint64_t last =
        dots == std::string::npos
            ? first
            : parse_number("--seq", part.substr(dots + 2), first, UINT64_MAX - 1);
    if (last - first >= kMost - numbers.size()) {
      throw usage_error(fmt::format("--seq lists more than {} entries", kMost),
                        "a query says it shorter: 'seq:10..20'");
    }
    for (std::uint64_t seq = first; seq <= last; ++seq) numbers.push_back(seq);
  }
  return numbers;
}

// Neither may repeat what was looked for: they stay.
void check_order(const ErasureOrder& order, const Question& question) {
  constexpr std::size_t kTelling = 4;
  const auto lower = [](std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return text;
  };
  const std::string said = lower(order.reason + '\n' + order.authority);
  for (std::string word : question.query.words()) {
    if (word.ends_with('*')) word.pop_back();
    if (word.size() < kTelling || said.find(lower(word)) == std::string::npos) continue;
    throw usage_error("--reason or --authority repeats a word that is looked for",
                      "both stay in the ledger for ever: name the case, not the person");
  }
}

EraseTask resolve(const Context& context, const EraseFlags& flags,
                  const std::vector<std::string>& words) {
  EraseTask task;
  task.scope = resolve_scope(flags.what);
  task.numbers = resolve_numbers(flags.seq);
  task.question = make_question(context, words, flags.filters);
  task.expired = flags.expired;
  const bool asks = !task.question.query.matches_all();
  if (int{asks} + int{!task.numbers.empty()} + int{task.expired} > 1) {
    throw usage_error("a query, --seq and --expired each say what is to be erased", "give one");
  }
  if (!asks && task.numbers.empty() && !task.expired) {
    throw usage_error("it was not said what is to be erased",
                      "give a query, or numbers: audit erase --seq 4,7");
  }
  if (task.expired && !flags.what.empty()) {
    throw usage_error("--expired takes what the retention rule says", "leave --what out");
  }
  task.order = {flags.authority, flags.reason};
  if (!flags.dry_run && !task.expired && (flags.reason.empty() || flags.authority.empty())) {
    throw usage_error(
        fmt::format("{} is missing", flags.reason.empty() ? "--reason" : "--authority"),
        "why, and who ordered it: both are written into the ledger and stay; --dry-run needs none");
  }
  check_order(task.order, task.question);
  task.ledger = find_ledger(context, "erase", ForWhat::reading, "erase in one after another");
  return task;
}

std::vector<std::uint64_t> find_entries(const Context& context, const LedgerView& view,
                                        const EraseTask& task) {
  if (!task.numbers.empty()) return task.numbers;
  SearchOptions options;
  options.use_index = false;  // who may write only the index could hide what must be found
  options.order = Order::oldest_first;
  options.wanted = {};
  options.with_payload = false;
  options.system_entries = true;  // an alert may quote what it is about
  options.stop = &context.stop;
  Search search(view, task.question.query, options);
  std::vector<std::uint64_t> seqs;
  while (search.next()) seqs.push_back(search.entry().seq);
  return seqs;
}

// True if the person at the terminal says yes.
bool ask(Context& context) {
  context.err.write("this cannot be undone. erase? type yes: ");
  context.err.flush();
  std::string answer;
  for (char c = 0; ::read(context.input, &c, 1) == 1 && c != '\n';) answer.push_back(c);
  return answer == "yes" || answer == "yes\r";
}

bool is_agreed(Context& context, const EraseFlags& flags, const std::vector<Part>& parts) {
  std::uint64_t entries = 0;
  for (const Part& part : parts) entries += part.plan.entries.size() + part.plan.carriers.size();
  if (flags.yes || entries == 0) return true;
  if (!context.input_is_terminal || context.globals.json) {
    throw usage_error(fmt::format("erasing {} cannot be undone, and there is nobody to ask",
                                  counted(entries, "entry", "entries")),
                      "--dry-run shows what would go, --yes erases without asking");
  }
  for (const Part& part : parts) print_plan(context, context.err, part.plan);
  return ask(context);
}

ErasureResult erase_part(Context& context, const EraseTask& task, const EraseFlags& flags,
                         const Part& part) {
  Progress progress(context);
  EraseOptions options;
  options.open.key_file = flags.key;
  options.open.passphrase = task.passphrase;
  options.stop = &context.stop;
  options.now = context.clock();
  options.progress = [&](std::uint64_t done, std::uint64_t all) {
    if (progress.is_due()) progress.show(progress_text("erasing", done, all, "entries"));
  };
  ErasureResult result = erase(task.ledger, part.plan, part.order, options);
  progress.erase();
  std::optional<LedgerView> view;  // opened where it is needed
  remember(context, result.index, IndexBasis::made, [&](std::uint64_t seq) {
    if (!view) view.emplace(LedgerView::open(task.ledger));
    return view->hash(seq);
  });
  return result;
}

void note_kept(Context& context, const Expired& expired) {
  if (expired.kept == 0) return;
  print_notice(context,
               fmt::format("rule '{}': {} expired and stay{}: under a hold, or needed by what "
                           "must stay",
                           escape_controls(expired.rule.name),
                           counted(expired.kept, "entry has", "entries have"),
                           expired.kept == 1 ? "s" : ""));
}

// One for each rule under which something has expired. Who says nothing else refers to the rule.
std::vector<Part> plan_parts(Context& context, const LedgerView& view, const EraseTask& task) {
  const Retention retention = read_retention(view);
  if (!retention.seq) {
    throw usage_error("the ledger declares no retention", "audit init LEDGER --retain 7y does");
  }
  std::vector<Part> parts;
  for (Expired& expired : plan_expired(view, retention, context.clock())) {
    note_kept(context, expired);
    Part part{std::move(expired.plan), task.order, {}};
    if (part.order.reason.empty()) {
      part.order.reason = fmt::format("older than {}: retention rule '{}'", expired.rule.at_most,
                                      expired.rule.name);
    }
    if (part.order.authority.empty())
      part.order.authority = fmt::format("retention declared in entry {}", *retention.seq);
    if (!part.plan.is_empty()) parts.push_back(std::move(part));
  }
  return parts;
}

std::vector<Part> make_parts(Context& context, const EraseTask& task) {
  const LedgerView view = LedgerView::open(task.ledger);  // closed before anything is erased
  if (task.expired) return plan_parts(context, view, task);
  ErasurePlan plan = plan_erasure(view, find_entries(context, view, task), task.scope);
  check_order_against(view, plan, task.order);
  auto repeated_in = said_elsewhere(view, plan, task.question.query.words());
  std::vector<Part> parts;
  if (plan.asked > 0) parts.push_back({std::move(plan), task.order, std::move(repeated_in)});
  if (parts.empty()) explain_nothing(context, {&view, 1}, task.question, "no entry matches");
  return parts;
}

// Says what would go, and why it may not.
//   throws    what the erasure would: a hold or a rule forbids it
void dry_run(Context& context, const EraseTask& task, const std::vector<Part>& parts) {
  const LedgerView view = LedgerView::open(task.ledger);
  const Retention retention = read_retention(view);
  for (const Part& part : parts) {
    if (context.globals.json) {
      context.out.print("{}\n", erase_json(part.plan, nullptr, part.repeated_in));
    } else {
      print_plan(context, context.out, part.plan);
    }
    context.out.flush();
    require_erasable(view, retention, part.plan.entries, context.clock());
    require_erasable(view, retention, part.plan.carriers, context.clock());
  }
}

ExitCode erase_and_say(Context& context, const EraseTask& task, const EraseFlags& flags,
                       const Part& part) {
  const ErasureResult result = erase_part(context, task, flags, part);
  if (context.globals.json) {
    context.out.print("{}\n", erase_json(part.plan, &result, part.repeated_in));
  } else if (!context.globals.quiet) {
    print_erased(context, part.plan, result);
  }
  context.out.flush();
  if (result.stopped) return ExitCode::interrupted;
  return result.words_remain ? ExitCode::busy : ExitCode::yes;
}

// What was looked for and is still there when all is done.
void note_stays(Context& context, const Part& part) {
  const std::string text = stays_notice(part.plan);
  if (!text.empty()) print_warning(context, text);
  if (part.repeated_in.empty()) return;
  print_warning(context, fmt::format("what goes is repeated in {} of the program's own, which "
                                     "{} for ever: {}",
                                     part.repeated_in.size() == 1 ? "an entry" : "entries",
                                     part.repeated_in.size() == 1 ? "stays" : "stay",
                                     fmt::join(part.repeated_in, ", ")));
}

// Something matches, and all of it is of what is never erased.
bool is_refused(const std::vector<Part>& parts) {
  return std::ranges::all_of(parts, [](const Part& part) {
    const ErasurePlan& plan = part.plan;
    return plan.is_empty() && plan.gone == 0 && plan.lacking == 0;
  });
}

ExitCode run_erase(Context& context, const EraseFlags& flags,
                   const std::vector<std::string>& words) {
  EraseTask task = resolve(context, flags, words);
  task.passphrase = passphrase_from(context, flags.passphrase);
  const std::vector<Part> parts = make_parts(context, task);
  if (context.stop) return ExitCode::interrupted;
  if (parts.empty()) {
    if (task.expired) print_note(context, "nothing has expired");
    return ExitCode::no;
  }
  if (flags.dry_run) {
    dry_run(context, task, parts);
    for (const Part& part : parts) note_stays(context, part);
    return is_refused(parts) ? ExitCode::no : ExitCode::yes;
  }
  if (!is_agreed(context, flags, parts)) {
    print_note(context, "nothing was erased");
    return ExitCode::interrupted;
  }
  ExitCode last = ExitCode::yes;
  for (const Part& part : parts) {
    last = erase_and_say(context, task, flags, part);
    if (last == ExitCode::interrupted) return last;
  }
  note_left_key(context, task.ledger, flags.key);
  if (last == ExitCode::busy) {
    print_notice(context,
                 "erased, but words remain until readers close: the next writer, or this command "
                 "again, finishes it");
  }
  for (const Part& part : parts) note_stays(context, part);
  return last == ExitCode::yes && is_refused(parts) ? ExitCode::no : last;
}

void add_erase_flags(CLI::App& app, EraseFlags& flags) {
  add_value(app, "--what", flags.what, "payload|entry|FIELD",
            "what goes from each entry: its payload (default), one field and the payload, or "
            "everything")
      ->configurable(false);
  add_value(app, "--seq", flags.seq, "N,...", "these entries, by number: 4,7,10..20")
      ->configurable(false);
  add_switch(app, "--expired", flags.expired,
             "what is older than the ledger's retention allows (audit init --retain)")
      ->configurable(false);
  add_value(app, "--reason", flags.reason, "TEXT",
            "why, in words that may stay for ever: the case, not the person")
      ->configurable(false);
  add_value(app, "--authority", flags.authority, "TEXT", "who ordered it")->configurable(false);
  add_switch(app, "--dry-run", flags.dry_run, "show what would go, and erase nothing")
      ->configurable(false);
  add_switch(app, "--yes", flags.yes, "do not ask")->configurable(false);
  add_value(app, "--key", flags.key, "FILE", "the signing key (default LEDGER.key)");
  add_passphrase_flag(app, flags.passphrase);
  add_filters(app, flags.filters);
}

}  // namespace

Command add_erase(CLI::App& root) {
  const auto flags = std::make_shared<EraseFlags>();
  Command command;
  command.app = root.add_subcommand("erase", "remove content for good, keep the proof");
  add_erase_flags(*command.app, *flags);
  command.words = {"[QUERY...]", "which entries; all words together are one query", "QUERY",
                   SIZE_MAX, true};
  command.paragraphs = {
      "Takes content out of entries and writes an entry that says so: numbers, scope, authority "
      "and "
      "reason. Hashes, chain, tree and all signed heads stay as they were, so every checkpoint and "
      "proof that somebody kept still verifies. The words go from the ledger, its index and their "
      "logs; copies and backups are out of reach.",
      "--what payload takes the record's bytes and the fields taken from them, --what user (or "
      "another field that is committed alone) that field too, --what entry everything. An event "
      "that "
      "is a part of a record goes with all that tells of the same part.",
      "An id that was erased is refused when it comes again. Entries that the ledger needs to be "
      "verified are never erased, and nothing that a legal hold or a retention rule keeps.",
  };
  command.examples = {
      {"audit erase --dry-run --what entry user:alice@example.com", "what would go"},
      {"audit erase --what entry user:alice@example.com --reason 'GDPR Art. 17, case 114' "
       "--authority DPO",
       "all there is about a person"},
      {"audit erase --seq 4711 --reason 'card number in prompt' --authority security --yes",
       "the payload of one entry"},
      {"audit erase --expired --yes", "what the ledger's retention no longer allows"},
  };
  command.exits = {
      {ExitCode::yes, "erased, and the words are gone; nothing of it was left; or --dry-run"},
      {ExitCode::no, "nothing matches, or nothing of what matches is ever erased"},
      {ExitCode::usage, "a flag is missing or was not understood; nobody to ask and no --yes"},
      {ExitCode::data, "an entry does not have its hash: nothing was erased; run audit verify"},
      {ExitCode::permission, "a legal hold or a retention rule forbids it: nothing was erased"},
      {ExitCode::busy, "erased, but words remain until readers close; or another process writes"},
      {ExitCode::interrupted, "the answer was not yes, or the run was ended"},
  };
  command.run = [flags](Context& context, const std::vector<std::string>& words) {
    return run_erase(context, *flags, words);
  };
  return command;
}

}  // namespace audit::cli
