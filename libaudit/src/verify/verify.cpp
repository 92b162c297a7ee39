#include <audit/error.hpp>
#include <audit/fork.hpp>
#include <audit/proof.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/path.hpp"
#include "base/text.hpp"
#include "event/kind.hpp"
#include "ledger/entry_check.hpp"
#include "ledger/scan.hpp"
#include "verify/checkpoints.hpp"
#include "verify/erasure.hpp"
#include "verify/evidence.hpp"
#include "verify/index.hpp"
#include "verify/known.hpp"
#include "verify/outcome.hpp"
#include "verify/range.hpp"
#include "verify/signed_head.hpp"
#include "verify/time_stamps.hpp"

namespace audit {

namespace verify {

namespace {

using ledger::EvidenceScan;

constexpr int kMaxStructureLines = 100;
constexpr std::size_t kMaxNegativeRows = 1000;
constexpr int kAttempts = 20;

// "1 entry", "7 entries"
std::string count_of(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// Threads of one run; the first thing any of them throws is thrown again when all have ended.
class Crew {
 public:
  template <class Work>
  void start(Work work) {
    threads_.emplace_back([this, work = std::move(work)] {
      try {
        work();
      } catch (...) {
        const std::scoped_lock lock(mutex_);
        if (!thrown_) thrown_ = std::current_exception();
        failed_ = true;
      }
    });
  }

  void join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

  // Set when one of them gave up, so that the others need not go on.
  [[nodiscard]] const std::atomic<bool>& failed() const noexcept { return failed_; }

  ~Crew() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::exception_ptr thrown_;
  std::atomic<bool> failed_ = false;
};

// One verification, from the file to the report.
class Run {
 public:
  Run(const std::filesystem::path& file, const VerifyOptions& options,
      const std::function<void(std::uint64_t, std::uint64_t)>& progress,
      const std::atomic<bool>* stop)
      : file_(file),
        options_(options),
        progress_(progress),
        stop_(stop),
        before_(ledger::FileState::of(base::real_file(file))),
        outcome_(options.max_findings) {}

  VerifyReport run();

  // True if another program wrote into the file while it was read without locks: then nothing that
  // was found says anything.
  [[nodiscard]] bool was_overtaken() const;

 private:
  void check();
  [[nodiscard]] bool open();
  [[nodiscard]] bool open_in_step();
  [[nodiscard]] std::unique_ptr<EvidenceScan> open_scan();
  void read_everything();
  [[nodiscard]] Prefix read_prefix();
  [[nodiscard]] std::uint64_t largest_known() const;
  void work(unsigned thread, EvidencePass& pass, std::atomic<std::size_t>& next_segment);
  void look_again(const std::vector<SequenceRange>& windows);
  void check_structure();
  void gather(EvidencePass& pass);
  void check_heads(EvidencePass& pass);
  void check_keys(const EvidencePass& pass);
  void check_kept(const EvidencePass& pass);
  void check_time_stamps(const EvidencePass& pass);
  void check_witnesses(const std::vector<Cosigned>& heads);
  void write_fork(const KnownFork& known, const KeyHistory& keys);
  void check_erased(EvidencePass& pass);
  void check_rows(EvidencePass& pass);
  void note_words(const std::vector<std::uint32_t>& unused);
  void note_index();
  [[nodiscard]] IndexState verified_index();
  void note_unused();
  [[nodiscard]] std::optional<Digest> root_at(const EvidencePass& pass, std::uint64_t size);

  [[nodiscard]] bool is_stopped() const noexcept { return stop_ != nullptr && *stop_; }

  [[nodiscard]] bool is_quick() const noexcept { return options_.quick || options_.since_known; }

  // Runs one check; what SQLite cannot read for it is a finding.
  template <class Body>
  void guarded(Body&& body);

  const std::filesystem::path& file_;
  const VerifyOptions& options_;
  const std::function<void(std::uint64_t, std::uint64_t)>& progress_;
  const std::atomic<bool>* stop_;
  const ledger::FileState before_;
  bool could_not_open_ = false;

  Outcome outcome_;
  VerifyReport report_;
  std::vector<Known> known_;
  std::vector<std::unique_ptr<EvidenceScan>> scans_;  // one for each worker; the first is also ours
  std::unique_ptr<EvidenceScan> structure_scan_;
  std::unique_ptr<IndexCheck> index_;
  ledger::WordTable words_;
  RangeTask task_;
  std::optional<ledger::EntryCheck> prefix_;  // what is stored of entries that are not read
  std::mutex mutex_;                          // of outcome_.findings while threads run
};

template <class Body>
void Run::guarded(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    outcome_.findings.add("structure", std::nullopt, error.message());
  }
}

VerifyReport Run::run() {
  known_ = read_known(options_.known);
  outcome_.has_known = !known_.empty();
  outcome_.has_keys = !options_.keys.empty();
  outcome_.has_policy = options_.policy.has_value();
  if (options_.policy && options_.policy->has_quorum()) report_.witnessed_size = 0;
  check();
  if (is_stopped()) {
    outcome_.was_read = false;
    outcome_.unusable.emplace_back("It was interrupted before the end.");
  }
  conclude(std::move(outcome_), report_);
  return std::move(report_);
}

bool Run::was_overtaken() const {
  const auto overtaken = [&](const std::unique_ptr<EvidenceScan>& scan) {
    return scan && scan->was_overtaken(file_);
  };
  if (is_stopped()) return false;
  const bool open_failed_beside_a_writer =
      could_not_open_ && before_.is_outdated_by(ledger::FileState::of(base::real_file(file_)));
  return open_failed_beside_a_writer || overtaken(structure_scan_) ||
         std::any_of(scans_.begin(), scans_.end(), overtaken);
}

void Run::check() {
  if (!open()) return;
  if (task_.size == 0 && !scans_.front()->snapshot().has_head) {
    outcome_.unusable.emplace_back(
        "There is nothing to check: the ledger has no entries and no head.");
    return;
  }
  read_everything();
}

// Opens a snapshot; nothing, and why in the outcome, where the file is not a ledger that can be
// read.
std::unique_ptr<EvidenceScan> Run::open_scan() {
  bool identified = false;
  try {
    ledger::check_identity(file_);
    identified = true;
    return std::make_unique<EvidenceScan>(file_);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unsupported ||
        (error.code() == ErrorCode::damaged && !identified)) {
      outcome_.unusable.push_back(error.message());
    } else if (error.code() == ErrorCode::damaged) {
      could_not_open_ = true;
      outcome_.file = "a ledger of format 1";
      outcome_.findings.add("structure", std::nullopt, error.message());
    } else {
      throw;
    }
    return nullptr;
  }
}

// Opens everything, and stops at what must not be read.
bool Run::open() {
  const std::string journal = ledger::foreign_journal(file_);
  if (!journal.empty()) {
    outcome_.unusable.push_back(
        fmt::format("{} lies beside the ledger and never belongs to one: opening the ledger could "
                    "change it.",
                    journal));
    return false;
  }
  std::unique_ptr<EvidenceScan> first = open_scan();
  if (!first) return false;
  outcome_.file = first->snapshot().log_was_read ? "a ledger of format 1, with its write-ahead log"
                                                 : "a ledger of format 1";
  if (first->snapshot().log_was_read) {
    outcome_.limits.push_back(fmt::format("The write-ahead log {}-wal was part of what was read.",
                                          base::escape_controls(base::real_file(file_).string())));
  }
  for (const std::string& problem : first->snapshot().schema_problems) {
    outcome_.findings.add("schema", std::nullopt, base::escape_controls(problem));
  }
  if (!outcome_.findings.empty()) return false;
  outcome_.could_begin = true;

  std::string ledger_id;
  guarded([&] { ledger_id = ledger::read_identity(first->database()).ledger_id; });
  first.reset();
  unsigned threads = options_.threads != 0 ? options_.threads : std::thread::hardware_concurrency();
  threads = std::clamp(threads, 1U, 256U);
  if (!is_quick()) {
    // Before the evidence, so that it cannot be ahead of it.
    index_ = std::make_unique<IndexCheck>(file_, ledger_id, threads);
  }
  scans_.resize(threads);
  return open_in_step();
}

// All connections must see the same transaction.
bool Run::open_in_step() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool in_step = true;
    const auto open_one = [&](std::unique_ptr<EvidenceScan>& scan) {
      scan = open_scan();
      in_step = in_step && scan && scan->snapshot().schema_problems.empty() &&
                scan->in_step(*scans_.front());
      return scan != nullptr;
    };
    for (auto& scan : scans_) {
      if (!open_one(scan)) return false;
    }
    if (!is_quick() && !open_one(structure_scan_)) return false;
    task_.size = scans_.front()->snapshot().size;
    if (in_step) return true;
  }
  throw Error(ErrorCode::busy,
              fmt::format("{} changes faster than it can be opened", file_.string()),
              "try again when fewer programs write to it");
}

