#include <audit/error.hpp>
#include <audit/ingest.hpp>

#include <algorithm>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/text.hpp"
#include "ingest/queue.hpp"
#include "ingest/reader.hpp"
#include "ingest/receiver.hpp"
#include "ingest/resume.hpp"
#include "ingest/schemas.hpp"
#include "ingest/watch.hpp"
#include "ledger/index_builder.hpp"
#include "source/format.hpp"

namespace audit {

namespace {

using ingest::Batch;
using BatchPtr = std::unique_ptr<Batch>;

// Batches waiting between two stages. With one in each stage this bounds what is in memory.
constexpr std::size_t kQueueLimit = 2;

// After so long without a batch the index is looked after.
constexpr std::chrono::milliseconds kIdleAfter{1000};
// How long the second stage waits for a batch before it looks around.
constexpr std::chrono::milliseconds kLookAround{10'000};

void check_rules(const std::vector<RuleSet>& sets) {
  std::set<std::string_view> names;
  std::size_t rules = 0;
  for (const RuleSet& set : sets) {
    if (!names.insert(set.name()).second) {
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("two sets of rules are called '{}'", set.name()),
                  "each set of a run needs a name of its own");
    }
    rules += set.size();
  }
  if (rules > kMaxRules) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} rules were given, and at most {} can be", rules, kMaxRules));
  }
}

void check_options(const IngestOptions& options) {
  const auto refuse = [](std::string message, std::string hint) {
    throw Error(ErrorCode::invalid_argument, std::move(message), std::move(hint));
  };
  if (options.inputs.empty() && !options.listen) {
    refuse("there is no input", "name a file, a folder, or - for a pipe");
  }
  if (options.listen && (!options.inputs.empty() || options.follow || options.resume)) {
    refuse("who listens reads no files",
           "run a second ingest beside it: both may write one ledger");
  }
  const auto known = input_formats();
  const auto is_asked = [&](const InputFormat& format) { return format.name == options.format; };
  if (std::find_if(known.begin(), known.end(), is_asked) == known.end()) {
    refuse(fmt::format("the format '{}' is not known", options.format),
           "'audit ingest --formats' lists them");
  }
  if (options.batch == 0) refuse("a batch must hold at least one event", "use --batch 1 or more");
  if (options.flush.count() < 0)
    refuse("the time to flush is negative", "use --flush-ms 0 or more");
  check_rules(options.rules);
}

// Batches that were used up, for the reader to fill again.
class Pool {
 public:
  BatchPtr take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<Batch>();
    BatchPtr batch = std::move(free_.back());
    free_.pop_back();
    return batch;
  }

  void give(BatchPtr batch) {
    batch->clear();
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(batch));
  }

 private:
  std::mutex mutex_;
  std::vector<BatchPtr> free_;
};

// The first exception of any thread, kept until all have ended.
class FirstError {
 public:
  void keep(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }

  void rethrow() {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr error_;
};

// The second stage: writes evidence, tells what was committed, hands on to the index.
class Committer {
 public:
  Committer(const std::filesystem::path& ledger, const IngestOptions& options,
            const IngestHooks& hooks, std::uint64_t bytes_total)
      : options_(options),
        hooks_(hooks),
        bytes_total_(bytes_total),
        writer_(ledger, {options.key_file, options.wait, options.passphrase}),
        own_(!options.index_later),
        schemas_(ledger) {
    writer_.begin();  // a wrong key or a damaged ledger is told before anything is read
    writer_.abandon();
    schemas_.take_in(writer_);
    report_.size = writer_.head().size;
    report_.root = writer_.head().root;
    if (!options.rules.empty()) watch_.emplace(ledger, options, static_cast<bool>(hooks.tee));
  }

  void commit(Batch& batch) {
    if (batch.count > 0 || is_due()) {
      writer_.begin();
      schemas_.take_in(writer_);
      if (batch.judged_by != schemas_.generation()) judge_again(batch);
      if (watch_) watch_->begin(writer_, batch);
      for (std::size_t i = 0; i < batch.count; ++i) {
        store(batch, batch.records[i]);
        if (watch_ && !batch.records[i].refused) watch_->look_at(batch.records[i], writer_, batch);
      }
      if (auto summary = ingest::Redaction::summary_of(batch, writer_.transaction_time())) {
        (void)own_.write(std::move(summary), writer_, batch);
      }
      writer_.commit();
      schemas_.committed(writer_);
      if (watch_) watch_->committed(writer_);
      writer_.let_others_in();
    }
    const std::vector<IngestAlert> alerts =
        watch_ ? watch_->take_alerts() : std::vector<IngestAlert>();
    count(batch);
    report_.counts.alerts += alerts.size();
    report_.size = writer_.head().size;
    report_.root = writer_.head().root;
    if (hooks_.notice) {
      for (const IngestNotice& notice : batch.notices) hooks_.notice(notice);
    }
    if (hooks_.tee) tee(batch);
    if (watch_) tell(alerts);
    if (hooks_.progress) hooks_.progress(report_.counts, bytes_total_);
  }

