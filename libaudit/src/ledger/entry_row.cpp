#include "ledger/entry_row.hpp"

#include <audit/error.hpp>
#include <audit/ledger.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "base/zstd.hpp"
#include "ledger/row.hpp"
#include "ledger/schema.hpp"

namespace audit::ledger {

namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kUuidTextBytes = 36;
constexpr std::size_t kMaxPackedBytes = 64;

// What stands before each value of the common group: tag, type, length.
constexpr std::size_t kHeadBytes = 2 + 1 + 4;

// Positions in column_list(); the fields stand from kFirstField on, in the order of columns().
constexpr int kSeq = 0;
constexpr int kHash = 1;
constexpr int kReceived = 2;
constexpr int kSaltE = 3;
constexpr int kSaltP = 4;
constexpr int kFirstField = 5;

constexpr auto kHexPairs = [] {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 15]};
  return pairs;
}();

// Writes two digits a byte to `to`; returns the place behind them.
char* put_hex(char* to, std::string_view bytes) {
  for (const char byte : bytes) {
    const auto& pair = kHexPairs[static_cast<unsigned char>(byte)];
    *to++ = pair[0];
    *to++ = pair[1];
  }
  return to;
}

void put_uuid(char* to, std::string_view bytes) {
  constexpr std::array<std::size_t, 5> kGroups{4, 2, 2, 2, 6};
  for (const std::size_t group : kGroups) {
    if (bytes.size() != kUuidBytes) *to++ = '-';
    to = put_hex(to, bytes.substr(0, group));
    bytes.remove_prefix(group);
  }
}

template <class Bytes>
bool copy_exactly(const Cell& cell, Bytes& to) {
  if (cell.type() != SQLITE_BLOB) return false;
  const std::string_view from = cell.blob();
  if (from.size() != to.size()) return false;
  std::copy_n(reinterpret_cast<const std::uint8_t*>(from.data()), to.size(), to.begin());
  return true;
}

void note(EntryRow& row, std::string_view problem) {
  if (row.problem.empty()) row.problem = problem;
}

// The value of a field is there but cannot be made out: neither can E.
void note_lost(EntryRow& row, std::string_view name) {
  note(row, fmt::format("its {} is not stored in a way the format knows", name));
  row.has_envelope = false;
}

}  // namespace

