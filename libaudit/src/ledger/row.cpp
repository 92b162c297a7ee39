#include "ledger/row.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "base/zstd.hpp"

namespace audit::ledger {

namespace {

constexpr std::size_t kUuidTextBytes = 36;
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kMaxPackedBytes = 64;

// Columns of the table entry, counted from 0, that are not fields.
enum Position : int {
  kSeq = 0,
  kHash,
  kReceived,
  kSaltE,
  kSaltP,
  kFirstField,
};

int kMore() { return kFirstField + static_cast<int>(columns().size()); }

// The value of each lower-case hexadecimal digit, -1 for any other byte.
constexpr auto kHexValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (unsigned c = '0'; c <= '9'; ++c) values[c] = static_cast<std::int8_t>(c - '0');
  for (unsigned c = 'a'; c <= 'f'; ++c) values[c] = static_cast<std::int8_t>(c - 'a' + 10);
  return values;
}();

int lower_hex(char c) { return kHexValues[static_cast<unsigned char>(c)]; }

bool is_dash(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

template <class Bytes>
bool copy_exactly(std::string_view from, Bytes& to) {
  if (from.size() != to.size()) return false;
  std::copy_n(reinterpret_cast<const std::uint8_t*>(from.data()), to.size(), to.begin());
  return true;
}

}  // namespace

bool fits(const FieldInfo& field, ValueKind kind) noexcept {
  switch (field.type) {
    case FieldType::text:
    case FieldType::list:
      return kind == ValueKind::text;
    case FieldType::hash:
      return kind == ValueKind::hash || kind == ValueKind::text;
    default:
      return kind == ValueKind::integer;
  }
}

const FieldInfo* field_of_more(std::uint16_t tag) noexcept {
  const auto number = static_cast<std::size_t>(tag < kFirstCommonTag ? tag : tag - kFirstCommonTag);
  if (number == 0 || number > kFieldCount) return nullptr;
  const FieldInfo& field = info(static_cast<Field>(number));
  return event::tag_of(field) == tag && column_of(field.field) < 0 ? &field : nullptr;
}

bool pack_uuid(std::string_view text, std::string& out) {
  if (text.size() != kUuidTextBytes) return false;
  std::array<char, kUuidBytes> bytes{};
  int all = 0;  // negative once a digit was none
  std::size_t at = 0;
  for (char& byte : bytes) {
    if (is_dash(at)) {
      if (text[at] != '-') return false;
      ++at;
    }
    const int high = lower_hex(text[at]);
    const int low = lower_hex(text[at + 1]);
    all |= high | low;
    byte = static_cast<char>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
    at += 2;
  }
  if (all < 0) return false;
  out.append(bytes.data(), bytes.size());
  return true;
}

bool pack_hex(std::string_view text, std::string& out) {
  if (text.empty() || text.size() % 2 != 0 || text.size() > 2 * kMaxPackedBytes) return false;
  std::array<char, kMaxPackedBytes> bytes;
  int all = 0;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = lower_hex(text[i]);
    const int low = lower_hex(text[i + 1]);
    all |= high | low;
    bytes[i / 2] = static_cast<char>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  if (all < 0) return false;
  out.append(bytes.data(), text.size() / 2);
  return true;
}

std::string unpack_uuid(std::string_view bytes) {
  const std::string hex = base::to_hex(bytes);
  std::string text;
  text.reserve(kUuidTextBytes);
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text.push_back('-');
    text.push_back(hex[i]);
  }
  return text;
}

WordReader::WordReader(const Database& database)
    : select_(database.prepare("SELECT text FROM word WHERE id = ?1")) {}

std::string_view WordReader::word(std::int64_t id) {
  // A hostile table may have any number of words, of any length: they are kept only while they can
  // be words of a ledger.
  if (id < 1 || id > static_cast<std::int64_t>(kMaxWords)) return {};
  const auto known = words_.find(id);
  if (known != words_.end()) return known->second;
  select_.bind(1, id);
  const bool found = select_.step();
  std::string text(found ? select_.text(0) : std::string_view());
  select_.reset();
  if (!found || text.size() > kMaxWordTextBytes) return {};
  return words_.emplace(id, std::move(text)).first->second;
}