  // Whether a rule waited for something that did not come.
  [[nodiscard]] bool is_due() const { return watch_ && watch_->is_due(); }

  // How long it is of no use to ask is_due() again.
  [[nodiscard]] std::chrono::milliseconds patience() const {
    return watch_ ? watch_->patience() : kLookAround;
  }

  [[nodiscard]] bool is_halted() const { return watch_ && watch_->halt(); }

  void close() { writer_.close(); }

  // Gives the write lock back after a failure, while other threads still run.
  void abandon() noexcept { writer_.abandon(); }

  [[nodiscard]] IngestReport& report() { return report_; }

  [[nodiscard]] const ingest::DeclaredSchemas& schemas() const { return schemas_; }

 private:
  // Schemas were declared after these records were read and before they are written: what stands
  // behind a declaration was held against it.
  void judge_again(Batch& batch) {
    judge_.refresh(schemas_);
    for (std::size_t i = 0; i < batch.count; ++i) {
      ingest::Record& record = batch.records[i];
      judge_.judge_again(record);
      sealer_.reseal_envelope(record.draft);
      const std::string_view reason = ingest::schema_reason(record);
      if (reason.empty()) continue;
      record.refused = options_.strict;
      batch.notices.push_back(notice_of(record, "schema", std::string(reason), options_.strict));
    }
    batch.judged_by = schemas_.generation();
  }

  static IngestNotice notice_of(const ingest::Record& record, std::string flags,
                                std::string message, bool rejected) {
    IngestNotice notice;
    notice.source = record.draft.envelope.text(Field::source);
    notice.position = static_cast<std::uint64_t>(*record.draft.envelope.number(Field::position));
    notice.line = record.line_number;
    notice.flags = std::move(flags);
    notice.message = std::move(message);
    notice.rejected = rejected;
    return notice;
  }

  void store(Batch& batch, ingest::Record& record) {
    if (record.refused) {
      record.outcome = {Ledger::Outcome::Kind::conflict, 0};
      record.stored = false;
      return;
    }
    if (record.has_parts()) {
      record.outcome = writer_.add_record(record.draft, record.parts->record, !options_.strict);
      refresh_text(batch, record);
    } else {
      record.outcome = writer_.add(record.draft, !options_.strict);
    }
    record.stored = record.outcome.kind == Ledger::Outcome::Kind::stored ||
                    (record.outcome.kind == Ledger::Outcome::Kind::conflict && !options_.strict);
    if (record.outcome.is_of_erased) {
      batch.notices.push_back(notice_of(record, "erased",
                                        record.stored
                                            ? "a part of it was erased earlier; the rest is stored"
                                            : "it was erased earlier, and is not stored again",
                                        !record.stored));
    }
    if (record.outcome.kind != Ledger::Outcome::Kind::conflict) return;
    batch.notices.push_back(
        notice_of(record, "conflict",
                  record.has_parts() ? "the event_id of a part is in the ledger with other bytes"
                                     : "its event_id is in the ledger with other bytes",
                  options_.strict));
  }

  // Where known parts were left in the record, its words are others than those that were gathered.
  void refresh_text(Batch& batch, ingest::Record& record) {
    if (options_.index_later) return;
    const ledger::RecordDraft& parts = record.parts->record;
    const bool as_it_was = std::all_of(
        parts.parts.begin(), parts.parts.begin() + static_cast<std::ptrdiff_t>(parts.count),
        [](const ledger::PartDraft& part) { return part.stored; });
    if (as_it_was) return;
    record.text.begin = batch.text.size();
    event::append_payload_text(json_, record.draft.payload, batch.text);
    record.text.end = batch.text.size();
  }