void WordTable::load(const Database& database) {
  Statement select = database.prepare("SELECT id, text FROM word ORDER BY id");
  KeyOrder order("word");
  std::exception_ptr damage;
  try {
    while (select.step()) {
      order.take(select.integer(0));
      const bool is_text = select.type(1) == SQLITE_TEXT;
      take(select.integer(0), is_text ? select.text(1) : std::string_view());
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    damage = std::current_exception();
  }
  for (std::size_t begin = 0; const std::size_t end : ends_) {
    const std::string_view text = std::string_view(texts_).substr(begin, end - begin);
    words_.push_back(text);
    if (!text.empty() && !all_.insert(text).second) note(size(), "has a text that is there twice");
    begin = end;
  }
  if (damage) std::rethrow_exception(damage);
}

void WordTable::take(std::int64_t id, std::string_view text) {
  const auto next = static_cast<std::int64_t>(ends_.size()) + 1;
  if (id != next && !holes_) {
    note(next, "is missing");
    holes_ = true;
  }
  if (holes_ || ends_.size() >= kMaxWords) return note(id, "has no place in the table");
  if (text.empty() || text.size() > kMaxWordTextBytes) {
    note(id, "is not 1 to 255 bytes of text");
  } else if (!base::is_utf8(text)) {
    note(id, "is not UTF-8");
  } else {
    texts_ += text;
  }
  ends_.push_back(texts_.size());
}

void WordTable::note(std::int64_t id, std::string message) {
  constexpr std::size_t kMaxProblems = 1000;
  if (problems_.size() < kMaxProblems) problems_.push_back({id, std::move(message)});
}

bool WordTable::must_hold(std::string_view text) const {
  return text.size() <= kMaxWordTextBytes && (size() < kMaxWords || all_.count(text) != 0);
}

Envelope::Value EntryRow::take_common(std::string_view& rest) noexcept {
  Envelope::Value value{};
  value.field = static_cast<Field>(base::load_be16(rest.data()) - 0x80);
  value.kind = static_cast<ValueKind>(rest[2]);
  value.text = rest.substr(kHeadBytes, base::load_be32(&rest[3]));
  rest.remove_prefix(kHeadBytes + value.text.size());
  if (value.kind == ValueKind::integer) {
    value.number = static_cast<std::int64_t>(base::load_be64(value.text.data()));
    value.text = {};
  }
  return value;
}

std::string_view EntryRow::type() const noexcept {
  if (common.empty()) return {};
  std::string_view rest = common;
  const Envelope::Value first = take_common(rest);
  return first.field == Field::type ? first.text : std::string_view();
}

Envelope EntryRow::envelope() const {
  Envelope envelope;
  const auto set = [&](const Envelope::Value& value) {
    if (value.kind == ValueKind::integer) {
      envelope.set_number(value.field, value.number);
    } else if (value.kind == ValueKind::hash) {
      envelope.set_hash(value.field, base::digest_from_bytes(value.text).value_or(Digest()));
    } else {
      envelope.set_text(value.field, value.text);
    }
  };
  for (const Envelope::Value& value : own) set(value);
  each_common(set);
  return envelope;
}

const std::string& EntryDecoder::column_list() {
  static const std::string kList = [] {
    std::string list = "seq, hash, received, salt_e, salt_p";
    for (const Column& column : columns()) list.append(", ").append(name_of(column.field));
    return list + ", more, kept, stored, payload";
  }();
  return kList;
}

void EntryDecoder::decode(const Statement& statement, EntryRow& row) {
  row.own.clear();
  row.common = {};
  row.words.clear();
  row.problem.clear();
  row.has_envelope = row.knows_storage = true;
  columns_bytes_ = 0;
  more_ = {};

  row.seq = statement.cell(kSeq).integer();
  row.has_hash = copy_exactly(statement.cell(kHash), row.hash.bytes);
  if (!row.has_hash) note(row, "its hash is not 32 bytes");
  const Cell received = statement.cell(kReceived);
  row.received = received.integer();
  if (received.type() != SQLITE_INTEGER) note(row, "its received is not a number");
  const Cell salt_e = statement.cell(kSaltE);
  row.has_salt_e = copy_exactly(salt_e, row.salt_e);
  const Cell salt_p = statement.cell(kSaltP);
  row.has_salt_p = copy_exactly(salt_p, row.salt_p);
  if ((!row.has_salt_e && salt_e.type() != SQLITE_NULL) ||
      (!row.has_salt_p && salt_p.type() != SQLITE_NULL)) {
    note(row, "one of its salts is not 16 bytes");
  }
  int position = kFirstField;
  for (const Column& column : columns()) {
    const Cell cell = statement.cell(position++);
    const int type = cell.type();
    if (type != SQLITE_NULL) decode_field(cell, type, column, row);
  }
  const int behind = position;
  decode_more(statement.cell(behind), row);
  decode_kept(statement.cell(behind + 1), row);
  const Cell stored = statement.cell(behind + 2);
  row.stored = stored.type() == SQLITE_INTEGER ? stored.integer() : -1;
  decode_payload(statement.cell(behind + 3), row);
  merge_common(row);
  check_erased(row);
}

void EntryDecoder::decode_field(const Cell& cell, int type, const Column& column, EntryRow& row) {
  const auto [field, kind] = column;
  switch (type) {
    case SQLITE_INTEGER: {
      const std::int64_t number = cell.integer();
      if (kind == ColumnKind::integer) {
        base::store_be64(room(field, ValueKind::integer, sizeof number),
                         static_cast<std::uint64_t>(number));
      } else if (kind == ColumnKind::dictionary && !words_.text(number).empty()) {
        row.words.push_back(static_cast<std::uint32_t>(number));
        put_text(field, words_.text(number));
      } else {
        note_lost(row, name_of(field));
      }
      return;
    }
    case SQLITE_TEXT:
      return decode_text(cell, column, row);
    case SQLITE_BLOB:
      return decode_packed(cell, column, row);
    default:
      return note_lost(row, name_of(field));
  }
}

void EntryDecoder::decode_text(const Cell& cell, const Column& column, EntryRow& row) {
  const auto [field, kind] = column;
  const std::string_view text = cell.text();
  if (kind == ColumnKind::integer || text.empty()) return note_lost(row, name_of(field));
  std::string packed;
  const bool is_another_way = (kind == ColumnKind::uuid && pack_uuid(text, packed)) ||
                              (kind == ColumnKind::hex && pack_hex(text, packed)) ||
                              (kind == ColumnKind::dictionary && words_.must_hold(text));
  if (is_another_way) {
    note(row, fmt::format("its {} must not be stored as text", name_of(field)));
  }
  if (text.size() > kMaxFieldBytes || !base::is_utf8(text)) {
    note(row, fmt::format("its {} is too long or not UTF-8", name_of(field)));
  }
  if (info(field).own) {
    row.own.push_back({field, ValueKind::text, 0, text});
  } else {
    put_text(field, text);
  }
}

void EntryDecoder::decode_packed(const Cell& cell, const Column& column, EntryRow& row) {
  const auto [field, kind] = column;
  const std::string_view bytes = cell.blob();
  if (kind == ColumnKind::uuid && bytes.size() == kUuidBytes) {
    put_uuid(room(field, ValueKind::text, kUuidTextBytes), bytes);
  } else if (kind == ColumnKind::hex && !bytes.empty() && bytes.size() <= kMaxPackedBytes) {
    put_hex(room(field, ValueKind::text, 2 * bytes.size()), bytes);
  } else {
    note_lost(row, name_of(field));
  }
}

char* EntryDecoder::room(Field field, ValueKind kind, std::size_t length) {
  const std::size_t wanted = columns_bytes_ + kHeadBytes + length;
  if (columns_.size() < wanted) columns_.resize(2 * wanted);
  char* const head = &columns_[columns_bytes_];
  base::store_be16(head,
                   static_cast<std::uint16_t>(kFirstCommonTag + static_cast<unsigned>(field)));
  head[2] = static_cast<char>(kind);
  base::store_be32(head + 3, static_cast<std::uint32_t>(length));
  columns_bytes_ = wanted;
  return head + kHeadBytes;
}

void EntryDecoder::put_text(Field field, std::string_view text) {
  std::copy(text.begin(), text.end(), room(field, ValueKind::text, text.size()));
}

// Own fields come first, so what is left behind them is the common part, as it is hashed.
void EntryDecoder::decode_more(const Cell& cell, EntryRow& row) {
  if (cell.type() == SQLITE_NULL) return;
  std::string_view bytes = cell.blob();
  if (cell.type() != SQLITE_BLOB || bytes.empty()) return note_lost(row, "more");
  std::uint16_t previous = 0;
  while (!bytes.empty()) {
    const std::string_view here = bytes;
    if (!decode_one_of_more(bytes, previous, row)) {
      more_ = {};
      return note_lost(row, "more");
    }
    if (more_.empty() && previous >= kFirstCommonTag) more_ = here;
  }
}

// Takes one field off the front of `more`; false if what is there is none.
bool EntryDecoder::decode_one_of_more(std::string_view& bytes, std::uint16_t& previous,
                                      EntryRow& row) {
  if (bytes.size() < kHeadBytes) return false;
  const std::uint16_t tag = base::load_be16(bytes.data());
  const auto kind = static_cast<ValueKind>(bytes[2]);
  const std::size_t length = base::load_be32(&bytes[3]);
  bytes.remove_prefix(kHeadBytes);
  const FieldInfo* field = field_of_more(tag);
  if (field == nullptr || !fits(*field, kind) || length == 0 || length > bytes.size()) return false;
  if (tag < previous || (tag == previous && field->type != FieldType::list)) return false;
  if (kind == ValueKind::integer && length != sizeof(std::int64_t)) return false;
  if (kind == ValueKind::hash && length != Digest::kSize) return false;
  const std::string_view value = bytes.substr(0, length);
  bytes.remove_prefix(length);
  previous = tag;
  if (kind == ValueKind::integer) {
    if (field->type == FieldType::boolean && base::load_be64(value.data()) > 1) {
      note(row, fmt::format("its {} is neither 0 nor 1", field->name));
    }
  } else if (length > kMaxFieldBytes || (kind == ValueKind::text && !base::is_utf8(value))) {
    note(row, fmt::format("its {} is too long or not UTF-8", field->name));
  }
  if (field->own) row.own.push_back({field->field, kind, 0, value});  // no own field is a number
  return true;
}

// Both parts are ascending by tag; so is the group they make.
void EntryDecoder::merge_common(EntryRow& row) {
  std::string_view in_columns = std::string_view(columns_).substr(0, columns_bytes_);
  if (more_.empty()) {
    row.common = in_columns;
    return;
  }
  merged_.clear();
  const auto take = [&](std::string_view& from) {
    const std::size_t bytes = kHeadBytes + base::load_be32(&from[3]);
    merged_.append(from.substr(0, bytes));
    from.remove_prefix(bytes);
  };
  while (!in_columns.empty() && !more_.empty()) {
    const bool column_first = base::load_be16(in_columns.data()) < base::load_be16(more_.data());
    take(column_first ? in_columns : more_);
  }
  merged_.append(in_columns).append(more_);
  row.common = merged_;
}

void EntryDecoder::decode_kept(const Cell& cell, EntryRow& row) {
  row.has_kept = cell.type() != SQLITE_NULL;
  row.kept_flags = 0;
  row.kept = event::Kept();  // of the row before
  if (!row.has_kept) return;
  const auto kept =
      cell.type() == SQLITE_BLOB ? event::decode_kept(cell.blob()) : std::optional<event::Kept>();
  if (!kept) {
    note(row, "its kept is not as the format has it");
    row.has_kept = row.has_envelope = false;
    return;
  }
  row.kept = *kept;
  row.kept_flags = static_cast<std::uint8_t>(cell.blob().front());
}

void EntryDecoder::decode_payload(const Cell& cell, EntryRow& row) {
  row.has_payload = false;
  row.payload = {};
  row.knows_storage = row.stored >= 0 && row.stored <= static_cast<std::int64_t>(Stored::erased);
  if (!row.knows_storage) return;
  const auto stored = static_cast<Stored>(row.stored);
  const int wanted = stored == Stored::raw || stored == Stored::zstd ? SQLITE_BLOB : SQLITE_NULL;
  if (cell.type() != wanted) {
    note(row, "its payload is not what its stored says");
    return;
  }
  if (wanted == SQLITE_NULL) return;
  const std::string_view bytes = cell.blob();
  if (stored == Stored::zstd) return expand(bytes, row);
  if (bytes.size() > kMaxExpandedBytes) note(row, "its payload is too long");
  row.has_payload = true;
  row.payload = bytes;
}

void EntryDecoder::expand(std::string_view frame, EntryRow& row) {
  if (!base::unpack_zstd(frame, kMaxExpandedBytes, expanded_)) {
    note(row, "its payload is not one Zstandard frame");
    return;
  }
  row.has_payload = true;
  row.payload = expanded_;
}

// Which of salt_e, salt_p, stored and fields must be there for which flags of `kept`.
void EntryDecoder::check_erased(EntryRow& row) const {
  const auto stored = static_cast<Stored>(row.stored);
  const bool is_erased = stored == Stored::erased;
  const std::tuple<bool, bool> salts{row.has_salt_e, row.has_salt_p};
  bool right = false;
  switch (row.kept_flags) {
    case 0:
      right = salts == std::tuple(true, true) && !is_erased;
      break;
    case 1:
      right = salts == std::tuple(true, false) && is_erased;
      break;
    case 2:
      right = salts == std::tuple(false, true) && stored == Stored::none;
      break;
    case 3:
      right = salts == std::tuple(false, false) && is_erased;
      break;
    case 5:
      right =
          salts == std::tuple(false, false) && is_erased && row.own.empty() && row.common.empty();
      break;
    default:
      break;
  }
  if ((row.kept_flags & 2) != 0) {
    const auto& own = row.kept.own;
    right = right &&
            std::any_of(own.begin(), own.end(), [](const auto& one) { return one.erased; }) &&
            std::all_of(own.begin(), own.end(), [](const auto& one) {
              return one.tag <= kFieldCount && info(static_cast<Field>(one.tag)).own;
            });
  }
  if (!right && row.knows_storage) note(row, "what it holds and what it has erased do not agree");
}

}  // namespace audit::ledger