void Run::read_everything() {
  EvidenceScan& scan = *scans_.front();
  task_.max_findings = options_.max_findings;
  task_.stop = stop_;
  if (const auto head = parse_checkpoint(scan.snapshot().head_note)) {
    task_.wanted_sizes.push_back(head->size);
  }
  task_.wanted_sizes.push_back(task_.size);
  for (const Known& one : known_) {
    if (one.checkpoint) task_.wanted_sizes.push_back(one.checkpoint->size);
  }
  guarded([&] { words_.load(scan.database()); });
  for (const auto& problem : words_.problems()) {
    outcome_.findings.add("word", std::nullopt,
                          fmt::format("word {} {}", problem.id, problem.message));
  }
  if (index_) {
    guarded([&] { index_->bind(scan, outcome_.findings); });
    if (index_->is_bound()) task_.index = &index_->layout();
  }
  IndexCheck* const index = task_.index != nullptr ? index_.get() : nullptr;
  EvidencePass pass(task_, read_prefix(), words_, index, progress_);
  std::atomic<std::size_t> next_segment = 0;
  Crew crew;
  if (structure_scan_) crew.start([&] { check_structure(); });
  for (unsigned i = 0; i < scans_.size(); ++i) {
    crew.start([&, i] { work(i, pass, next_segment); });
  }
  crew.join();
  if (is_stopped()) return;
  gather(pass);
}