  void count(const Batch& batch) {
    IngestCounts& counts = report_.counts;
    counts.read += batch.read;
    counts.rejected += batch.rejected;
    counts.bytes += batch.input_bytes;
    for (std::size_t i = 0; i < batch.count; ++i) {
      const ingest::Record& record = batch.records[i];
      const auto kind = record.outcome.kind;
      counts.blocked += record.blocked;
      if (kind == Ledger::Outcome::Kind::duplicate) {
        ++counts.duplicates;
        continue;
      }
      if (!record.stored) {
        ++counts.rejected;
        continue;
      }
      ++counts.stored;
      ++counts.entries;
      counts.conflicts += kind == Ledger::Outcome::Kind::conflict;
      counts.redacted += !record.redactions.empty();
      counts.flagged += record.flagged || kind == Ledger::Outcome::Kind::conflict;
      if (!report_.first_seq) report_.first_seq = record.outcome.seq;
      report_.last_seq = record.outcome.seq;
      if (record.has_parts()) count_parts(record.parts->record);
    }
    for (const auto& own : batch.own) {
      ++counts.entries;
      report_.first_seq = std::min(report_.first_seq.value_or(own->seq), own->seq);
      report_.last_seq = std::max(report_.last_seq.value_or(own->seq), own->seq);
    }
  }

  void tell(const std::vector<IngestAlert>& alerts) {
    for (const IngestAlert& alert : alerts) {
      if (hooks_.alert) hooks_.alert(alert);
    }
    for (const std::string& note : watch_->take_notes()) {
      if (hooks_.remark) hooks_.remark(note);
    }
    report_.halted = watch_->halt();
  }

  void count_parts(const ledger::RecordDraft& record) {
    for (std::size_t i = 0; i < record.count; ++i) {
      if (!record.parts[i].stored) continue;
      ++report_.counts.entries;
      report_.last_seq = record.parts[i].seq;
    }
  }

  void tee(const Batch& batch) {
    tee_.clear();
    for (std::size_t i = 0; i < batch.count; ++i) {
      const ingest::Record& record = batch.records[i];
      const bool known = record.outcome.kind == Ledger::Outcome::Kind::duplicate;
      // What was erased is refused whatever it holds: nobody could say later what was passed on.
      if ((!record.stored && !known) || !record.passes || record.outcome.is_of_erased) continue;
      if (record.is_line) {
        tee_.append(record.bytes.empty() ? record.draft.payload : record.bytes).push_back('\n');
      } else if (!std::exchange(told_of_tee_, true) && hooks_.remark) {
        hooks_.remark("records that are not lines are stored, but not copied by --tee");
      }
    }
    if (!tee_.empty()) hooks_.tee(tee_);
  }

  const IngestOptions& options_;
  const IngestHooks& hooks_;
  std::uint64_t bytes_total_;
  ledger::Writer writer_;
  ingest::OwnEntries own_;
  ingest::DeclaredSchemas schemas_;
  ingest::Judge judge_;
  ledger::Sealer sealer_;
  std::optional<ingest::Watch> watch_;
  IngestReport report_;
  std::string tee_;
  bool told_of_tee_ = false;
  base::JsonReader json_;
};

// The third stage. What goes wrong here costs speed of search, not evidence: it is told, and the
// rest of the run goes on without.
class Indexer {
 public:
  Indexer(const std::filesystem::path& ledger, const IngestHooks& hooks)
      : ledger_(ledger), hooks_(hooks) {}

  void add(const Batch& batch) {
    attempt([&] {
      if (!builder_) builder_.emplace(ledger_);
      std::size_t own = 0;
      for (std::size_t i = 0; i < batch.count; ++i) {
        const ingest::Record& record = batch.records[i];
        if (!record.stored) continue;
        add_own(batch, record.outcome.seq, own);
        add(record.outcome.seq, record.draft, batch, record.text);
        if (record.has_parts()) add_parts(*record.parts, batch);
      }
      add_own(batch, UINT64_MAX, own);
      builder_->finish_if_stale();
    });
  }

  // Entries of rules before entry `end`, from the one in hand.
  void add_own(const Batch& batch, std::uint64_t end, std::size_t& next) {
    for (; next < batch.own.size() && batch.own[next]->seq < end; ++next) {
      const ingest::OwnEntry& own = *batch.own[next];
      add(own.seq, own.draft, batch, own.text);
    }
  }

  void add_parts(const ingest::Parts& parts, const Batch& batch) {
    for (std::size_t i = 0; i < parts.record.count; ++i) {
      const ledger::PartDraft& part = parts.record.parts[i];
      if (part.stored) add(part.seq, part.draft, batch, parts.texts[i]);
    }
  }

  void add(std::uint64_t seq, const ledger::Draft& draft, const Batch& batch,
           const ingest::TextRange& text) {
    builder_->add(seq, draft.envelope, draft.envelope.number(Field::time).value_or(draft.received),
                  std::string_view(batch.text).substr(text.begin, text.end - text.begin));
  }

