#include "ingest/watch.hpp"

#include <algorithm>

#include "event/text.hpp"
#include "match/query.hpp"
#include "rule/alert.hpp"

namespace audit::ingest {

namespace {

// At the start no more entries are read than this.
constexpr std::uint64_t kMaxTakenIn = 262'144;

// So many entries in a row that are too old to matter, and nothing older is looked at.
constexpr int kOldInARow = 1024;

// Verdicts on earlier records that are kept.
constexpr std::size_t kMaxVerdicts = 65'536;

// The clock of receipt may be set while we wait for it.
constexpr std::chrono::milliseconds kLookAtClock{1000};

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is_of_rules(const Envelope& envelope) { return envelope.text(Field::format) == rule::kFormat; }

// A threshold is reached when the event that reaches it happens, however late it is told.
std::int64_t time_of(const Envelope* about, std::int64_t transaction_time) {
  const auto time = about == nullptr ? std::nullopt : about->number(Field::time);
  return std::min(time.value_or(transaction_time), transaction_time);
}

// True for what a rule wrote behind an event that must not be passed on.
bool keeps_back(const Envelope& envelope) {
  const std::string_view type = envelope.text(Field::type);
  return type == rule::kind_of(rule::Action::block) ||
         (type == rule::kind_of(rule::Action::halt) && envelope.text(Field::decision) == "abort");
}

bool keeps_back(const rule::Rule& rule) {
  return rule.action == rule::Action::block || rule.action == rule::Action::halt;
}

bool any_keeps_back(const std::vector<RuleSet>& sets) {
  return std::any_of(sets.begin(), sets.end(), [](const RuleSet& set) {
    const auto& rules = set.set().rules;
    return std::any_of(rules.begin(), rules.end(),
                       [](const rule::Rule& rule) { return keeps_back(rule); });
  });
}

// What rules know only by its bytes. Whoever acts on it may read it otherwise.
bool is_unread(const Record& record) {
  const std::string_view type = record.draft.envelope.text(Field::type);
  return !record.has_parts() &&
         (type == "unparsed" || type == "source.record" || record.bytes.empty());
}

}  // namespace

Watch::Watch(const std::filesystem::path& ledger, const IngestOptions& options, bool is_gate)
    : ledger_(ledger),
      is_gate_(is_gate),
      may_keep_back_(is_gate && any_keeps_back(options.rules)),
      passes_unread_(options.tee_unread),
      is_live_(is_gate || options.listen.has_value()),
      own_(!options.index_later),
      engine_(options.rules) {
  const LedgerView view = LedgerView::open(ledger_);
  taken_in_ = view.size();
  const SequenceRange range = within_reach(view);
  for (EntryCursor cursor = view.entries(range); cursor.next();) take_in(cursor.entry());
}

// The end of the ledger that rules may look back at.
SequenceRange Watch::within_reach(const LedgerView& view) const {
  const std::int64_t reach = engine_.reach().count();
  const std::int64_t received_since = now() - reach;
  const std::uint64_t end = view.size();
  SequenceRange range{end, end};
  if (reach == 0) return range;
  std::int64_t newest = INT64_MIN;
  int old_in_a_row = 0;
  EntryCursor cursor = view.entries({end - std::min(end, kMaxTakenIn), end}, Order::newest_first,
                                    {Field::time}, false);
  while (old_in_a_row < kOldInARow && cursor.next()) {
    const Entry& entry = cursor.entry();
    const std::int64_t received = nanoseconds(entry.received);
    const std::int64_t when = std::min(nanoseconds(entry.when()), received);
    newest = std::max(newest, when);
    const bool is_old =
        received < received_since &&
        span_between(from_nanoseconds(when), from_nanoseconds(newest)).count() > reach;
    old_in_a_row = is_old ? old_in_a_row + 1 : 0;
    if (!is_old) range.first = entry.seq;
  }
  return range;
}

void Watch::take_in(SequenceRange range) {
  const LedgerView view = LedgerView::open(ledger_);
  for (EntryCursor cursor = view.entries(range); cursor.next();) take_in(cursor.entry());
  taken_in_ = range.last;
}

void Watch::take_in(const Entry& entry) {
  if (is_of_rules(entry.envelope)) {
    if (const auto earlier = rule::read_alert(json_, entry.payload)) engine_.recall(*earlier);
  } else if (!match::names_system_kind(entry.envelope.text(Field::type))) {
    engine_.recall({entry.envelope, entry.payload, entry.payload_state == Entry::Payload::present,
                    entry.seq, nanoseconds(entry.received), entry.hash, is_live(entry.envelope)});
  }
}

void Watch::begin(ledger::Writer& writer, Batch& batch) {
  kept_back_.clear();
  if (writer.size() > taken_in_) take_in(SequenceRange{taken_in_, writer.size()});
  firings_.clear();
  engine_.run_out(writer.transaction_time(), firings_);
  for (const rule::Firing& firing : firings_) write(firing, nullptr, writer, batch);
}

void Watch::look_at(Record& record, ledger::Writer& writer, Batch& batch) {
  blocks_ = false;
  if (record.stored) {
    look_at(record.draft, record.outcome.seq, writer, batch);
    for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
      const ledger::PartDraft& part = record.parts->record.parts[i];
      if (part.stored) look_at(part.draft, part.seq, writer, batch);
    }
  }
  record.blocked = blocks_ || (is_gate_ && was_kept_back(record));
  if (is_gate_ && !record.blocked) look_again(record, writer, batch);
  if (may_keep_back_ && !record.blocked && record.is_line) look_closer(record, writer, batch);
  record.passes = !record.blocked && !halt_;
  if (!record.passes) keep_back(record);
}

