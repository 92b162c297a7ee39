#include "ledger/scan.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "ledger/schema.hpp"

namespace audit::ledger {

namespace {

constexpr std::size_t kMaxNoteBytes = 1'000'000;

constexpr std::uint64_t kMaxSeq = std::numeric_limits<std::int64_t>::max();

std::int64_t as_seq(std::uint64_t seq) { return static_cast<std::int64_t>(std::min(seq, kMaxSeq)); }

}  // namespace

EvidenceScan::EvidenceScan(const std::filesystem::path& file)
    : snapshot_(std::make_shared<const EvidenceSnapshot>(open_snapshot(file))) {
  const Database& opened = database();
  if (opened.integer("PRAGMA application_id") != kApplicationId ||
      opened.integer("PRAGMA user_version") != kFormatVersion) {
    throw Error(ErrorCode::unsupported,
                fmt::format("the write-ahead log of {} makes it another file", file.string()),
                "compare it with a copy that was kept");
  }
  if (!snapshot_->schema_problems.empty()) return;
  opened.execute("PRAGMA cache_size=-1024");  // every page is read once
  prepare();
}

EvidenceScan::EvidenceScan(const LedgerView& view) : EvidenceScan(snapshot_of(view)) {}

EvidenceScan::EvidenceScan(std::shared_ptr<const EvidenceSnapshot> snapshot)
    : snapshot_(std::move(snapshot)) {
  prepare();
}

void EvidenceScan::prepare() {
  const Database& opened = database();
  rows_ =
      opened.prepare(fmt::format("SELECT {} FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
                                 EntryDecoder::column_list()));
  probe_ = opened.prepare(
      "SELECT seq, payload FROM entry WHERE seq >= ?1 AND seq < ?2 "
      "ORDER BY seq LIMIT 1");
  first_from_ = opened.prepare("SELECT seq FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT 1");
  hash_of_ = opened.prepare("SELECT hash FROM entry WHERE seq = ?1");
  subtrees_ = opened.prepare(
      "SELECT number, hash, level FROM subtree WHERE level = ?1 AND number >= ?2 AND number < ?3 "
      "ORDER BY number");
}

bool EvidenceScan::in_step(const EvidenceScan& other) const noexcept {
  return snapshot_->size == other.snapshot_->size &&
         snapshot_->head_note == other.snapshot_->head_note;
}

void EvidenceScan::read(std::uint64_t first, std::uint64_t last, EntryDecoder& decoder) {
  decoder_ = &decoder;
  rows_.reset();
  rows_.bind(1, as_seq(first));
  rows_.bind(2, as_seq(last));
}

bool EvidenceScan::next(EntryRow& row) {
  if (!rows_.step()) {
    rows_.reset();
    return false;
  }
  decoder_->decode(rows_, row);
  return true;
}

// A page that cannot be read takes the rows of that page with it, or those of all pages below it:
// goes on in growing steps until something can be read, then back to where that begins.
std::optional<std::uint64_t> EvidenceScan::readable_from(std::uint64_t seq, std::uint64_t last) {
  std::uint64_t lost = seq;
  std::optional<std::uint64_t> found;
  for (std::uint64_t step = 1; !found && last - lost > 1;) {
    const std::uint64_t from = lost + std::min(step, std::max<std::uint64_t>((last - lost) / 4, 1));
    found = probe(from, last);
    if (!found) lost = from;
    step *= 2;
  }
  if (!found) return std::nullopt;
  for (std::uint64_t there = std::min(*found, last); there - lost > 1;) {
    const std::uint64_t middle = lost + (there - lost) / 2;
    if (const auto earlier = probe(middle, last)) {
      found = earlier;
      there = middle;
    } else {
      lost = middle;
    }
  }
  return *found < last ? found : std::nullopt;
}

// The number of the first row from `from` on, or `last` if there is none before it; nothing if that
// cannot be read.
std::optional<std::uint64_t> EvidenceScan::probe(std::uint64_t from, std::uint64_t last) {
  probe_.reset();
  probe_.bind(1, as_seq(from));
  probe_.bind(2, as_seq(last));
  std::optional<std::uint64_t> found = last;
  try {
    if (probe_.step()) found = static_cast<std::uint64_t>(probe_.integer(0));
    if (*found < from) found.reset();  // the table leads elsewhere
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    found.reset();
  }
  probe_.reset();
  return found;
}

std::optional<std::uint64_t> EvidenceScan::first_from(std::uint64_t seq) {
  if (seq > kMaxSeq) return std::nullopt;
  first_from_.reset();
  first_from_.bind(1, as_seq(seq));
  std::optional<std::uint64_t> first;
  if (first_from_.step()) first = static_cast<std::uint64_t>(first_from_.integer(0));
  first_from_.reset();
  return first;
}

std::optional<Digest> EvidenceScan::hash_of(std::uint64_t seq) {
  hash_of_.reset();
  hash_of_.bind(1, as_seq(seq));
  std::optional<Digest> hash;
  if (hash_of_.step() && hash_of_.type(0) == SQLITE_BLOB) {
    hash = base::digest_from_bytes(hash_of_.blob(0));
  }
  hash_of_.reset();
  return hash;
}

std::vector<std::int64_t> EvidenceScan::negative_rows(std::size_t limit) {
  Statement select = database().prepare("SELECT seq FROM entry WHERE seq < 0 ORDER BY seq");
  KeyOrder order("entry");
  std::vector<std::int64_t> rows;
  while (rows.size() < limit && select.step()) {
    order.take(select.integer(0));
    rows.push_back(select.integer(0));
  }
  return rows;
}

// Two statements, so that a note that cannot be read does not hide those behind it.
void EvidenceScan::each_note(std::string_view table, std::string_view key, std::size_t limit,
                             const std::function<void(const Note&)>& each) {
  Statement keys = database().prepare(fmt::format("SELECT {0} FROM {1} ORDER BY {0}", key, table));
  Statement select =
      database().prepare(fmt::format("SELECT note FROM {1} WHERE {0} = ?1", key, table));
  KeyOrder order(table);
  for (std::size_t count = 0; count < limit && keys.step(); ++count) {
    Note note;
    note.key = keys.integer(0);
    order.take(note.key);
    select.bind(1, note.key);
    try {
      if (select.step()) {
        note.is_text = select.type(0) == SQLITE_TEXT;
        note.text = select.text(0).substr(0, kMaxNoteBytes);
      } else {
        note.unreadable = "it is not found by its number";
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::damaged) throw;
      note.unreadable = error.message();
    }
    select.reset();
    each(note);
  }
}

std::vector<EvidenceScan::Note> EvidenceScan::heads() {
  constexpr std::size_t kMaxHeads = 10;
  std::vector<Note> heads;
  each_note("head", "one", kMaxHeads, [&](const Note& head) { heads.push_back(head); });
  return heads;
}

void EvidenceScan::each_checkpoint(const std::function<void(const Note&)>& each) {
  each_note("checkpoint", "size", std::numeric_limits<std::size_t>::max(), each);
}

void EvidenceScan::each_subtree(unsigned level, std::uint64_t first, std::uint64_t last,
                                const std::function<void(std::uint64_t, std::string_view)>& each) {
  subtrees_.reset();
  subtrees_.bind(1, static_cast<std::int64_t>(level));
  subtrees_.bind(2, as_seq(first));
  subtrees_.bind(3, as_seq(last));
  KeyOrder order("subtree");
  while (subtrees_.step()) {
    const std::int64_t number = subtrees_.integer(0);
    order.take(number);
    if (subtrees_.integer(2) != static_cast<std::int64_t>(level) || number < as_seq(first) ||
        number >= as_seq(last)) {
      throw Error(ErrorCode::damaged, "the table subtree gives a row that was not asked for",
                  "compare it with a copy that was kept");
    }
    const bool is_blob = subtrees_.type(1) == SQLITE_BLOB;
    each(static_cast<std::uint64_t>(number), is_blob ? subtrees_.blob(1) : std::string_view());
  }
  subtrees_.reset();
}

void EvidenceScan::each_subtree_row(const std::function<void(std::int64_t, std::int64_t)>& each) {
  Statement select = database().prepare("SELECT level, number FROM subtree ORDER BY level, number");
  KeyOrder levels("subtree");
  KeyOrder numbers("subtree");
  std::optional<std::int64_t> level;
  while (select.step()) {
    if (level != select.integer(0)) {
      level = select.integer(0);
      levels.take(*level);
      numbers = KeyOrder("subtree");
    }
    numbers.take(select.integer(1));
    each(*level, select.integer(1));
  }
}

std::uint64_t EvidenceScan::unused_bytes() {
  return static_cast<std::uint64_t>(database().integer("PRAGMA freelist_count")) *
         static_cast<std::uint64_t>(database().integer("PRAGMA page_size"));
}

std::vector<std::string> EvidenceScan::structure_problems(int limit,
                                                          const std::function<bool()>& stop) {
  // An entry takes some 25 instructions for its hundred bytes or more, a word 10 for its eight.
  constexpr std::uint64_t kStepsPerByte = 4;
  constexpr std::uint64_t kStepsForNone = 1'000'000;
  const auto bytes = static_cast<std::uint64_t>(database().integer("PRAGMA page_count")) *
                     static_cast<std::uint64_t>(database().integer("PRAGMA page_size"));
  const StepBudget budget(database(), kStepsForNone + kStepsPerByte * bytes, stop);
  std::vector<std::string> problems;
  try {
    // The second one checks the list of free pages in any case: see looks_for_lost_pages().
    for (const char* table : {"", "sqlite_schema"}) {
      Statement check =
          database().prepare(*table == '\0' ? fmt::format("PRAGMA integrity_check({})", limit)
                                            : fmt::format("PRAGMA integrity_check({})", table));
      while (check.step()) {
        if (check.text(0) != "ok") problems.emplace_back(check.text(0));
      }
    }
  } catch (const Error& error) {
    if (budget.is_spent()) {
      problems.emplace_back("the check does not end: pages lead round in circles");
    } else if (!stop()) {
      problems.push_back(error.message());
    }
  }
  return problems;
}

bool EvidenceScan::looks_for_lost_pages() {
  Statement last = database().prepare(
      "SELECT type FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY rowid DESC LIMIT 1");
  return last.step() && last.text(0) == "table";
}

std::string foreign_journal(const std::filesystem::path& file) {
  const std::string journal = base::real_file(file).string() + "-journal";

  struct stat facts {};

  return ::stat(journal.c_str(), &facts) == 0 && facts.st_size > 0 ? journal : std::string();
}

}  // namespace audit::ledger
