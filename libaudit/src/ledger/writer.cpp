#include "ledger/writer.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/zstd.hpp"
#include "crypto/random.hpp"
#include "ledger/erasure.hpp"
#include "ledger/schema.hpp"
#include "ledger/scrub.hpp"
#include "proof/note.hpp"

namespace audit::ledger {

namespace {

// After another writer was met, the lock is left open so long, for so many transactions.
constexpr std::chrono::milliseconds kTurn{4};
constexpr unsigned kExpectOthersFor = 64;

// The id of an entry as text, whichever way it is stored.
std::string id_in(Statement& row, int column) {
  return row.type(column) == SQLITE_BLOB ? unpack_uuid(row.blob(column))
                                         : std::string(row.text(column));
}

// A column of words as text.
std::string text_of_word(std::string_view column) {
  return fmt::format("iif(typeof({0}) = 'integer', (SELECT text FROM word WHERE id = {0}), {0})",
                     column);
}

// The entry of the record that an entry is a part of.
std::optional<std::uint64_t> carrier_in(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<std::uint64_t>(row.integer(column));
}

}  // namespace

void Sealer::seal(Draft& draft) {
  seal_payload(draft);
  reseal_envelope(draft);
}

void Sealer::seal_payload(Draft& draft) {
  random_.fill(draft.salt_e.data(), draft.salt_e.size());
  random_.fill(draft.salt_p.data(), draft.salt_p.size());
  draft.payload_hash = draft.has_payload ? committer_.payload(draft.salt_p, draft.payload)
                                         : committer_.no_payload(draft.salt_p);
}

void Sealer::reseal_envelope(Draft& draft) {
  draft.envelope_hash = committer_.envelope(draft.envelope, draft.salt_e);
}

Writer::Writer(const std::filesystem::path& file, const OpenOptions& options)
    : file_(file),
      database_(open_evidence(file, options.wait)),
      identity_(read_identity(database_)),
      signer_(file, options, identity_.origin),
      words_(database_),
      rows_(database_),
      ids_(index_file(file), identity_.ledger_id),
      select_head_(database_.prepare("SELECT note FROM head WHERE one = 1")),
      update_head_(database_.prepare("INSERT OR REPLACE INTO head(one, note) VALUES(1, ?1)")),
      insert_checkpoint_(database_.prepare("INSERT INTO checkpoint(size, note) VALUES(?1, ?2)")),
      insert_subtree_(
          database_.prepare("INSERT INTO subtree(level, number, hash) VALUES(?1, ?2, ?3)")),
      select_same_(
          database_.prepare("SELECT event_id, stored, payload, part_of FROM entry WHERE seq = ?1")),
      select_status_(database_.prepare(
          fmt::format("SELECT {} FROM entry WHERE seq = ?1", text_of_word("status")))),
      select_told_(
          database_.prepare(fmt::format("SELECT event_id, {}, {} FROM entry WHERE seq = ?1",
                                        text_of_word("type"), text_of_word("format")))),
      select_erasure_(database_.prepare(fmt::format(
          "SELECT seq, payload FROM entry WHERE seq >= ?1 AND (type = '{0}' OR type = (SELECT id "
          "FROM word WHERE text = '{0}')) ORDER BY seq LIMIT 1",
          kErasureType))),
      select_hash_(database_.prepare("SELECT hash FROM entry WHERE seq = ?1")) {}

void Writer::begin() {
  try {
    database_.execute("BEGIN IMMEDIATE");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::busy) throw;
    throw Error(ErrorCode::busy,
                fmt::format("{} is being written by another process", file_.string()),
                "try again when it is done");
  }
  in_transaction_ = true;
  began_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  if (!select_head_.step() || select_head_.type(0) != SQLITE_TEXT) {
    throw Error(ErrorCode::damaged, fmt::format("{} has no head", file_.string()),
                "run 'audit verify' on it");
  }
  const std::string note(select_head_.text(0));
  select_head_.reset();
  if (note != head_note_) {
    if (!head_note_.empty()) others_seen_ = kExpectOthersFor;
    head_note_ = note;
    take_in_others();
  }
}