// The size of the largest known checkpoint that the ledger may extend.
std::uint64_t Run::largest_known() const {
  const auto head = parse_checkpoint(scans_.front()->snapshot().head_note);
  std::uint64_t largest = 0;
  for (const Known& one : known_) {
    if (!head || !one.checkpoint || one.checkpoint->origin != head->origin) continue;
    if (one.checkpoint->size <= task_.size) largest = std::max(largest, one.checkpoint->size);
  }
  return largest;
}

// What an incremental verify takes as it is stored; nothing where all is to be read, or something
// is wrong with it.
Prefix Run::read_prefix() {
  Prefix prefix;
  if (!options_.since_known) return prefix;
  const std::uint64_t first = EvidencePass::beginning_before(largest_known(), task_.size);
  const auto head = parse_checkpoint(scans_.front()->snapshot().head_note);
  if (first == 0 || !head || head->size != task_.size) return prefix;
  guarded([&] {
    prefix_.emplace(scans_.front()->share(), *head);
    prefix.keys = read_keys_before(*prefix_, first, outcome_.findings);
    prefix.tree = prefix_->stored_tree().range(first);
  });
  if (prefix.tree.size() == 0) return {};
  report_.checked_from = prefix.tree.size();
  return prefix;
}

// Ranges of entries first, then parts of the index.
void Run::work(unsigned thread, EvidencePass& pass, std::atomic<std::size_t>& next_segment) {
  pass.read(*scans_[thread]);
  if (task_.index == nullptr) return;
  Findings findings(options_.max_findings);
  while (!is_stopped()) {
    const std::size_t segment = next_segment++;
    if (segment >= index_->segment_count()) break;
    index_->scan_segment(segment, thread, findings);
  }
  const std::scoped_lock lock(mutex_);
  outcome_.findings.append(std::move(findings));
}

