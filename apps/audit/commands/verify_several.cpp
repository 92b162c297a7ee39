#include "commands/verify_several.hpp"

#include <audit/ledger.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "commands/ci_report.hpp"
#include "commands/continuation.hpp"
#include "commands/verdict.hpp"
#include "known_head.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

// "No" outweighs "could not look", which outweighs "not all of it".
int weight(ExitCode code) {
  switch (code) {
    case ExitCode::yes:
      return 0;
    case ExitCode::incomplete:
      return 1;
    case ExitCode::no:
      return 3;
    default:
      return 2;
  }
}

// How many ledgers ended how.
class Tally {
 public:
  void add(std::string_view end, ExitCode code) {
    ++std::ranges::find(ends_, end, &End::name)->count;
    note(code);
  }

  // For the exit status alone. Of two that weigh the same the first stays.
  void note(ExitCode code) {
    if (weight(code) > weight(worst_)) worst_ = code;
  }

  [[nodiscard]] ExitCode worst() const { return worst_; }

  // "3 ledgers: 2 intact, 1 tampered"
  [[nodiscard]] std::string text(std::size_t count, std::string_view what) const {
    std::string text = fmt::format("{} {}:", count, what);
    std::string_view separator = " ";
    for (const End& end : ends_) {
      if (end.count == 0) continue;
      text += fmt::format("{}{} {}", std::exchange(separator, ", "), end.count, end.name);
    }
    return text;
  }

 private:
  struct End {
    std::string_view name;
    std::uint64_t count = 0;
  };

  std::array<End, 7> ends_{{{"intact"},
                            {"intact but below --require"},
                            {"tampered"},
                            {"rolled-back"},
                            {"forked"},
                            {"unverifiable"},
                            {"not checked"}}};
  ExitCode worst_ = ExitCode::yes;
};

// Ledgers found intact, each for itself. Two that say they are the same one must agree as far as
// both go: whoever has the key can sign two histories, and show each to somebody else.
class Histories {
 public:
  void compare(const LedgerView& view, VerifyReport& report) {
    std::vector<fs::path>& same = files_[view.ledger_id()];
    for (const fs::path& other : same) compare(view, other, report);
    same.push_back(view.file());
  }

  // A line for each two that contradict each other.
  [[nodiscard]] const std::vector<std::string>& forks() const { return forks_; }

 private:
  void compare(const LedgerView& view, const fs::path& other, VerifyReport& report) {
    try {
      const auto seq = first_difference(view, LedgerView::open(other));
      if (!seq) return;
      add_fork(report, *seq, other);
      forks_.push_back(
          fmt::format("{} and {} are two histories of one ledger, which part at entry {}",
                      other.string(), view.file().string(), *seq));
    } catch (const Error& error) {
      report.limits.push_back(
          fmt::format("It was not compared with {}, which is the same ledger: {}.", other.string(),
                      error.message()));
    }
  }

  static void add_fork(VerifyReport& report, std::uint64_t seq, const fs::path& other) {
    contradict(report, Verdict::forked, "copies", seq,
               fmt::format("from here on {}, which is the same ledger and intact too, has other "
                           "entries: two histories exist; keep both",
                           other.string()));
  }

  std::map<std::string, std::vector<fs::path>> files_;  // by the id of the ledger
  std::vector<std::string> forks_;
};

// Each ledger looks for its own among them: what can be read but once is nothing for the next one.
void check_known_files(const VerifyTask& task) {
  for (const fs::path& file : task.options.known) {
    std::error_code failed;
    const fs::file_type type = fs::status(file, failed).type();
    if (type == fs::file_type::not_found) {
      throw Error(ErrorCode::not_found, fmt::format("there is no checkpoint '{}'", file.string()),
                  "--known FILE is one that verify --save wrote");
    }
    if (type == fs::file_type::regular) continue;
    throw usage_error(fmt::format("--known '{}' is no file, and these are {} ledgers",
                                  file.string(), task.ledgers.size()),
                      "write the checkpoint to a file first");
  }
}

class SeveralLedgers {
 public:
  SeveralLedgers(Context& context, const VerifyTask& task)
      : context_(context),
        task_(task),
        options_(task.options),
        progress_(context),
        successions_(task.ledgers) {
    options_.known_of_others = true;
  }

  ExitCode run() {
    for (const fs::path& ledger : task_.ledgers) {
      begin(ledger);
      try {
        verify(ledger);
      } catch (const Error& error) {
        print_failure(ledger, error);
      }
      context_.out.flush();
      if (context_.stop) return interrupted();
      ++done_;
    }
    if (task_.is_text()) print_summary();
    if (task_.is_document()) context_.out.write(ci_document(task_.form, verdicts_));
    for (const fs::path& known : options_.known) check_was_used(known);
    return tally_.worst();
  }

 private:
  void begin(const fs::path& ledger) {
    if (!task_.is_text() || context_.globals.quiet) return;
    const std::string name = escape_controls(ledger.string());
    context_.out.print("{}{}\n", done_ == 0 ? "" : "\n",
                       context_.out_style().paint(Tone::strong, name));
  }