// Another writer (or, at first, nobody) moved the head: start from what the file holds now.
void Writer::take_in_others() {
  signer_.follow(head_note_);
  const Parsed<SignedCheckpoint> signed_head =
      open_checkpoint(head_note_, {signer_.key().verify_key()});
  if (!signed_head) {
    throw Error(ErrorCode::damaged, fmt::format("the head of {} is not signed", file_.string()),
                "nothing was written; run 'audit verify' on it");
  }
  const std::uint64_t known = head_.size;
  head_ = signed_head->checkpoint;
  tree_ = load_tree(database_, head_.size);
  const auto rows =
      static_cast<std::uint64_t>(database_.integer("SELECT ifnull(max(seq) + 1, 0) FROM entry"));
  if (rows != head_.size || tree_.root() != head_.root) {
    throw Error(
        ErrorCode::damaged,
        fmt::format("the entries of {} are not those its head was signed for", file_.string()),
        "nothing was written; run 'audit verify' on it");
  }
  Statement last = database_.prepare("SELECT hash FROM entry WHERE seq = ?1");
  last.bind(1, static_cast<std::int64_t>(head_.size) - 1);
  if (last.step()) previous_ = base::digest_from_bytes(last.blob(0)).value_or(Digest());
  words_.catch_up();
  if (known > 0 && others_erased_since(known)) words_.start_over();
  has_erasures_ = words_.may_be_used(kErasureType);
  ids_.catch_up(database_, head_.size);
}

// An erasure may write over words of the dictionary that this object knows.
bool Writer::others_erased_since(std::uint64_t seq) {
  select_erasure_.bind(1, static_cast<std::int64_t>(seq));
  const bool found = select_erasure_.step();
  select_erasure_.reset();
  return found;
}

Ledger::Outcome Writer::add(Draft& draft, bool store_conflicts) {
  const std::string_view id = draft.envelope.text(Field::event_id);
  Ledger::Outcome outcome{Ledger::Outcome::Kind::stored, size()};
  if (!id.empty() && find_same(draft, false, outcome)) return outcome;
  if (outcome.kind == Ledger::Outcome::Kind::conflict) {
    if (!store_conflicts) return outcome;
    outcome.seq = size();
    draft.envelope.set_text(Field::flags, "conflict");
    sealer_.reseal_envelope(draft);
  }
  append(draft);
  return outcome;
}

// True if the event is there already. An id that is there with other bytes makes it a conflict,
// unless this is how what was pending went on.
bool Writer::find_same(const Draft& draft, bool completes, Ledger::Outcome& outcome) {
  const std::string_view id = draft.envelope.text(Field::event_id);
  const std::string_view payload = draft.has_payload ? draft.payload : std::string_view();
  candidates_.clear();
  found_carrier_.reset();
  ids_.find(database_, id, payload, candidates_);
  std::optional<std::uint64_t> erased;
  for (const std::uint64_t seq : candidates_) {
    select_same_.bind(1, static_cast<std::int64_t>(seq));
    bool same = false;
    if (select_same_.step() && id_in(select_same_, 0) == id) {
      const auto stored = static_cast<Stored>(select_same_.integer(1));
      same = stored == Stored::none ? !draft.has_payload
                                    : draft.has_payload && is_payload(draft.payload);
      if (same || stored == Stored::erased) found_carrier_ = carrier_in(select_same_, 3);
      if (stored == Stored::erased) {
        erased = seq;
      } else if (!same && (!completes || !is_pending(seq))) {
        outcome = {Ledger::Outcome::Kind::conflict, seq};
      }
    }
    select_same_.reset();
    if (same) {
      outcome = {Ledger::Outcome::Kind::duplicate, seq};
      return true;
    }
  }
  // What was erased must not come back under its id.
  std::uint64_t by = 0;
  if (!erased && is_erased(id, by)) erased = by;
  if (erased) outcome = {Ledger::Outcome::Kind::duplicate, *erased, true};
  return erased.has_value();
}

// Whether an entry with this id was erased as a whole: only the sys.erasure remembers it then.
bool Writer::is_erased(std::string_view id, std::uint64_t& by) {
  if (!has_erasures_) return false;
  candidates_.clear();
  ids_.find_erased(database_, id, candidates_);
  const std::uint64_t wanted = fingerprint_of_erased(identity_.ledger_id, id);
  bool found = false;
  for (const std::uint64_t seq : candidates_) {
    select_erasure_.bind(1, static_cast<std::int64_t>(seq));
    if (select_erasure_.step() && select_erasure_.integer(0) == static_cast<std::int64_t>(seq)) {
      const auto listed = fingerprints_named(json_, select_erasure_.blob(1));
      found = std::binary_search(listed.begin(), listed.end(), wanted);
      by = seq;
    }
    select_erasure_.reset();
    if (found) break;
  }
  return found;
}