void Run::check_structure() {
  const std::vector<std::string> problems =
      structure_scan_->structure_problems(kMaxStructureLines, [this] { return is_stopped(); });
  const std::scoped_lock lock(mutex_);
  for (const std::string& problem : problems) {
    outcome_.findings.add("structure", std::nullopt, fmt::format("SQLite: {}", problem));
  }
}

// Everything that only the whole ledger can decide.
void Run::gather(EvidencePass& pass) {
  outcome_.findings.append(std::move(pass.findings()));
  outcome_.was_read = true;
  report_.size = task_.size;
  report_.entries_checked = pass.checked();
  report_.origin = pass.keys().origin();
  report_.continues = pass.keys().continues();
  report_.root = root_at(pass, task_.size).value_or(Digest());
  if (pass.undecided() > 0) {
    outcome_.unusable.push_back(fmt::format(
        "{} entries are stored in a way that this version does not know.", pass.undecided()));
  }
  check_rows(pass);
  check_heads(pass);
  check_keys(pass);
  check_kept(pass);
  check_time_stamps(pass);
  check_erased(pass);
  note_index();
  note_unused();
}

std::optional<Digest> Run::root_at(const EvidencePass& pass, std::uint64_t size) {
  if (size == 0) return empty_root();
  if (size > report_.checked_from) return pass.tree().root_at(size);
  std::optional<Digest> root;
  guarded([&] { root = prefix_->root_at(size); });
  if (!root) {
    outcome_.findings.add("subtree", std::nullopt,
                          fmt::format("the stored hashes of the tree do not show that the first {} "
                                      "entries are those of the head",
                                      size));
  }
  return root;
}

void Run::check_rows(EvidencePass& pass) {
  EvidenceScan& scan = *scans_.front();
  guarded([&] {
    for (const std::int64_t seq : scan.negative_rows(kMaxNegativeRows)) {
      outcome_.findings.add("order", std::nullopt,
                            fmt::format("there is an entry with the number {}", seq));
    }
  });
  guarded([&] { check_subtree_rows(scan, task_.size, outcome_.findings); });
  // Entries that could not be read may have used the words that seem not to be used.
  if (pass.rows() == task_.size) pass.words().finish(outcome_.findings);
  outcome_.entries =
      fmt::format("{}, every field, payload and hash", count_of(pass.rows(), "entry", "entries"));
  outcome_.tree = fmt::format("root {}", to_base64(report_.root));
  if (report_.checked_from == 0) return note_words(pass.words().unused());
  outcome_.entries += fmt::format("; the {} before them not again", report_.checked_from);
  outcome_.words = fmt::format("{} words; which of them are used was not looked at", words_.size());
  outcome_.limits.push_back(fmt::format(
      "Entries 0 to {} were not read again (--since-known): that they are those of the checkpoint "
      "that was kept follows from the stored hashes; what they say now was not compared with "
      "these.",
      report_.checked_from - 1));
}

// Only as long as no entry was erased as a whole must every word be used.
void Run::note_words(const std::vector<std::uint32_t>& unused) {
  if (unused.empty()) {
    outcome_.words = fmt::format("{}, each used", count_of(words_.size(), "word", "words"));
    return;
  }
  // What an erasure writes over a word says so, and says nothing else.
  const auto is_overwritten = [&](std::uint32_t id) {
    return words_.text(id) == fmt::format("erased word {}", id);
  };
  const auto overwritten =
      static_cast<std::size_t>(std::count_if(unused.begin(), unused.end(), is_overwritten));
  const std::size_t others = unused.size() - overwritten;
  outcome_.words = count_of(words_.size(), "word", "words");
  if (overwritten > 0) {
    outcome_.words += fmt::format(
        ", {} overwritten by an erasure",
        overwritten == 1 ? "1 of them was" : fmt::format("{} of them were", overwritten));
  }
  if (others == 0) return;
  outcome_.words += fmt::format(", {} not used by what is left", others);
  outcome_.limits.push_back(fmt::format(
      "Of the dictionary {} used by no entry that is left: they may be those of entries that were "
      "erased as a whole, or anybody's. Nothing covers them, and no search finds them.",
      others == 1 ? "1 word is" : fmt::format("{} words are", others)));
}