// An event may claim any time, and by that escape a rule that counts. Who stands between an agent and
// what it does, or is told over HTTP, knows better; of a file nobody knows when it was written.
bool Watch::is_live(const Envelope& envelope) const {
  return is_live_ && !envelope.text(Field::source).starts_with('/');
}

void Watch::look_at(const ledger::Draft& draft, std::uint64_t seq, ledger::Writer& writer,
                    Batch& batch) {
  firings_.clear();
  engine_.look_at({draft.envelope, draft.payload, draft.has_payload, seq, draft.received,
                   draft.hash, is_live(draft.envelope)},
                  firings_);
  for (const rule::Firing& firing : firings_) write(firing, &draft.envelope, writer, batch);
}

// Appends the entry that a firing becomes.
void Watch::write(const rule::Firing& firing, const Envelope* about, ledger::Writer& writer,
                  Batch& batch) {
  auto entry = std::make_unique<OwnEntry>();
  entry->payload = rule::to_json(firing);
  entry->draft.envelope = rule::to_envelope(firing, about);
  entry->draft.envelope.set_number(Field::time, time_of(about, writer.transaction_time()));
  const OwnEntry& own = own_.write(std::move(entry), writer, batch);
  const rule::Rule& rule = *firing.rule;
  blocks_ |= rule.action == rule::Action::block;
  if (rule.action == rule::Action::flag || rule.action == rule::Action::block) return;
  alerts_.push_back({firing.set->name, rule.id, rule.title, std::string(name_of(rule.severity)),
                     std::string(name_of(rule.action)), own.seq, own.draft.hash, own.payload});
  if (rule.action == rule::Action::halt && !halt_) halt_ = alerts_.back();
}

// What of a record was there before it, unless nothing is left of it that could be asked about.
void Watch::look_again(Record& record, ledger::Writer& writer, Batch& batch) {
  if (record.outcome.kind == Ledger::Outcome::Kind::duplicate && !record.outcome.is_of_erased) {
    look_again(record.draft, record.outcome.seq, writer, batch);
  }
  for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
    const ledger::PartDraft& part = record.parts->record.parts[i];
    if (part.stored || part.seq == 0 || part.was_erased) continue;
    look_again(part.draft, part.seq, writer, batch);
  }
  record.blocked = blocks_;
}

void Watch::look_again(const ledger::Draft& draft, std::uint64_t seq, ledger::Writer& writer,
                       Batch& batch) {
  firings_.clear();
  engine_.look_again(
      {draft.envelope, draft.payload, draft.has_payload, seq, draft.received, writer.hash_of(seq)},
      firings_);
  for (const rule::Firing& firing : firings_) write(firing, &draft.envelope, writer, batch);
}