bool Writer::is_pending(std::uint64_t seq) {
  select_status_.bind(1, static_cast<std::int64_t>(seq));
  const bool pending = select_status_.step() && select_status_.text(0) == "pending";
  select_status_.reset();
  return pending;
}

Ledger::Outcome Writer::add_record(Draft& carrier, RecordDraft& record, bool store_conflicts) {
  Ledger::Outcome outcome{Ledger::Outcome::Kind::stored, size()};
  const bool any_new = find_parts(record, outcome);
  if (!any_new && is_known(record, outcome)) {
    carrier.payload = record.rest;
    return outcome;
  }
  if (outcome.kind == Ledger::Outcome::Kind::conflict && !store_conflicts) return outcome;
  outcome.seq = size();
  keep_known_parts(carrier, record);
  append(carrier);
  if (!any_new) ids_.add_rest(carrier.payload, outcome.seq);
  for (std::size_t i = 0; i < record.count; ++i) {
    PartDraft& part = record.parts[i];
    if (!part.stored) continue;
    Envelope& envelope = part.draft.envelope;
    envelope.set_number(Field::part_of, static_cast<std::int64_t>(outcome.seq));
    envelope.set_number(Field::part_index, static_cast<std::int64_t>(part.index));
    if (part.draft.has_payload) {
      envelope.set_number(Field::part_offset, static_cast<std::int64_t>(part.offset));
    }
    if (part.conflict) envelope.set_text(Field::flags, "conflict");
    sealer_.reseal_envelope(part.draft);
    part.seq = size();
    append(part.draft);
  }
  return outcome;
}

// Whether an event that others tell as well was told before, in this record or another. Anything else
// that has its id, whoever gave it that, takes nothing from it.
bool Writer::is_told(PartDraft& part, std::unordered_set<std::string_view>& told) {
  const Envelope& envelope = part.draft.envelope;
  const std::string_view id = envelope.text(Field::event_id);
  if (!told.insert(id).second) return true;
  candidates_.clear();
  ids_.find(database_, id, {}, candidates_);
  bool found = false;
  for (const std::uint64_t seq : candidates_) {
    select_told_.bind(1, static_cast<std::int64_t>(seq));
    if (select_told_.step() && id_in(select_told_, 0) == id) {
      const bool same = select_told_.text(1) == envelope.text(Field::type) &&
                        select_told_.text(2) == envelope.text(Field::format);
      if (same) part.seq = seq;
      found |= same;
      part.conflict |= !same;
    }
    select_told_.reset();
  }
  if (found) part.conflict = false;
  std::uint64_t by = 0;
  return found || is_erased(id, by);
}

// Finds out which parts are new; what a part tells is new if the part is. True if any is.
bool Writer::find_parts(RecordDraft& record, Ledger::Outcome& outcome) {
  std::unordered_map<std::string_view, const Draft*> seen;  // within this record
  std::unordered_set<std::string_view> told;                // likewise, by parts
  bool any_new = false;
  bool part_is_new = false;
  for (std::size_t i = 0; i < record.count; ++i) {
    PartDraft& part = record.parts[i];
    if (part.draft.has_payload) {
      find_part(part);
      const std::string_view id = part.draft.envelope.text(Field::event_id);
      part_is_new = part.stored;
      if (!id.empty() && part_is_new) {
        const auto [earlier, first] = seen.emplace(id, &part.draft);
        part_is_new = first || earlier->second->payload != part.draft.payload;
        part.conflict |= part_is_new && !first;
      }
      outcome.is_of_erased |= part.was_erased;
      any_new |= part_is_new;
    } else {
      part.conflict = part.was_erased = false;
      part.carrier.reset();
      part.seq = 0;
    }
    part.stored = part_is_new && !(part.is_once && is_told(part, told));
    if (part.stored && part.conflict) outcome.kind = Ledger::Outcome::Kind::conflict;
  }
  return any_new;
}

// Whether a part with bytes of its own is in the ledger.
void Writer::find_part(PartDraft& part) {
  Ledger::Outcome found{Ledger::Outcome::Kind::stored, 0};
  const bool has_id = !part.draft.envelope.text(Field::event_id).empty();
  const bool is_there = has_id && find_same(part.draft, part.completes, found);
  part.stored = !is_there;
  part.seq = found.seq;
  part.conflict = found.kind == Ledger::Outcome::Kind::conflict;
  part.was_erased = found.is_of_erased;
  part.carrier = is_there ? found_carrier_ : std::nullopt;
}