void Run::check_heads(EvidencePass& pass) {
  EvidenceScan& scan = *scans_.front();
  CheckpointCheck check(
      pass.keys(), task_.size, [&](std::uint64_t size) { return root_at(pass, size); },
      outcome_.findings);
  HeadFacts head;
  guarded([&] { head = check.check_head(scan); });
  report_.note = head.note;
  guarded([&] {
    const std::uint64_t count = check.check_checkpoints(scan, head);
    outcome_.checkpoints =
        fmt::format("the head and {}, and no others", count_of(count, "checkpoint", "checkpoints"));
  });
}

// Keys given from outside must be the ledger's.
void Run::check_keys(const EvidencePass& pass) {
  const GivenKeys given = given_keys(options_.keys, options_.policy, report_.origin);
  outcome_.has_keys = !given.keys.empty();
  if (!given.why_not.empty()) outcome_.unusable.push_back(given.why_not + '.');
  if (given.keys.empty()) return;
  outcome_.is_signed = check_given_keys(pass.keys(), given.keys, outcome_.findings);
}

void Run::check_kept(const EvidencePass& pass) {
  if (options_.known_of_others) {
    std::erase_if(known_, [&](const Known& one) {
      return one.checkpoint && one.checkpoint->origin != report_.origin;
    });
  }
  outcome_.has_known = !known_.empty();
  if (known_.empty()) return;
  for (const Known& one : known_) report_.known.push_back(one.file);
  const std::vector<VerifyKey> others =
      given_keys(options_.keys, options_.policy, report_.origin).with_witnesses;
  const KnownResult result = check_known(
      known_, report_.origin, task_.size, pass.keys().keys(), others,
      [&](std::uint64_t size) { return root_at(pass, size); }, outcome_.findings);
  check_witnesses(result.cosigned);
  if (result.fork) guarded([&] { write_fork(*result.fork, pass.keys()); });
  outcome_.is_anchored = result.is_extended;
  // Whoever signed what was kept is the one who signs here, or was named by that one.
  outcome_.is_signed = outcome_.is_signed || (result.is_signed && !outcome_.has_keys);
  for (const std::string& why : result.unusable) outcome_.unusable.push_back(why + ".");
  outcome_.known =
      result.is_extended
          ? fmt::format("extends {}",
                        known_.size() == 1
                            ? std::string("the checkpoint that was kept")
                            : fmt::format("all {} checkpoints that were kept", known_.size()))
      : result.unusable.empty() ? "the ledger does not extend what was kept"
                                : result.unusable.front();
}

// Since when the heads that were stamped are there: the one of the ledger, those it keeps, and known
// ones.
void Run::check_time_stamps(const EvidencePass& pass) {
  TimeStampCheck check(options_.timestamps);
  if (!check.is_asked()) return;
  const auto offer = [&](const std::string& note) {
    check.offer(note, [&](const Checkpoint& stated) {
      const std::vector<VerifyKey> signers = pass.keys().signers(stated.size);
      return stated.origin == report_.origin && root_at(pass, stated.size) == stated.root &&
             !signers.empty() &&
             std::all_of(signers.begin(), signers.end(), [&](const VerifyKey& key) {
               return judge_signatures(note, {key}) == Signature::good;
             });
    });
  };
  offer(report_.note);
  for (const Known& one : known_) offer(one.note);
  guarded([&] {
    scans_.front()->each_checkpoint([&](const EvidenceScan::Note& row) { offer(row.text); });
  });
  TimeStampResult result = check.conclude(
      task_.size,
      "neither the head of the ledger, nor a checkpoint that it keeps, nor one of --known");
  report_.time_stamps = std::move(result.heads);
  outcome_.time_stamps = std::move(result.checks);
  for (std::string& why : result.unusable) outcome_.unusable.push_back(std::move(why));
  for (std::string& limit : result.limits) outcome_.limits.push_back(std::move(limit));
}

