// ledger/eraser.hpp - takes content out of entries and leaves the digests that stand for it.
//
// The caller appends the sys.erasure that names them, in the same transaction (writer.hpp).
//
// Format   audit-ledger(5), "ERASED CONTENT", "The table word"
#pragma once

#include <audit/field.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "event/commitment.hpp"
#include "ledger/database.hpp"
#include "ledger/row.hpp"

namespace audit::ledger {

// What is to go from an entry: all of it; or its payload with every field taken from that, and beside
// these perhaps one own field more.
struct Taking {
  bool entry = false;
  std::optional<Field> field;

  [[nodiscard]] FieldSet fields() const;
};

// What there is to take.
enum class Remains : std::uint8_t {
  content,
  nothing,  // it is gone already, or never was
  kept,     // its type is one that is never erased
};

[[nodiscard]] Remains remains_of(const Row& row, const Taking& taking);

// Whether an entry had an own field, be it gone by now.
[[nodiscard]] bool had_field(const Row& row, Field field);

// Reads rows by their numbers, with everything.
class RowLookup {
 public:
  explicit RowLookup(const Database& database);

  // False if there is none.
  //   throws    damaged, for one that is not of this format
  [[nodiscard]] bool read(std::uint64_t seq, Row& row);

 private:
  WordReader words_;
  RowReader reader_;
  Statement select_;
};

class Eraser {
 public:
  //   database  the writer's; between begin and commit
  //   ledger_id what the fingerprints of ids are keyed with
  //   stays     texts that are never erased and so must not repeat what is; outlive this
  Eraser(const Database& database, std::string_view ledger_id,
         std::vector<std::string_view> stays = {});

  // Takes it out of one entry; false if there is nothing to take.
  //   throws    damaged, for an entry that does not have its hash: what became of it is evidence;
  //             invalid_argument where a text that stays holds the value of an own field that goes
  [[nodiscard]] bool take(std::uint64_t seq, const Taking& taking);

  // Throws what take() would, and takes nothing.
  void check(std::uint64_t seq, const Taking& taking) { (void)is_to_take(seq, taking); }

  // Of the entries taken as a whole: fingerprints of their ids, ascending.
  [[nodiscard]] std::vector<std::uint64_t> fingerprints() const;

  // Writes something else over the words of the dictionary that only entries taken as a whole had.
  //   returns   whether it did: writers must read the dictionary anew
  //   cost      reads entries until it has seen that each such word is used, all of them for one that
  //             is not
  [[nodiscard]] bool forget_words();

 private:
  [[nodiscard]] bool is_to_take(std::uint64_t seq, const Taking& taking);
  void require_hash();
  [[nodiscard]] Digest envelope_hash();
  [[nodiscard]] Digest payload_hash();
  void take_all();
  void take_content(const Taking& taking);
  void check_stays(const FieldSet& gone) const;
  void write();

  const Database& database_;
  std::string ledger_id_;
  std::vector<std::string_view> stays_;
  RowLookup rows_;
  RowWriter writer_;
  WordWriter words_;
  Statement hash_before_;
  event::Committer committer_;
  Row row_;
  event::Kept kept_;
  std::set<std::uint64_t> fingerprints_;
  std::set<std::string> forgotten_;  // words of entries that were taken as a whole
};

}  // namespace audit::ledger
