// ledger/row.hpp - one entry between its row and its values.
//
// Format   audit-ledger(5), "The table entry": which field stands where, and how
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/commitment.hpp"
#include "ledger/database.hpp"
#include "ledger/schema.hpp"

namespace audit::ledger {

// How a payload is stored (column `stored`).
enum class Stored : std::uint8_t { none = 0, raw = 1, zstd = 2, erased = 3 };

// An event cut out of a record may be longer than the record's limit by its frame.
inline constexpr std::size_t kMaxExpandedBytes = kMaxPayloadBytes + 1024;

// Tags of the common fields begin here; those of own fields are below.
inline constexpr std::uint16_t kFirstCommonTag = 0x80;

// Whether a field may have a value of this kind.
[[nodiscard]] bool fits(const FieldInfo& field, ValueKind kind) noexcept;

// The field that a tag of the column `more` stands for, or null.
[[nodiscard]] const FieldInfo* field_of_more(std::uint16_t tag) noexcept;

// Words by number, read when first asked for.
class WordReader {
 public:
  WordReader() = default;
  explicit WordReader(const Database& database);

  // Empty if there is no such word. The view lives as long as the reader.
  [[nodiscard]] std::string_view word(std::int64_t id);

 private:
  Statement select_;
  std::unordered_map<std::int64_t, std::string> words_;
};

// Words by text, for a writer. Words of a transaction that failed stay: discard the object then.
class WordWriter {
 public:
  WordWriter() = default;
  explicit WordWriter(const Database& database);

  // Takes in words other writers added.  requires a transaction
  void catch_up();

  // False if no entry has this text in a column of words.
  [[nodiscard]] bool may_be_used(std::string_view text) const;

  // Reads the table anew, where an erasure may have written over a word.  requires a transaction
  void start_over();

  // The number of `text`, given now if it is new; nothing if it must stand in the row itself.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view text);

 private:
  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  Statement select_;
  Statement insert_;
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> numbers_;
  std::int64_t last_ = 0;
};

// An entry with what its hash needs.
struct Row {
  Entry entry;
  std::int64_t stored = 0;
  std::optional<event::Salt> salt_e;
  std::optional<event::Salt> salt_p;
  std::optional<event::Kept> kept;
  std::string problem;  // why it is not a row of this format; empty if it is one
};

// Reads rows of a statement `SELECT <column_list()> FROM entry ...`.
class RowReader {
 public:
  enum class Parts : std::uint8_t { envelope, with_payload, everything };

  RowReader(WordReader& words, const FieldSet& wanted, Parts parts);

  [[nodiscard]] const std::string& column_list() const noexcept { return list_; }

  // Fills `row` from the row `statement` stands on. With Parts::everything also checks that each
  // value is stored in the one way the format allows.
  void read(Statement& statement, Row& row);

 private:
  struct Wanted {
    Column column;
    int position;
  };

  void read_field(Statement& statement, const Wanted& wanted, Row& row);
  void read_more(std::string_view bytes, Row& row);
  void read_payload(Statement& statement, Row& row);
  void read_commitment(Statement& statement, Row& row);

  WordReader& words_;
  FieldSet fields_;
  Parts parts_;
  std::string list_;
  std::vector<Wanted> wanted_;
  int more_ = -1;
  int stored_ = -1;
  int payload_ = -1;
  int salts_ = -1;  // salt_e, salt_p, kept
};

// Binds entries to `INSERT INTO entry VALUES (...)`; or, where something is erased, to an UPDATE of the
// row that is there: a row that shrinks in its place moves no other.
class RowWriter {
 public:
  enum class Makes : std::uint8_t { rows, changes };

  RowWriter() = default;
  explicit RowWriter(const Database& database, Makes makes = Makes::rows);

  struct Values {
    std::uint64_t seq;
    Digest hash;
    std::int64_t received;
    const event::Salt* salt_e;  // null: erased
    const event::Salt* salt_p;
    const Envelope* envelope;
    Stored stored;
    std::string_view payload;  // as stored
    std::string_view kept{};   // empty: nothing was erased
  };

  void write(const Values& values, WordWriter& words);

 private:
  void bind_field(const Envelope::Value& value, WordWriter& words);

  Statement write_;
  std::string packed_;  // bytes of packed ids: bound without a copy
  std::string more_;
};

// The packed form of an id, or nothing if it has none.
[[nodiscard]] bool pack_uuid(std::string_view text, std::string& out);
[[nodiscard]] bool pack_hex(std::string_view text, std::string& out);
[[nodiscard]] std::string unpack_uuid(std::string_view bytes);

}  // namespace audit::ledger