// Whether enough of those whom the policy trusts saw a head that this ledger extends.
void Run::check_witnesses(const std::vector<Cosigned>& heads) {
  if (!options_.policy) return;
  const Policy& policy = *options_.policy;
  std::optional<std::uint64_t> seen;
  for (const Cosigned& head : heads) {
    if (policy.has_quorum() && policy.is_met_by(head.by)) {
      seen = std::max(seen.value_or(0), head.size);
    }
  }
  outcome_.is_witnessed = seen.has_value();
  if (policy.has_quorum()) report_.witnessed_size = seen.value_or(0);
  if (seen) {
    outcome_.witnesses =
        fmt::format("{} cosigned the head of {} entries", policy.quorum_text(), *seen);
    if (*seen < task_.size) {
      outcome_.limits.push_back(
          fmt::format("No quorum of witnesses has seen the entries from {} on.", *seen));
    }
  } else if (!policy.has_quorum()) {
    outcome_.witnesses = "the policy asks for none";
  } else {
    outcome_.witnesses = fmt::format("no known head is cosigned by {}", policy.quorum_text());
    outcome_.limits.push_back(fmt::format(
        "The quorum of the policy is not met: {}. Cosigned heads are given with --known.",
        outcome_.witnesses));
  }
}

// What proves to others that two histories were signed: nothing where the keys of the two heads are
// not the same.
void Run::write_fork(const KnownFork& known, const KeyHistory& keys) {
  const auto head = parse_checkpoint(report_.note);
  if (!head || head->size != task_.size) return;
  ledger::EntryCheck entries(scans_.front()->share(), *head);
  Fork fork{known.note, report_.note, entries.stored_tree().root(known.size), {}};
  if (known.size < head->size) fork.path = entries.consistency(known.size, head->size);
  for (const VerifyKey& key : keys.signers(head->size)) {
    if (check_fork(fork, {key})) report_.fork = fork_text(fork, key);
  }
}

void Run::check_erased(EvidencePass& pass) {
  EvidenceScan& scan = *scans_.front();
  ledger::EntryDecoder decoder(words_);
  ledger::EntryRow row;
  const std::uint64_t first = report_.checked_from;
  const auto look = [&](std::uint64_t seq, Remains& remains) {
    scan.read(seq, seq + 1, decoder);
    if (!scan.next(row) || row.seq != static_cast<std::int64_t>(seq)) return false;
    if (seq < first && event::is_never_erased(row.type())) note_protected(seq, outcome_.findings);
    remains = Remains::of(row);
    return true;
  };
  guarded(
      [&] { report_.erased = check_erasures(pass.erasures(), first, look, outcome_.findings); });
  report_.erasures = std::move(pass.erasure_notes());
  report_.erasures_not_listed = pass.erasures_not_listed();
  outcome_.erasures = report_.erased == 0
                          ? "nothing was erased"
                          : fmt::format("{}, each named by a sys.erasure",
                                        count_of(report_.erased, "entry", "entries"));
  if (report_.erased > 0) {
    outcome_.limits.push_back(fmt::format(
        "What was erased from {} is gone; that it was what its digest stands for can no longer be "
        "checked.",
        count_of(report_.erased, "entry", "entries")));
  }
}

