#include "ledger/eraser.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "event/kind.hpp"
#include "ledger/erasure.hpp"

namespace audit::ledger {

namespace {

[[noreturn]] void throw_damaged(std::uint64_t seq, std::string_view what) {
  throw Error(ErrorCode::damaged, fmt::format("entry {} {}", seq, what), "run 'audit verify'");
}

bool has_payload(const Row& row) {
  return row.stored == static_cast<std::int64_t>(Stored::raw) ||
         row.stored == static_cast<std::int64_t>(Stored::zstd);
}

bool has_any(const Envelope& envelope, const FieldSet& fields) {
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    if (fields.has(envelope.at(i).field)) return true;
  }
  return false;
}

// True if `text` holds `part`; ASCII letters are alike in both cases.
bool holds(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [&](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

std::string word_columns() {
  std::string list;
  for (const Column& column : columns()) {
    if (column.kind != ColumnKind::dictionary) continue;
    if (!list.empty()) list += ", ";
    list += name_of(column.field);
  }
  return list;
}

// The numbers of `texts` that no entry uses, and all texts there are.
std::set<std::int64_t> unused_words(const Database& database, const std::set<std::string>& texts,
                                    std::unordered_set<std::string>& all) {
  std::set<std::int64_t> unused;
  Statement words = database.prepare("SELECT id, text FROM word ORDER BY id");
  while (words.step()) {
    std::string text(words.text(1));
    if (texts.contains(text)) unused.insert(words.integer(0));
    all.insert(std::move(text));
  }
  Statement used = database.prepare("SELECT " + word_columns() + " FROM entry ORDER BY seq");
  const int count =
      static_cast<int>(std::count_if(columns().begin(), columns().end(), [](const Column& column) {
        return column.kind == ColumnKind::dictionary;
      }));
  while (!unused.empty() && used.step()) {
    for (int column = 0; column < count; ++column) {
      if (used.type(column) == SQLITE_INTEGER) unused.erase(used.integer(column));
    }
  }
  return unused;
}

}  // namespace

FieldSet Taking::fields() const {
  FieldSet set;
  for (const FieldInfo& one : audit::fields()) {
    if (one.from_content) set.add(one.field);
  }
  if (field) set.add(*field);
  return set;
}

bool had_field(const Row& row, Field field) {
  if (row.entry.envelope.has(field)) return true;
  if (!row.kept) return false;
  const std::uint16_t tag = event::tag_of(info(field));
  return std::any_of(row.kept->own.begin(), row.kept->own.end(),
                     [&](const event::Kept::Own& own) { return own.tag == tag; });
}

Remains remains_of(const Row& row, const Taking& taking) {
  const Envelope& envelope = row.entry.envelope;
  if (row.kept && row.kept->envelope) return Remains::nothing;
  if (event::is_never_erased(envelope.text(Field::type))) return Remains::kept;
  if (taking.entry) return Remains::content;
  return has_payload(row) || has_any(envelope, taking.fields()) ? Remains::content
                                                                : Remains::nothing;
}

RowLookup::RowLookup(const Database& database)
    : words_(database), reader_(words_, FieldSet::all(), RowReader::Parts::everything) {
  select_ = database.prepare("SELECT " + reader_.column_list() + " FROM entry WHERE seq = ?1");
}

bool RowLookup::read(std::uint64_t seq, Row& row) {
  select_.bind(1, static_cast<std::int64_t>(seq));
  const bool found = select_.step();
  if (found) reader_.read(select_, row);
  select_.reset();
  if (found && !row.problem.empty()) throw_damaged(seq, "cannot be read: " + row.problem);
  return found;
}

Eraser::Eraser(const Database& database, std::string_view ledger_id,
               std::vector<std::string_view> stays)
    : database_(database),
      ledger_id_(ledger_id),
      stays_(std::move(stays)),
      rows_(database),
      writer_(database, RowWriter::Makes::changes),
      words_(database),
      hash_before_(database.prepare("SELECT hash FROM entry WHERE seq = ?1 - 1")) {
  words_.catch_up();
}

bool Eraser::is_to_take(std::uint64_t seq, const Taking& taking) {
  if (!rows_.read(seq, row_)) throw_damaged(seq, "is missing");
  if (remains_of(row_, taking) != Remains::content) return false;
  require_hash();
  check_stays(taking.entry ? FieldSet::all() : taking.fields());
  return true;
}

bool Eraser::take(std::uint64_t seq, const Taking& taking) {
  if (!is_to_take(seq, taking)) return false;
  kept_ = row_.kept.value_or(event::Kept());
  if (taking.entry) {
    take_all();
  } else {
    take_content(taking);
  }
  write();
  return true;
}

// A sys.erasure cannot be erased: what it says of a person would stay for ever. Short values stand in
// any text.
void Eraser::check_stays(const FieldSet& gone) const {
  constexpr std::size_t kTelling = 4;
  const Envelope& envelope = row_.entry.envelope;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    const FieldInfo& field = info(value.field);
    const bool may_name =
        field.own || value.field == Field::agent || value.field == Field::event_id;
    const bool tells = may_name && value.kind == ValueKind::text && value.text.size() >= kTelling;
    if (!tells || !gone.has(value.field)) continue;
    for (const std::string_view text : stays_) {
      if (!holds(text, value.text)) continue;
      throw Error(
          ErrorCode::invalid_argument,
          fmt::format("the reason or authority repeats the {} that is to be erased", field.name),
          "both stay in the ledger for ever: name the case, not the person");
    }
  }
}

Digest Eraser::envelope_hash() {
  const Envelope& envelope = row_.entry.envelope;
  if (row_.kept && row_.kept->common) {
    const std::optional<Digest> hash = committer_.envelope(envelope, *row_.kept);
    if (!hash) throw_damaged(row_.entry.seq, "is not what an earlier erasure left of it");
    return *hash;
  }
  if (!row_.salt_e) throw_damaged(row_.entry.seq, "lacks a salt");
  return committer_.envelope(envelope, *row_.salt_e);
}

Digest Eraser::payload_hash() {
  if (row_.kept && row_.kept->payload) return *row_.kept->payload;
  if (!row_.salt_p) throw_damaged(row_.entry.seq, "lacks a salt");
  return has_payload(row_) ? committer_.payload(*row_.salt_p, row_.entry.payload)
                           : committer_.no_payload(*row_.salt_p);
}

void Eraser::require_hash() {
  Digest before;
  const std::uint64_t seq = row_.entry.seq;
  if (seq > 0) {
    hash_before_.bind(1, static_cast<std::int64_t>(seq));
    if (hash_before_.step()) {
      before = base::digest_from_bytes(hash_before_.blob(0)).value_or(Digest());
    }
    hash_before_.reset();
  }
  const Digest envelope = envelope_hash();
  const Digest payload = payload_hash();
  const std::int64_t received = nanoseconds(row_.entry.received);
  if (committer_.entry(seq, received, before, envelope, payload) != row_.entry.hash) {
    throw_damaged(seq, "does not match its hash");
  }
}

void Eraser::take_all() {
  const Envelope& envelope = row_.entry.envelope;
  event::Kept kept;
  kept.payload = payload_hash();
  kept.envelope = envelope_hash();
  const std::string_view id = envelope.text(Field::event_id);
  if (!id.empty()) fingerprints_.insert(fingerprint_of_erased(ledger_id_, id));
  for (const Column& column : columns()) {
    if (column.kind != ColumnKind::dictionary) continue;
    const std::string_view text = envelope.text(column.field);
    if (!text.empty()) forgotten_.emplace(text);
  }
  kept_ = std::move(kept);
  row_.salt_e.reset();
  row_.salt_p.reset();
  row_.stored = static_cast<std::int64_t>(Stored::erased);
  row_.entry.envelope.clear();
}

void Eraser::take_content(const Taking& taking) {
  Envelope& envelope = row_.entry.envelope;
  if (has_payload(row_)) {
    kept_.payload = payload_hash();
    row_.salt_p.reset();
    row_.stored = static_cast<std::int64_t>(Stored::erased);
  }
  const FieldSet gone = taking.fields();
  if (!has_any(envelope, gone)) return;
  if (kept_.common) {
    committer_.keep(envelope, gone, kept_);
  } else {
    committer_.keep(envelope, *row_.salt_e, gone, kept_);
    row_.salt_e.reset();
  }
  for (const FieldInfo& field : audit::fields()) {
    if (gone.has(field.field)) envelope.erase(field.field);
  }
}

void Eraser::write() {
  const Entry& entry = row_.entry;
  const std::string kept = event::encode_kept(kept_);
  writer_.write({entry.seq,
                 entry.hash,
                 nanoseconds(entry.received),
                 row_.salt_e ? &*row_.salt_e : nullptr,
                 row_.salt_p ? &*row_.salt_p : nullptr,
                 &entry.envelope,
                 static_cast<Stored>(row_.stored),
                 {},
                 kept},
                words_);
}

std::vector<std::uint64_t> Eraser::fingerprints() const {
  return {fingerprints_.begin(), fingerprints_.end()};
}

bool Eraser::forget_words() {
  if (forgotten_.empty()) return false;
  std::unordered_set<std::string> all;
  const std::set<std::int64_t> unused = unused_words(database_, forgotten_, all);
  Statement update = database_.prepare("UPDATE word SET text = ?2 WHERE id = ?1");
  for (const std::int64_t id : unused) {
    std::string text = fmt::format("erased word {}", id);
    while (!all.insert(text).second) text += '.';
    update.bind(1, id);
    update.bind_text(2, text);
    update.run();
  }
  return !unused.empty();
}

}  // namespace audit::ledger