  // Nothing has come for a while: there is time for what makes searches faster.
  void use_idle_time() {
    attempt([&] {
      if (!builder_) return;
      builder_->finish_if_stale();
      builder_->merge();
    });
  }

  // Brings the index to the end of the ledger. Segments are merged as long as that takes little of
  // what the run took: one that added a few entries does not pay for those that others added.
  void finish(IngestReport& report, const std::atomic<bool>& stop) {
    attempt([&] {
      if (!builder_) return;
      builder_->catch_up(report.size);
      builder_->finish(false);
      std::uint64_t merges = 1 + report.counts.entries / ledger::kBuiltSegmentEntries;
      while (merges > 0 && !stop.load() && builder_->merge()) --merges;
      report.index = builder_->made();
      report.indexed = builder_->watermark();
    });
  }

 private:
  template <class Work>
  void attempt(Work&& work) {
    if (failed_) return;
    try {
      work();
    } catch (const std::exception& error) {
      failed_ = true;
      builder_.reset();
      if (hooks_.remark) {
        hooks_.remark(fmt::format("the index was not brought up to date: {}", error.what()));
      }
    }
  }

  const std::filesystem::path& ledger_;
  const IngestHooks& hooks_;
  std::optional<ledger::IndexBuilder> builder_;
  bool failed_ = false;
};

// The caller's hooks, called by one thread at a time.
class SerialHooks {
 public:
  explicit SerialHooks(const IngestHooks& hooks) {
    serial_.progress = one_at_a_time(hooks.progress);
    serial_.tee = one_at_a_time(hooks.tee);
    serial_.notice = one_at_a_time(hooks.notice);
    serial_.alert = one_at_a_time(hooks.alert);
    serial_.remark = one_at_a_time(hooks.remark);
    serial_.listening = one_at_a_time(hooks.listening);
  }

  [[nodiscard]] const IngestHooks& hooks() const { return serial_; }

 private:
  template <class... Arguments>
  std::function<void(Arguments...)> one_at_a_time(const std::function<void(Arguments...)>& hook) {
    if (!hook) return {};
    return [this, hook](Arguments... arguments) {
      const std::lock_guard lock(mutex_);
      hook(arguments...);
    };
  }

  std::mutex mutex_;
  IngestHooks serial_;
};

// Where to begin in each input; kept alive while files are being opened.
class Starts {
 public:
  Starts(const std::filesystem::path& ledger, bool resume, ingest::Redaction* redaction) {
    if (!resume) return;
    view_.emplace(LedgerView::open(ledger));
    points_.emplace(*view_, redaction);
  }

  [[nodiscard]] std::uint64_t operator()(const ingest::Input& input) const {
    return points_ ? points_->position(input) : 0;
  }

 private:
  std::optional<LedgerView> view_;
  std::optional<ingest::ResumePoints> points_;
};

// Whether an open file is the ledger, its index or one of its keys, by whatever name: the key that
// signs must not become an entry.
class OwnFiles {
 public:
  OwnFiles(const std::filesystem::path& ledger, const IngestOptions& options) {
    for (const char* const ending : {"", "-wal", "-shm"}) {
      files_.push_back(ledger.string() + ending);
      files_.push_back(index_file(ledger).string() + ending);
    }
    files_.push_back(options.key_file.empty() ? default_key_file(ledger) : options.key_file);
    files_.push_back(default_key_file(ledger));
    files_.push_back(verify_key_file(ledger));
  }

  [[nodiscard]] bool operator()(int fd) const {
    struct stat open {};

    if (::fstat(fd, &open) != 0) return false;
    return std::any_of(files_.begin(), files_.end(), [&open](const std::filesystem::path& file) {
      struct stat own {};

      return ::stat(file.c_str(), &own) == 0 && own.st_ino == open.st_ino &&
             own.st_dev == open.st_dev;
    });
  }

 private:
  std::vector<std::filesystem::path> files_;
};

// The index takes the most time of the three stages, so the one that feeds it must not slow it down
// where there are fewer processors than threads.
void yield_to_index() noexcept {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);  // Linux: of this thread
}

std::uint64_t total_bytes(const std::vector<ingest::Input>& inputs) {
  std::uint64_t total = 0;
  for (const ingest::Input& input : inputs) {
    if (!input.is_file() || input.is_named_as_packed()) return 0;
    total += input.file_bytes();
  }
  return total;
}

}  // namespace