// Of a record without a new part: whether all of it is there, and not only the parts. What was erased
// is taken for known, as far as nothing is left to tell.
bool Writer::is_known(RecordDraft& record, Ledger::Outcome& outcome) {
  const auto begin = record.parts.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(record.count);
  const auto has_bytes = [](const PartDraft& part) { return part.draft.has_payload; };
  const auto some = std::find_if(begin, end, has_bytes);
  if (some == end) return false;
  if (!records_) records_ = std::make_unique<KnownRecords>(database_);
  std::uint64_t seq = some->carrier.value_or(some->seq);
  const KnownRecords::Match match = records_->find(record, seq);
  const bool is_gone =
      match == KnownRecords::Match::erased ||
      std::all_of(begin, end, [&](auto& p) { return !has_bytes(p) || p.was_erased; });
  if (match == KnownRecords::Match::no && !is_gone) {
    const std::optional<std::uint64_t> same = find_rest(record);
    if (!same) return false;
    seq = *same;
  }
  outcome.kind = Ledger::Outcome::Kind::duplicate;
  outcome.seq = seq;
  outcome.is_of_erased |= is_gone;
  return true;
}

// The entry of an earlier record whose parts were all known, too, and which was kept in one piece.
std::optional<std::uint64_t> Writer::find_rest(RecordDraft& record) {
  record.take_out([](const PartDraft&) { return false; });
  candidates_.clear();
  ids_.find_rest(database_, record.rest, candidates_);
  for (const std::uint64_t seq : candidates_) {
    select_same_.bind(1, static_cast<std::int64_t>(seq));
    const bool same = select_same_.step() && is_payload(record.rest);
    select_same_.reset();
    if (same) return seq;
  }
  return std::nullopt;
}

// A part that is there already is not taken out: its bytes arrived with this record, too.
void Writer::keep_known_parts(Draft& carrier, RecordDraft& record) {
  const auto begin = record.parts.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(record.count);
  if (std::all_of(begin, end, [](const PartDraft& part) { return part.stored; })) return;
  record.take_out([](const PartDraft& part) { return part.stored; });
  if (record.rest.size() > kMaxPayloadBytes) {  // too much to keep: they become entries, without id
    for (auto part = begin; part != end; ++part) {
      if (part->stored || part->was_erased || !part->draft.has_payload) continue;
      part->draft.envelope.erase(Field::event_id);
      part->stored = true;
    }
    record.take_out([](const PartDraft&) { return true; });
  }
  carrier.payload = record.rest;
  const auto erased =
      std::count_if(begin, end, [](const PartDraft& part) { return part.was_erased; });
  if (erased > 0) carrier.envelope.set_text(Field::redactions, fmt::format("erased:{}", erased));
  sealer_.seal(carrier);
}

std::uint64_t Writer::append_own(std::string_view type, std::string_view payload) {
  Draft draft;
  draft.envelope.set_text(Field::type, type);
  draft.envelope.set_number(Field::time, began_);
  draft.payload = payload;
  sealer_.seal(draft);
  append(draft);
  return size() - 1;
}

// Whether the row in hand holds these bytes, whichever way it stores them.
bool Writer::is_payload(std::string_view wanted) {
  const std::string_view stored = select_same_.blob(2);
  if (static_cast<Stored>(select_same_.integer(1)) != Stored::zstd) return stored == wanted;
  return base::unpack_zstd(stored, kMaxExpandedBytes, unpacked_) && unpacked_ == wanted;
}

void Writer::append(Draft& draft) {
  draft.received = began_;
  if (draft.payload.size() > kMaxPayloadBytes) {
    throw Error(ErrorCode::limit, fmt::format("a payload of {} bytes is over the limit of {}",
                                              draft.payload.size(), kMaxPayloadBytes));
  }
  const std::uint64_t seq = size();
  const Digest hash = draft.hash =
      committer_.entry(seq, draft.received, previous_, draft.envelope_hash, draft.payload_hash);
  rows_.write({seq, hash, draft.received, &draft.salt_e, &draft.salt_p, &draft.envelope,
               draft.has_payload ? Stored::raw : Stored::none, draft.payload},
              words_);
  tree_.append(hash, [&](unsigned level, std::uint64_t number, const Digest& root) {
    if (level == 0 || level % kTileBits != 0) return;
    insert_subtree_.bind(1, static_cast<std::int64_t>(level / kTileBits));
    insert_subtree_.bind(2, static_cast<std::int64_t>(number));
    insert_subtree_.bind_blob(3, base::bytes_of(root));
    insert_subtree_.run();
  });
  previous_ = hash;
  ids_.add(draft.envelope.text(Field::event_id), draft.has_payload ? draft.payload : "", seq);
  if (draft.envelope.text(Field::type) == kErasureType) {
    has_erasures_ = true;
    ids_.add_erased(draft.payload, seq);
  }
  if (size() % kCheckpointEvery == 0) save_checkpoint();
}

