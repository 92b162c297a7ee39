// ledger/entry_row.hpp - one row of the table entry as verify wants it: every column, by its
// storage class, nothing believed, nothing put right.
//
// RowReader (row.hpp) gives other readers what an entry says; EntryDecoder also says whether it is
// stored in the one way the format allows, and copies nothing, because verify does this for every
// row of a ledger.
//
// Format   audit-ledger(5), "The table entry", "The table word", "ERASED CONTENT"
// Threads  a WordTable is shared once it is loaded; a decoder belongs to one thread
#pragma once

#include <audit/digest.hpp>
#include <audit/event.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "event/commitment.hpp"
#include "ledger/database.hpp"
#include "ledger/schema.hpp"

namespace audit::ledger {

// The table word, read once and strictly.
class WordTable {
 public:
  struct Problem {
    std::int64_t id;
    std::string message;
  };

  // Reads the table; what is not as the format wants is noted in problems().
  //   throws    damaged, when what can be read of it was taken in
  void load(const Database& database);

  // How many words are numbered 1, 2, 3, ... without a hole: only these have a text.
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(words_.size());
  }

  // The text of a word; empty if there is none of this number.
  [[nodiscard]] std::string_view text(std::int64_t id) const noexcept {
    const auto i = static_cast<std::uint64_t>(id) - 1;  // what is below 1 becomes very large
    return i < words_.size() ? words_[i] : std::string_view();
  }

  // True if a text that is not longer than a word may be must be stored as its number.
  [[nodiscard]] bool must_hold(std::string_view text) const;

  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  void note(std::int64_t id, std::string message);
  void take(std::int64_t id, std::string_view text);

  std::string texts_;
  std::vector<std::size_t> ends_;  // of words in texts_
  bool holes_ = false;
  std::vector<std::string_view> words_;
  std::unordered_set<std::string_view> all_;
  std::vector<Problem> problems_;
};

// Views live until the statement steps, resets, or another row is decoded.
struct EntryRow {
  std::int64_t seq = 0;
  bool has_hash = false;  // the column holds 32 bytes
  Digest hash;
  std::int64_t received = 0;
  bool has_salt_e = false;
  bool has_salt_p = false;
  event::Salt salt_e{};
  event::Salt salt_p{};
  std::vector<Envelope::Value> own;  // ascending by number
  std::string_view common;           // the common group, byte for byte as it is hashed
  std::vector<std::uint32_t> words;  // the words it uses, in the order of the columns
  bool has_kept = false;             // something was erased
  event::Kept kept;
  std::uint8_t kept_flags = 0;
  std::int64_t stored = 0;
  bool has_payload = false;
  std::string_view payload;  // expanded
  std::string problem;       // the first thing that is not as the format wants; empty if nothing is
  bool has_envelope = true;  // what E is made of is known
  bool knows_storage = true;  // false: stored in a way this version does not know

  // Calls each(value) for every common value, ascending by number, lists in their order.
  template <class Each>
  void each_common(Each&& each) const {
    for (std::string_view rest = common; !rest.empty();) each(take_common(rest));
  }

  // The text of the field type; empty if it has none.
  [[nodiscard]] std::string_view type() const noexcept;

  // What is left of the envelope, as other layers take it.
  [[nodiscard]] Envelope envelope() const;

 private:
  // Takes the value at the front of a common group.
  [[nodiscard]] static Envelope::Value take_common(std::string_view& rest) noexcept;
};

// Decodes rows of a statement `SELECT <column_list()> FROM entry ...`.
class EntryDecoder {
 public:
  //   words   must live as long as the decoder
  explicit EntryDecoder(const WordTable& words) : words_(words) {}

  [[nodiscard]] static const std::string& column_list();

  void decode(const Statement& statement, EntryRow& row);

 private:
  void decode_field(const Cell& cell, int type, const Column& column, EntryRow& row);
  void decode_text(const Cell& cell, const Column& column, EntryRow& row);
  void decode_packed(const Cell& cell, const Column& column, EntryRow& row);
  void decode_more(const Cell& cell, EntryRow& row);
  bool decode_one_of_more(std::string_view& bytes, std::uint16_t& previous, EntryRow& row);
  void decode_kept(const Cell& cell, EntryRow& row);
  void decode_payload(const Cell& cell, EntryRow& row);
  void expand(std::string_view frame, EntryRow& row);
  void check_erased(EntryRow& row) const;
  void merge_common(EntryRow& row);

  // Room for a common field of a column: returns where its value is to be written.
  [[nodiscard]] char* room(Field field, ValueKind kind, std::size_t length);
  void put_text(Field field, std::string_view text);

  const WordTable& words_;
  std::string expanded_;  // a payload that was compressed
  std::string columns_;   // its front: common fields that have a column, as they are hashed
  std::size_t columns_bytes_ = 0;
  std::string_view more_;  // common fields of `more`, as they are hashed
  std::string merged_;
};

}  // namespace audit::ledger