WordWriter::WordWriter(const Database& database)
    : select_(database.prepare("SELECT id, text FROM word WHERE id > ?1 ORDER BY id")),
      insert_(database.prepare("INSERT INTO word(id, text) VALUES(?1, ?2)")) {}

void WordWriter::catch_up() {
  KeyOrder order("word");
  order.take(last_);
  select_.bind(1, last_);
  while (select_.step()) {
    last_ = select_.integer(0);
    order.take(last_);
    numbers_.emplace(select_.text(1), last_);
  }
  select_.reset();
}

bool WordWriter::may_be_used(std::string_view text) const {
  return numbers_.size() >= kMaxWords || text.size() > kMaxWordTextBytes ||
         numbers_.find(text) != numbers_.end();
}

void WordWriter::start_over() {
  numbers_.clear();
  last_ = 0;
  catch_up();
}

std::optional<std::int64_t> WordWriter::number(std::string_view text) {
  const auto known = numbers_.find(text);
  if (known != numbers_.end()) return known->second;
  if (numbers_.size() >= kMaxWords || text.size() > kMaxWordTextBytes) return std::nullopt;
  insert_.bind(1, ++last_);
  insert_.bind_text(2, text);
  insert_.run();
  numbers_.emplace(text, last_);
  return last_;
}

RowReader::RowReader(WordReader& words, const FieldSet& wanted, Parts parts)
    : words_(words), fields_(wanted), parts_(parts), list_("seq, hash, received") {
  int next = 3;
  const auto add = [&](std::string_view name) {
    list_.append(", ").append(name);
    return next++;
  };
  for (const Column& column : columns()) {
    if (fields_.has(column.field)) wanted_.push_back({column, add(name_of(column.field))});
  }
  const auto infos = fields();
  const bool in_more = std::any_of(infos.begin(), infos.end(), [&](const FieldInfo& field) {
    return fields_.has(field.field) && column_of(field.field) < 0;
  });
  if (in_more || parts_ == Parts::everything) more_ = add("more");
  if (parts_ == Parts::everything) {
    salts_ = add("salt_e");
    add("salt_p");
    add("kept");
  }
  stored_ = add("stored");
  if (parts_ != Parts::envelope) payload_ = add("payload");
}

void RowReader::read(Statement& statement, Row& row) {
  Entry& entry = row.entry;
  entry.envelope.clear();
  entry.payload.clear();
  row.problem.clear();
  entry.seq = static_cast<std::uint64_t>(statement.integer(0));
  if (!copy_exactly(statement.blob(1), entry.hash.bytes)) row.problem = "its hash is not 32 bytes";
  entry.received = from_nanoseconds(statement.integer(2));
  for (const Wanted& wanted : wanted_) {
    if (!statement.is_null(wanted.position)) read_field(statement, wanted, row);
  }
  if (more_ >= 0 && !statement.is_null(more_)) read_more(statement.blob(more_), row);
  row.stored = statement.integer(stored_);
  entry.payload_state = row.stored == 0   ? Entry::Payload::none
                        : row.stored == 3 ? Entry::Payload::erased
                                          : Entry::Payload::present;
  if (salts_ >= 0) read_commitment(statement, row);
  if (payload_ >= 0) read_payload(statement, row);
}