Digest Writer::hash_of(std::uint64_t seq) {
  select_hash_.bind(1, static_cast<std::int64_t>(seq));
  Digest hash;
  if (select_hash_.step()) hash = base::digest_from_bytes(select_hash_.blob(0)).value_or(hash);
  select_hash_.reset();
  return hash;
}

std::vector<std::uint64_t> Writer::erase(std::span<const std::uint64_t> entries,
                                         const Taking& taking, const ErasureWords& words) {
  std::vector<std::uint64_t> taken;
  Eraser eraser(database_, identity_.ledger_id, {words.authority, words.reason});
  for (const std::uint64_t seq : entries) {
    if (eraser.take(seq, taking)) taken.push_back(seq);
  }
  if (taken.empty()) return taken;
  ids_.index().note_words_remain(size() + 1);
  if (eraser.forget_words()) words_.start_over();
  const std::vector<std::uint64_t> ids = eraser.fingerprints();
  append_own(kErasureType, erasure_payload(taken, words.what, words.authority, words.reason, ids));
  return taken;
}

void Writer::check_erasable(std::span<const std::uint64_t> entries, const Taking& taking,
                            const ErasureWords& words) {
  Eraser eraser(database_, identity_.ledger_id, {words.authority, words.reason});
  for (const std::uint64_t seq : entries) eraser.check(seq, taking);
}

bool Writer::remove_words(std::chrono::milliseconds wait) {
  const IndexFile& index = ids_.index();
  database_.set_busy_timeout(static_cast<int>(wait.count()));
  const std::uint64_t noted = index.words_remain();
  const bool index_is_clean = index.scrub(noted, wait);
  const bool ledger_is_clean = scrub(database_, base::real_file(file_));
  if (index_is_clean && ledger_is_clean) index.note_words_are_gone(noted);
  return index_is_clean && ledger_is_clean;
}

// What an erasure could not finish because somebody was reading.
void Writer::finish_erasures() {
  try {
    if (ids_.index().words_remain() > 0) (void)remove_words(std::chrono::milliseconds(0));
  } catch (const Error&) {
    // The words stay noted, and the next one tries again.
  }
}

// The note of the entries so far; where one key hands over to another, both sign it.
std::string Writer::sign_head() const {
  const Checkpoint head{identity_.origin, size(), tree_.root()};
  std::string note = sign_checkpoint(head, signer_.key());
  if (next_key_ == nullptr) return note;
  const VerifyKey& next = next_key_->verify_key();
  return note + proof::signature_line(next.name, next.id(), next_key_->sign(checkpoint_text(head)));
}

void Writer::save_checkpoint() {
  insert_checkpoint_.bind(1, static_cast<std::int64_t>(size()));
  const std::string note = sign_head();
  insert_checkpoint_.bind_text(2, note);
  insert_checkpoint_.run();
}

void Writer::commit() {
  if (size() == head_.size) {
    abandon();
    return;
  }
  std::string note = sign_head();
  update_head_.bind_text(1, note);
  update_head_.run();
  database_.execute("COMMIT");
  in_transaction_ = false;
  head_ = {identity_.origin, size(), tree_.root()};
  head_note_ = std::move(note);
  persist_ids(false);
}

// What goes wrong in the index costs the next start a scan; the events are committed.
void Writer::persist_ids(bool force) {
  try {
    ids_.persist(database_, force);
  } catch (const Error&) {
    // The ids stay in memory and are tried again.
  }
}

// SQLite's lock knows no queue: who comes right back gets it again. A waiting writer looks every
// millisecond or so, and this gives it the chance.
void Writer::let_others_in() {
  if (others_seen_ == 0) return;
  --others_seen_;
  std::this_thread::sleep_for(kTurn);
}

void Writer::abandon() noexcept {
  if (!in_transaction_) return;
  sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  in_transaction_ = false;
  is_ahead_ |= size() != head_.size;
}

void Writer::close() {
  if (!database_.is_open()) return;
  abandon();
  // Others may have appended in the place of what was given up: their ids would be taken for known.
  if (!head_note_.empty() && !is_ahead_) persist_ids(true);
  finish_erasures();
}

}  // namespace audit::ledger