  void verify(const fs::path& ledger) {
    const std::string verb = fmt::format("{} of {}: verifying", done_ + 1, task_.ledgers.size());
    const auto show = [&](std::uint64_t done, std::uint64_t total) {
      if (progress_.is_due()) progress_.show(progress_text(verb, done, total, "entries"));
    };
    const bool is_proof = is_proof_file(ledger);
    const bool is_fork = !is_proof && is_fork_file(ledger);
    const bool is_bundle = !is_proof && !is_fork && is_bundle_file(ledger);
    VerifyReport report = is_proof    ? verify_proof(task_, ledger)
                          : is_fork   ? verify_fork(ledger, options_.keys)
                          : is_bundle ? verify_bundle(context_, task_, ledger, verb)
                                      : verify_ledger(ledger, options_, show, &context_.stop);
    if (context_.stop) return;
    if (is_proof || is_fork || is_bundle) {
      has_documents_ = true;
    } else if (report.verdict == Verdict::intact) {
      const LedgerView view = LedgerView::open(ledger);
      histories_.compare(view, report);
      if (report.verdict == Verdict::intact) successions_.compare(view, report);
      if (report.verdict == Verdict::intact) (void)notice_head(context_, view);
    }
    progress_.erase();
    used_.insert(report.known.begin(), report.known.end());
    const std::vector<std::string> missing = missing_levels(report, task_.required);
    if (task_.is_document()) {
      verdicts_.push_back({ledger.string(), report, missing, {}});
    } else {
      print(ledger, report, missing);
    }
    const bool is_below = report.verdict == Verdict::intact && !missing.empty();
    tally_.add(is_below ? "intact but below --require" : to_string(report.verdict),
               exit_code(report.verdict, missing.empty()));
  }

  void print(const fs::path& ledger, const VerifyReport& report,
             const std::vector<std::string>& missing) {
    if (task_.form == VerdictForm::json) {
      context_.out.print("{}\n", verdict_json(report, missing, ledger.string()));
    } else if (context_.globals.quiet) {
      print_verdict_line(context_, report, missing, ledger.string());
    } else {
      print_verdict(context_, report, missing);
    }
  }

  // What kept a ledger from being looked at, where its verdict would stand.
  void print_failure(const fs::path& ledger, const Error& error) {
    progress_.erase();
    const ExitCode code = exit_code(error.code());
    tally_.add("not checked", code);
    if (task_.is_document()) {
      verdicts_.push_back({ledger.string(), std::nullopt, {}, error.message()});
      return;
    }
    if (task_.form == VerdictForm::json) {
      JsonObject object;
      object.add("ledger", ledger.string()).add("schema", "audit.error/1");
      object.add("code", static_cast<std::uint64_t>(to_int(code)));
      object.add("message", error.message()).add("hint", error.hint());
      context_.out.print("{}\n", object.str());
      return;
    }
    std::string text = fmt::format("not checked: {}", escape_controls(error.message()));
    if (context_.globals.quiet)
      text = fmt::format("{}: {}", escape_controls(ledger.string()), text);
    text = wrap(text, 0, wrap_width(context_.out));
    context_.out.print("{}\n", context_.out_style().paint(Tone::warn, text));
  }

  void print_summary() {
    const auto print = [this](std::string_view text) {
      context_.out.print("{}\n", wrap(escape_controls(text), 0, wrap_width(context_.out)));
    };
    if (!context_.globals.quiet) context_.out.print("\n");
    print(tally_.text(task_.ledgers.size(), has_documents_ ? "files" : "ledgers"));
    for (const std::string& fork : histories_.forks()) print(fork);
    for (const std::string& line : successions_.lines()) print(line);
  }

  // A checkpoint of no ledger that was looked at shows nothing, and maybe that one was replaced.
  void check_was_used(const fs::path& known) {
    if (used_.contains(known)) return;
    tally_.note(print_error(
        context_,
        Error(ErrorCode::not_found,
              fmt::format("{} is a checkpoint of none of these ledgers", known.string()),
              "name its ledger too; if it is among them, it could not be read to its end, or "
              "another one was put in its place")));
  }

  ExitCode interrupted() {
    progress_.erase();
    print_note(context_, fmt::format("interrupted: no verdict on {} of {} ledgers",
                                     task_.ledgers.size() - done_, task_.ledgers.size()));
    return ExitCode::interrupted;
  }

  Context& context_;
  const VerifyTask& task_;
  VerifyOptions options_;
  Progress progress_;
  Tally tally_;
  Histories histories_;
  Successions successions_;
  std::vector<LedgerVerdict> verdicts_;  // where they are told in one document
  std::set<fs::path> used_;              // of the known checkpoints
  std::size_t done_ = 0;
  bool has_documents_ = false;  // proofs or bundles
};

}  // namespace

VerifyReport verify_proof(const VerifyTask& task, const fs::path& file) {
  VerifyProofOptions options;
  options.keys = task.options.keys;
  options.known = task.options.known;
  options.known_of_others = task.ledgers.size() > 1;
  options.leaf = task.leaf;
  options.timestamps = task.options.timestamps;
  options.ledger = task.source;
  return audit::verify_proof(file, options);
}

VerifyReport verify_bundle(Context& context, const VerifyTask& task, const fs::path& file,
                           std::string_view verb) {
  VerifyBundleOptions options;
  options.keys = task.options.keys;
  options.known = task.options.known;
  options.known_of_others = task.ledgers.size() > 1;
  options.policy = task.options.policy;
  options.timestamps = task.options.timestamps;
  Progress progress(context);
  const auto show = [&](std::uint64_t bytes) {
    if (progress.is_due()) progress.show(fmt::format("{} {}", verb, bytes_text(bytes)));
  };
  return audit::verify_bundle(file, options, show, &context.stop);
}

ExitCode verify_several(Context& context, const VerifyTask& task) {
  check_known_files(task);
  return SeveralLedgers(context, task).run();
}

}  // namespace audit::cli