void Run::note_index() {
  if (is_quick()) {
    const std::string_view flag = options_.quick ? "--quick" : "--since-known";
    outcome_.index = outcome_.structure = fmt::format("left out by {}", flag);
    outcome_.limits.push_back(
        fmt::format("The search index was not compared with the evidence ({}).", flag));
    outcome_.limits.push_back(
        fmt::format("SQLite's own checks of the file's structure were not run ({}).", flag));
    outcome_.limits.push_back(fmt::format(
        "How SQLite finds an entry by its number was not looked at ({}): only a full verify shows "
        "that search and export read the entries that were checked.",
        flag));
    return;
  }
  outcome_.checked_structure = true;
  outcome_.structure = "SQLite finds nothing wrong";
  if (!structure_scan_->looks_for_lost_pages()) {
    outcome_.limits.emplace_back(
        "Pages of the file that belong to no table were not looked for: SQLite passes over them in "
        "a file whose schema ends in a view.");
  }
  outcome_.has_no_index = !base::exists(index_file(file_));
  if (outcome_.has_no_index) {
    outcome_.index = "there is none; searches read the entries themselves";
    return;
  }
  if (task_.index == nullptr) {
    outcome_.index = index_->why_not();
    outcome_.limits.push_back(fmt::format(
        "The search index was not compared with the evidence: {}. Searches do not use it.",
        index_->why_not()));
    return;
  }
  look_again(index_->compare(*scans_.front(), words_, outcome_.findings));
  outcome_.checked_index = true;
  if (!outcome_.findings.has("index")) report_.index = verified_index();
  const std::uint64_t covered = index_->layout().watermark();
  outcome_.index =
      covered == task_.size
          ? fmt::format("agrees with {}", count_of(covered, "entry", "entries"))
          : fmt::format(
                "agrees with the {} of {} entries that it covers; searches read the others "
                "from the evidence",
                covered, task_.size);
  outcome_.limits.emplace_back(
      "The fingerprints of ids in the index, by which ingest knows an event that comes again, were "
      "not compared: they bear on no answer and no proof.");
  if (const std::uint64_t erased = index_->erased_since(); erased > 0) {
    outcome_.limits.push_back(
        fmt::format("{} entries were erased after the index was last written, which may still hold "
                    "their words; searches read them from the ledger.",
                    erased));
  }
}

IndexState Run::verified_index() {
  IndexState state;
  guarded([&] {
    EvidenceScan& scan = *scans_.front();
    state.ledger_id = ledger::read_identity(scan.database()).ledger_id;
    state.size = task_.size;
    state.last_hash = scan.hash_of(task_.size - 1).value_or(Digest());
    state.segments = index_->segments();
  });
  return state;
}

void Run::look_again(const std::vector<SequenceRange>& windows) {
  std::atomic<std::size_t> next = 0;
  Crew crew;
  for (unsigned i = 0; i < scans_.size() && i < windows.size(); ++i) {
    crew.start([&, i] {
      Findings findings(options_.max_findings);
      for (std::size_t w = next++; w < windows.size() && !is_stopped(); w = next++) {
        index_->look_again(windows[w], i, *scans_[i], words_, findings);
      }
      const std::scoped_lock lock(mutex_);
      outcome_.findings.append(std::move(findings));
    });
  }
  crew.join();
}

void Run::note_unused() {
  guarded([&] {
    const std::uint64_t bytes = scans_.front()->unused_bytes();
    if (bytes == 0) return;
    outcome_.limits.push_back(fmt::format(
        "{} bytes of unused pages were not checked: they hold nothing of the ledger, but "
        "something could be hidden there.",
        bytes));
  });
}

}  // namespace

}  // namespace verify

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::intact:
      return "intact";
    case Verdict::tampered:
      return "tampered";
    case Verdict::rolled_back:
      return "rolled-back";
    case Verdict::forked:
      return "forked";
    case Verdict::unverifiable:
      break;
  }
  return "unverifiable";
}

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::chain:
      return "chain";
    case Level::tree:
      return "tree";
    case Level::signed_head:
      return "signed";
    case Level::anchored:
      return "anchored";
    case Level::witnessed:
      return "witnessed";
    case Level::index:
      return "index";
    case Level::complete:
      break;
  }
  return "complete";
}

VerifyReport verify_ledger(const std::filesystem::path& file, const VerifyOptions& options,
                           const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                           const std::atomic<bool>* stop) {
  constexpr int kAttempts = 2;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    verify::Run run(file, options, progress, stop);
    VerifyReport report = run.run();
    if (!run.was_overtaken()) return report;
  }
  throw Error(ErrorCode::busy,
              fmt::format("{} was written to while it was read, and it cannot be locked from here",
                          file.string()),
              "try again when nobody writes to it, or verify a copy");
}

}  // namespace audit