// A member too many makes a record one of another format, and a second name another kind of it: that
// must not hide it from rules. So it is asked about as a plain line, too, under all its names, and so
// are the parts of a list.
void Watch::look_closer(Record& record, ledger::Writer& writer, Batch& batch) {
  const std::uint64_t seq = record.outcome.seq;
  bool is_read = !is_unread(record);
  if (is_read) {
    const std::string_view bytes = record.bytes;
    is_read = plain_.map_all(bytes, from_nanoseconds(record.draft.received), readings_) ||
              record.has_parts();
    ask_readings(bytes, seq, record.draft.received, writer, batch);
  }
  for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
    const ledger::PartDraft& part = record.parts->record.parts[i];
    if (blocks_ || halt_ || !part.draft.has_payload || part.was_erased) continue;
    (void)plain_.map_all(part.draft.payload, from_nanoseconds(record.draft.received), readings_);
    ask_readings(part.draft.payload, part.seq, record.draft.received, writer, batch);
  }
  record.blocked = blocks_;
  if (is_read || passes_unread_) return;
  record.blocked = met_unread_ = true;
}

// Until one of them keeps it back.
void Watch::ask_readings(std::string_view bytes, std::uint64_t seq, std::int64_t received,
                         ledger::Writer& writer, Batch& batch) {
  for (const Envelope& envelope : readings_) {
    if (blocks_ || halt_) return;
    firings_.clear();
    engine_.look_again({envelope, bytes, true, seq, received, {}}, firings_);
    for (rule::Firing& firing : firings_) {
      for (rule::Named& entry : firing.entries) {
        if (entry.seq == seq) entry.hash = writer.hash_of(seq);
      }
      write(firing, &envelope, writer, batch);
    }
  }
}

std::vector<std::string> Watch::take_notes() {
  std::vector<std::string> notes = engine_.take_notes();
  if (met_unread_ && !std::exchange(told_of_unread_, true)) {
    notes.emplace_back(
        "records that no rule can read are stored, but not passed on by --tee (--tee-unread does)");
  }
  return notes;
}

void Watch::keep_back(const Record& record) {
  kept_back_.insert(record.outcome.seq);
  verdicts_[record.outcome.seq] = true;
  for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
    const ledger::PartDraft& part = record.parts->record.parts[i];
    if (part.stored) kept_back_.insert(part.seq);
  }
}

// Whether something of it is in the ledger already, and was not to be passed on then.
bool Watch::was_kept_back(const Record& record) {
  if (record.outcome.kind == Ledger::Outcome::Kind::duplicate &&
      was_kept_back(record.outcome.seq)) {
    return true;
  }
  std::uint64_t last = record.outcome.seq;
  for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
    const ledger::PartDraft& part = record.parts->record.parts[i];
    if (part.stored || part.seq == 0) continue;
    if (kept_back_.contains(part.seq)) return true;
    const std::uint64_t of = part.carrier.value_or(part.seq);
    if (std::exchange(last, of) != of && was_kept_back(of)) return true;
  }
  return false;
}

bool Watch::was_kept_back(std::uint64_t seq) {
  if (kept_back_.contains(seq)) return true;
  const auto known = verdicts_.find(seq);
  if (known != verdicts_.end()) return known->second;
  const std::optional<bool> verdict = read_verdict(seq);
  if (!verdict) return false;
  if (verdicts_.size() >= kMaxVerdicts) verdicts_.clear();
  return verdicts_[seq] = *verdict;
}

// What rules found stands right behind the record it is about. Nothing, for one of the open transaction.
std::optional<bool> Watch::read_verdict(std::uint64_t seq) {
  if (!before_) before_ = LedgerView::open(ledger_);
  EntryCursor cursor =
      before_->entries({seq, before_->size()}, Order::oldest_first,
                       {Field::type, Field::format, Field::decision, Field::part_of}, false);
  if (!cursor.next()) return std::nullopt;
  const auto seq_number = static_cast<std::int64_t>(seq);
  const std::int64_t record = cursor.entry().envelope.number(Field::part_of).value_or(seq_number);
  while (cursor.next()) {
    const Envelope& envelope = cursor.entry().envelope;
    if (envelope.number(Field::part_of) == record) continue;
    if (!is_of_rules(envelope)) return false;
    if (keeps_back(envelope)) return true;
  }
  return false;
}

void Watch::committed(const ledger::Writer& writer) {
  taken_in_ = writer.head().size;
  before_.reset();
}

std::chrono::milliseconds Watch::patience() const {
  const auto deadline = engine_.next_deadline();
  if (!deadline) return kLookAtClock;
  const std::chrono::nanoseconds left =
      span_between(from_nanoseconds(now()), from_nanoseconds(*deadline));
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left),
                    std::chrono::milliseconds(0), kLookAtClock);
}

bool Watch::is_due() const {
  const auto deadline = engine_.next_deadline();
  return deadline && *deadline < now();
}

}  // namespace audit::ingest