void RowReader::read_field(Statement& statement, const Wanted& wanted, Row& row) {
  const Field field = wanted.column.field;  // no binding: clang 14 cannot capture those
  const ColumnKind kind = wanted.column.kind;
  const int type = statement.type(wanted.position);
  Envelope& envelope = row.entry.envelope;
  const auto wrong = [&] {
    row.problem = fmt::format("its {} is not stored as it must be", name_of(field));
  };
  std::string scratch;

  if (type == SQLITE_INTEGER) {
    const std::int64_t number = statement.integer(wanted.position);
    if (kind == ColumnKind::integer) {
      envelope.set_number(field, number);
    } else if (kind == ColumnKind::dictionary) {
      const std::string_view word = words_.word(number);
      if (word.empty() || word.size() > kMaxWordTextBytes) return wrong();
      envelope.set_text(field, word);
    } else {
      wrong();
    }
  } else if (type == SQLITE_TEXT) {
    const std::string_view text = statement.text(wanted.position);
    if (kind == ColumnKind::integer || text.empty() || text.size() > kMaxFieldBytes) return wrong();
    if (parts_ == Parts::everything) {
      if ((kind == ColumnKind::uuid && pack_uuid(text, scratch)) ||
          (kind == ColumnKind::hex && pack_hex(text, scratch)) || !base::is_utf8(text)) {
        wrong();
      }
    }
    envelope.set_text(field, text);
  } else if (type == SQLITE_BLOB) {
    const std::string_view bytes = statement.blob(wanted.position);
    if (kind == ColumnKind::uuid && bytes.size() == kUuidBytes) {
      envelope.set_text(field, unpack_uuid(bytes));
    } else if (kind == ColumnKind::hex && !bytes.empty() && bytes.size() <= kMaxPackedBytes) {
      envelope.set_text(field, base::to_hex(bytes));
    } else {
      wrong();
    }
  } else {
    wrong();
  }
}

void RowReader::read_more(std::string_view bytes, Row& row) {
  const auto wrong = [&](std::string_view why) {
    row.problem = fmt::format("its column more {}", why);
  };
  constexpr std::size_t kHead = 2 + 1 + 4;
  std::uint16_t previous = 0;
  if (bytes.empty()) wrong("is empty");
  while (!bytes.empty()) {
    if (bytes.size() < kHead) return wrong("ends in the middle of a field");
    const std::uint16_t tag = base::load_be16(bytes.data());
    const auto kind = static_cast<ValueKind>(bytes[2]);
    const std::size_t length = base::load_be32(bytes.data() + 3);
    bytes.remove_prefix(kHead);
    const FieldInfo* const known = field_of_more(tag);
    if (known == nullptr || !fits(*known, kind))
      return wrong("has a field this format does not know");
    const Field field = known->field;
    const bool repeats = known->type == FieldType::list;
    if (tag < previous || (tag == previous && !repeats)) return wrong("is not in order");
    previous = tag;
    if (length > bytes.size() || length == 0 || length > kMaxFieldBytes ||
        (kind == ValueKind::integer && length != 8) ||
        (kind == ValueKind::hash && length != Digest::kSize)) {
      return wrong("has a field of a wrong length");
    }
    const std::string_view value = bytes.substr(0, length);
    bytes.remove_prefix(length);
    if (!fields_.has(field)) continue;
    if (kind == ValueKind::integer) {
      row.entry.envelope.set_number(field,
                                    static_cast<std::int64_t>(base::load_be64(value.data())));
    } else if (kind == ValueKind::hash) {
      Digest digest;
      (void)copy_exactly(value, digest.bytes);
      row.entry.envelope.set_hash(field, digest);
    } else {
      if (parts_ == Parts::everything && !base::is_utf8(value)) wrong("has text that is not UTF-8");
      row.entry.envelope.set_text(field, value);
    }
  }
}

void RowReader::read_commitment(Statement& statement, Row& row) {
  row.salt_e.reset();
  row.salt_p.reset();
  row.kept.reset();
  if (!statement.is_null(salts_) && !copy_exactly(statement.blob(salts_), row.salt_e.emplace())) {
    row.problem = "its salt_e is not 16 bytes";
  }
  if (!statement.is_null(salts_ + 1) &&
      !copy_exactly(statement.blob(salts_ + 1), row.salt_p.emplace())) {
    row.problem = "its salt_p is not 16 bytes";
  }
  if (!statement.is_null(salts_ + 2)) {
    row.kept = event::decode_kept(statement.blob(salts_ + 2));
    if (!row.kept) row.problem = "its column kept is not of this format";
  }
}

