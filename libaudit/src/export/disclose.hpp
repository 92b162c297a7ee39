// export/disclose.hpp - entries as others are to see them: with what proves them, and without what is
// to be hidden.
//
// Hiding is what an erasure would do, in the copy only: a payload takes the fields with it that came
// from it, and a field takes the payload. Beyond that, wherever else among the entries shown the value
// of a hidden field stands, that part is hidden too.
//
// Threads  one
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/any_of.hpp"
#include "base/escapes.hpp"
#include "event/disclosed_entry.hpp"
#include "ledger/entry_row.hpp"

namespace audit::exports {

// Hidden values shorter than this stand in many texts by chance: "eve" in "event". They are looked for
// as words of their own, and those of a single byte not at all.
inline constexpr std::size_t kShortestWithin = 4;
inline constexpr std::size_t kShortestWord = 2;

// Distinct values of hidden fields, in bytes.
inline constexpr std::size_t kMaxHiddenBytes = std::size_t{8} << 20;

class Hiding {
 public:
  // Words: "payload", own fields.
  //   throws   invalid_argument for another one
  explicit Hiding(const std::vector<std::string>& words);

  [[nodiscard]] bool is_anything() const noexcept { return payload_ || has_fields_; }

  // True if values have to be gathered of all entries first.
  [[nodiscard]] bool has_fields() const noexcept { return has_fields_; }

  // Takes the values of hidden fields.
  //   throws   limit for too many
  void gather(const ledger::EntryRow& row);

  void finish() { values_.finish(); }

  // What of an entry is to be hidden.
  [[nodiscard]] event::Parts of(const ledger::EntryRow& row);

  // True if a hidden value, but for short ones, stands in an entry that must be shown.
  [[nodiscard]] bool is_in(const ledger::EntryRow& row);

 private:
  void look_for(std::string_view text);

  [[nodiscard]] bool holds(std::string_view text) const;
  [[nodiscard]] bool holds_word(std::string_view text) const;
  [[nodiscard]] bool common_holds(const ledger::EntryRow& row) const;

  [[nodiscard]] bool payload_holds(std::string_view payload);

  bool payload_ = false;
  bool has_fields_ = false;
  FieldSet fields_;
  base::AnyOf values_;
  std::set<std::string, std::less<>> words_;  // short values
  base::Escapes escapes_;
};

// Throws permission unless the view hands out all of its entries: what is made of a view tells no more
// than the view does.
void require_all(const LedgerView& view);

class Discloser {
 public:
  // The entry in `row`, behind one with the hash `previous`.
  //   throws   damaged where it is not what its hash says
  [[nodiscard]] event::DisclosedEntry disclose(const ledger::EntryRow& row, const Digest& previous,
                                               const event::Parts& hidden);

 private:
  void take_envelope(const ledger::EntryRow& row, const event::Parts& hidden,
                     event::DisclosedEntry& entry);
  static void take_payload(const ledger::EntryRow& row, const event::Parts& hidden,
                           event::Committer& committer, event::DisclosedEntry& entry);

  event::Committer committer_;
};

}  // namespace audit::exports
