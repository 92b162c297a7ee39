// verify/system.hpp - what the ledger says about itself: its beginning, its keys, what it erased.
//
// Format   audit-ledger(5), "System entries", "Key history"
#pragma once

#include <audit/key.hpp>
#include <audit/policy.hpp>
#include <audit/verify.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "ledger/entry_row.hpp"
#include "verify/findings.hpp"

namespace audit::verify {

// sys.created.
struct Beginning {
  std::string origin;
  std::string ledger_id;
  std::string key;
  std::optional<Predecessor> continues{};
};

// sys.key.
struct KeyChange {
  std::string key;
  std::string previous;
};

// What an erasure may take, as bits: own fields in the order of the field table, then these.
using ErasedParts = std::uint16_t;

inline constexpr unsigned kPayloadBit = 14;
inline constexpr unsigned kEntryBit = 15;

// The bit of an own field.
[[nodiscard]] unsigned bit_of_own(Field field) noexcept;

// The bits of the own fields that are taken from content.
[[nodiscard]] ErasedParts content_parts() noexcept;

// sys.erasure.
struct Erasure {
  ErasedParts what = 0;
  std::vector<std::uint64_t> entries;  // strictly ascending
  ErasureNote note{};                  // its texts cut where they are longer than any of ours
};

// A system entry, as far as verify must understand it.
struct SystemEntry {
  std::uint64_t seq = 0;
  bool is_protected = false;  // of a type that must not be erased
  std::variant<std::monostate, Beginning, KeyChange, Erasure> says;
};

[[nodiscard]] inline bool is_system(std::string_view type) noexcept {
  return type.starts_with("sys.");
}

// Reads system entries; keeps its buffers.
class SystemReader {
 public:
  //   requires  is_system(row.type()), or row.seq == 0
  [[nodiscard]] SystemEntry read(const ledger::EntryRow& row, Findings& findings);

 private:
  void read_payload(const ledger::EntryRow& row, SystemEntry& entry, Findings& findings);

  base::JsonReader json_;
};

// Who had to sign at which size.
class KeyHistory {
 public:
  // Takes what entry 0 says; nothing if it says nothing that can be used.
  void begin(const Beginning& beginning, Findings& findings);

  // Takes a change of keys, in order.
  void change(std::uint64_t seq, const KeyChange& change, Findings& findings);

  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }

  // The ledger that this one continues, if entry 0 names one.
  [[nodiscard]] const std::optional<Predecessor>& continues() const noexcept { return continues_; }

  // The keys that must have signed the note of this size, in the order of their lines: one, or two
  // where a key ended. Empty if that is not known.
  [[nodiscard]] std::vector<VerifyKey> signers(std::uint64_t size) const;

  // All keys, the first one first.
  [[nodiscard]] std::vector<VerifyKey> keys() const;

  // The sizes at which keys ended, ascending.
  [[nodiscard]] const std::vector<std::uint64_t>& ends() const noexcept { return ends_; }

 private:
  [[nodiscard]] std::optional<VerifyKey> accept(const std::string& text, std::uint64_t seq,
                                                Findings& findings);

  std::string origin_;
  std::optional<Predecessor> continues_;
  std::vector<std::optional<VerifyKey>> periods_;
  std::set<std::array<std::uint8_t, 32>>
      accepted_;                     // the keys of periods_: their names are the same
  std::vector<std::uint64_t> ends_;  // period i signs the sizes up to ends_[i], the last all others
};

// The keys that were given from outside for what has this origin: those of --key, and those that the
// policy has for it.
struct GivenKeys {
  std::vector<VerifyKey> keys;
  std::vector<VerifyKey> with_witnesses;  // and those that the policy trusts as such
  std::string why_not;                    // a policy that names none cannot be met; else empty
};

[[nodiscard]] GivenKeys given_keys(const std::vector<VerifyKey>& keys,
                                   const std::optional<Policy>& policy, std::string_view origin);

// Keys given from outside must be the ledger's: true if one of them is. A list of keys may name those
// of other ledgers and of witnesses too.
//   given   not empty
[[nodiscard]] bool check_given_keys(const KeyHistory& keys, const std::vector<VerifyKey>& given,
                                    Findings& findings);

}  // namespace audit::verify