void RowReader::read_payload(Statement& statement, Row& row) {
  const bool has_bytes = row.stored == 1 || row.stored == 2;
  if (statement.is_null(payload_) == has_bytes) {
    row.problem = "its payload is not what its column stored says";
    return;
  }
  if (!has_bytes) return;
  const std::string_view bytes = statement.blob(payload_);
  if (row.stored == 1) {
    row.entry.payload.assign(bytes);
    return;
  }
  if (!base::unpack_zstd(bytes, kMaxExpandedBytes, row.entry.payload)) {
    row.entry.payload.clear();
    row.problem = "its payload is not one Zstandard frame";
  }
}

RowWriter::RowWriter(const Database& database, Makes makes) {
  const int count = kMore() + 4;  // more, kept, stored, payload
  std::string sql;
  if (makes == Makes::rows) {
    sql = "INSERT INTO entry VALUES(?1";
    for (int i = 2; i <= count; ++i) sql += fmt::format(", ?{}", i);
    sql += ")";
  } else {
    sql = "UPDATE entry SET hash = ?2, received = ?3, salt_e = ?4, salt_p = ?5";
    int next = kFirstField + 1;
    for (const Column& column : columns()) {
      sql += fmt::format(", {} = ?{}", name_of(column.field), next++);
    }
    sql += fmt::format(", more = ?{}, kept = ?{}, stored = ?{}, payload = ?{} WHERE seq = ?1",
                       kMore() + 1, kMore() + 2, kMore() + 3, kMore() + 4);
  }
  write_ = database.prepare(sql);
}

void RowWriter::write(const Values& values, WordWriter& words) {
  write_.clear_bindings();
  packed_.clear();
  packed_.reserve(kUuidBytes + 3 * kMaxPackedBytes);  // bound in place: must not move
  more_.clear();
  write_.bind(kSeq + 1, static_cast<std::int64_t>(values.seq));
  write_.bind_blob(kHash + 1, base::bytes_of(values.hash));
  write_.bind(kReceived + 1, values.received);
  const auto bind_salt = [&](int column, const event::Salt* salt) {
    if (salt != nullptr) write_.bind_blob(column + 1, salt->data(), salt->size());
  };
  bind_salt(kSaltE, values.salt_e);
  bind_salt(kSaltP, values.salt_p);
  // `more` is ascending by tag: own fields (tag = number) come before all common ones.
  const Envelope& envelope = *values.envelope;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (column_of(value.field) >= 0) {
      bind_field(value, words);
    } else if (info(value.field).own) {
      event::append_field(more_, event::tag_of(info(value.field)), value);
    }
  }
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (column_of(value.field) < 0 && !info(value.field).own) {
      event::append_field(more_, event::tag_of(info(value.field)), value);
    }
  }
  if (!more_.empty()) write_.bind_blob(kMore() + 1, more_);
  if (!values.kept.empty()) write_.bind_blob(kMore() + 2, values.kept);
  write_.bind(kMore() + 3, static_cast<std::int64_t>(values.stored));
  if (values.stored == Stored::raw || values.stored == Stored::zstd) {
    write_.bind_blob(kMore() + 4, values.payload);
  }
  write_.run();
}

void RowWriter::bind_field(const Envelope::Value& value, WordWriter& words) {
  const int index = column_of(value.field);
  const int position = kFirstField + index + 1;
  const std::size_t at = packed_.size();
  switch (columns()[static_cast<std::size_t>(index)].kind) {
    case ColumnKind::integer:
      write_.bind(position, value.number);
      return;
    case ColumnKind::dictionary:
      if (const auto number = words.number(value.text)) {
        write_.bind(position, *number);
        return;
      }
      break;
    case ColumnKind::uuid:
      if (pack_uuid(value.text, packed_)) {
        write_.bind_blob(position, packed_.data() + at, packed_.size() - at);
        return;
      }
      break;
    case ColumnKind::hex:
      if (pack_hex(value.text, packed_)) {
        write_.bind_blob(position, packed_.data() + at, packed_.size() - at);
        return;
      }
      break;
    case ColumnKind::text:
      break;
  }
  write_.bind_text(position, value.text);
}

}  // namespace audit::ledger
