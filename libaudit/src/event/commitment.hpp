// event/commitment.hpp - the exact bytes of an entry that are hashed.
//
// Format   audit-ledger(5), "What is hashed". Domains: 10 salts, 11 field, 12 envelope, 13 payload;
//          the entry itself is an RFC 6962 leaf (00).
// Threads  one Committer per thread; everything else is plain values
#pragma once

#include <audit/digest.hpp>
#include <audit/event.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/sha256.hpp"

namespace audit::event {

using Salt = std::array<std::uint8_t, 16>;

// The number a field is hashed under: own fields their number, common ones 0x80 + number.
[[nodiscard]] constexpr std::uint16_t tag_of(const FieldInfo& field) {
  const auto number = static_cast<std::uint16_t>(field.field);
  return field.own ? number : static_cast<std::uint16_t>(0x80 + number);
}

// What is left of an entry's envelope commitment after something in it was erased.
struct Kept {
  struct Own {
    std::uint16_t tag;
    bool erased;
    Salt salt;     // of a field that is still there
    Digest field;  // Fj of one that is gone
  };

  std::optional<Digest> payload;   // P
  std::optional<Salt> common;      // s(0): set exactly when salt_e is gone but the envelope is not
  std::vector<Own> own;            // ascending by tag; only with `common`
  std::optional<Digest> envelope;  // E: the whole envelope is gone
};

[[nodiscard]] std::string encode_kept(const Kept& kept);
// Strict: nothing for anything encode_kept would not have written.
[[nodiscard]] std::optional<Kept> decode_kept(std::string_view bytes);

// Appends one field as the common group and the column `more` spell it:
// tag u16, type u8, length u32, bytes.
void append_field(std::string& out, std::uint16_t tag, const Envelope::Value& value);

// Computes commitments with kept buffers and a kept hash context.
class Committer {
 public:
  // E of an envelope nothing was erased from.
  [[nodiscard]] Digest envelope(const Envelope& envelope, const Salt& salt_e);

  // E where some own fields are gone: `envelope` holds what is left. Nothing if `kept` and
  // `envelope` contradict each other (a field both kept and erased, or in neither).
  [[nodiscard]] std::optional<Digest> envelope(const Envelope& envelope, const Kept& kept);

  // E where of some own fields only the digest is known, of others the salt (`own`, ascending by tag),
  // and of all common fields maybe only F0. Nothing as above.
  [[nodiscard]] std::optional<Digest> envelope(const Envelope& envelope, const Digest& common,
                                               const std::vector<Kept::Own>& own);

  // F0: the common fields of an envelope under s(0).
  [[nodiscard]] Digest common_group(const Envelope& envelope, const Salt& salt);

  // What is to be kept of E when the own fields of `gone` go: s(0), and of each own field its digest
  // or, where it stays, its salt. Of an envelope that is whole; `kept` must be empty.
  void keep(const Envelope& envelope, const Salt& salt_e, const FieldSet& gone, Kept& kept);

  // The same where something was erased before, and `kept` says so.
  void keep(const Envelope& envelope, const FieldSet& gone, Kept& kept);

  // P with payload bytes, and without a payload.
  [[nodiscard]] Digest payload(const Salt& salt_p, std::string_view bytes);
  [[nodiscard]] Digest no_payload(const Salt& salt_p);

  // The entry hash: link of the next entry and leaf of the tree.
  [[nodiscard]] Digest entry(std::uint64_t seq, std::int64_t received, const Digest& previous,
                             const Digest& envelope, const Digest& payload);

 private:
  crypto::Sha256 sha_;
  std::string bytes_;
};

}  // namespace audit::event