std::vector<InputFormat> input_formats() {
  std::vector<InputFormat> all = {
      {"auto", "recognised record by record (the default)"},
      {"jsonl", "one JSON object a line, whatever its names; nothing is taken apart"},
      {"otlp", "requests of OpenTelemetry, in JSON or protobuf"},
  };
  for (const source::Format& format : source::formats()) all.push_back({format.name, format.about});
  return all;
}

IngestReport ingest_into(const std::filesystem::path& ledger, const IngestOptions& options,
                         const IngestHooks& callers_hooks, const std::atomic<bool>& stop) {
  check_options(options);
  const SerialHooks serial(callers_hooks);
  const IngestHooks& hooks = serial.hooks();
  std::optional<ingest::Redaction> redaction;
  if (!options.redact.empty()) redaction.emplace(options.redact);
  ingest::Redaction* const masks = redaction ? &*redaction : nullptr;
  std::vector<ingest::Input> inputs = ingest::list_inputs(options, hooks.remark);
  const Starts starts(ledger, options.resume, masks);
  Committer committer(ledger, options, hooks, total_bytes(inputs));

  Pool pool;
  FirstError first_error;
  ingest::Queue<BatchPtr> to_commit(kQueueLimit);
  ingest::Queue<BatchPtr> to_index(kQueueLimit);

  std::atomic<bool> halted{false};  // a rule said so, or a later stage has ended: read no more
  const auto stopping = [&] { return stop.load(std::memory_order_relaxed) || halted.load(); };
  const ingest::Gatherer::Output batches{
      [&] { return pool.take(); }, [&](BatchPtr batch) { return to_commit.push(std::move(batch)); },
      masks, &committer.schemas()};
  const auto remark = [&](std::string_view text) {
    if (hooks.remark) hooks.remark(text);
  };
  std::unique_ptr<ingest::Receiver> receiver;
  std::unique_ptr<ingest::Reader> reader;
  std::jthread serving;
  if (options.listen) {
    receiver = std::make_unique<ingest::Receiver>(options, batches, remark);
    serving = std::jthread([&] {
      try {
        if (hooks.listening) hooks.listening(receiver->url());
        receiver->serve(stopping);
      } catch (...) {
        first_error.keep(std::current_exception());
        halted = true;
        receiver->fail();
      }
    });
  } else {
    reader = std::make_unique<ingest::Reader>(
        options, std::move(inputs),
        ingest::Reader::Output{batches, remark,
                               [&](const ingest::Input& input) { return starts(input); },
                               static_cast<bool>(hooks.tee), OwnFiles(ledger, options)},
        stopping);
  }

  std::jthread reading([&] {
    yield_to_index();
    try {
      if (receiver) {
        receiver->draft();
      } else {
        reader->run();
      }
    } catch (...) {
      first_error.keep(std::current_exception());
      if (receiver) {
        halted = true;
        receiver->fail();
      }
    }
    to_commit.close();
  });

  Indexer indexer(ledger, hooks);
  std::jthread indexing([&] {
    try {
      for (;;) {
        while (!to_index.wait_within(kIdleAfter)) indexer.use_idle_time();
        std::optional<BatchPtr> batch = to_index.pop();
        if (!batch) break;
        indexer.add(**batch);
        pool.give(std::move(*batch));
      }
    } catch (...) {
      first_error.keep(std::current_exception());
      to_index.abandon();
    }
  });

  try {
    for (bool ended = false; !ended;) {
      std::optional<BatchPtr> batch;
      if (!committer.is_due()) batch = to_commit.pop_within(committer.patience(), ended);
      if (!batch && !committer.is_due()) continue;
      if (!batch) batch = pool.take();
      committer.commit(**batch);
      if (receiver) receiver->acknowledge(**batch);
      if (committer.is_halted()) halted = true;  // what was read is still stored
      // An index that cannot keep up reads the entries from the ledger later: commits do not wait.
      if (options.index_later || !to_index.push_within(*batch, options.flush)) {
        pool.give(std::move(*batch));
      }
    }
  } catch (...) {
    first_error.keep(std::current_exception());
    committer.abandon();
  }
  halted = true;
  to_commit.abandon();
  if (receiver) receiver->fail();
  reading.join();
  if (serving.joinable()) serving.join();
  to_index.close();
  indexing.join();
  first_error.rethrow();

  IngestReport report = committer.report();
  committer.close();
  if (!options.index_later) indexer.finish(report, stop);
  report.interrupted = stop.load();
  return report;
}

}  // namespace audit
