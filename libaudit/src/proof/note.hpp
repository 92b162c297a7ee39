// proof/note.hpp - signed notes (c2sp.org/signed-note): a text, a blank line, signature lines.
#pragma once

#include <audit/error.hpp>
#include <audit/key.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit::proof {

inline constexpr std::size_t kMaxNoteBytes = 1'000'000;
inline constexpr std::size_t kMaxSignatureLines = 100;

using KeyId = std::array<std::uint8_t, 4>;

struct NoteSignature {
  std::string_view name;  // views the note
  KeyId id{};
  std::string bytes;      // what follows the key id, never empty: 64 bytes for type 1, 72 for 4
  std::string_view line;  // the whole line without its LF; views the note
};

// A note taken apart. Nothing of it is to be believed before a signature was checked.
struct Note {
  std::string_view text;  // with its final LF: the bytes that are signed; views the note
  std::vector<NoteSignature> signatures;
};

// A note of which at least one given key's signature was checked.
struct OpenedNote {
  Note note;
  std::vector<VerifyKey> signed_by;  // in the order of the lines, each key once
};

// A key name: not empty, UTF-8, no control character, no Unicode white space, no '+'.
[[nodiscard]] bool is_key_name(std::string_view name) noexcept;

// Takes a note apart strictly (see audit-ledger(5), "Checkpoints"): UTF-8, no control characters
// but LF, the last blank line separates, at least one and at most 100 signature lines, canonical
// base64. The result views `note`.
[[nodiscard]] Parsed<Note> parse_note(std::string_view note);

// parse_note, and checks the lines whose (name, id) pair is one of `keys`'; all others are ignored.
// A line of a given key that does not verify refuses the note, even beside one that does; so does
// a note without a line of a given key. The result views `note`.
//   throws    configuration when two different keys have the same name and id
[[nodiscard]] Parsed<OpenedNote> open_note(std::string_view note, std::span<const VerifyKey> keys);

// One signature line, with its final LF.
[[nodiscard]] std::string signature_line(std::string_view name, const KeyId& id,
                                         std::string_view signature);

// The text with a blank line and one type 1 signature line.
//   throws    invalid_argument unless `text` is UTF-8, ends in LF and has no other control
//             character
[[nodiscard]] std::string sign_note(std::string_view text, const SigningKey& key);

// --- Cosignatures (c2sp.org/tlog-cosignature, type 4): "at that time I had seen this head" ---

// The key that cosigns: the signing key's name and bytes as type 4.
[[nodiscard]] VerifyKey cosigner_key(const SigningKey& key);

// The signature line, with its final LF, to append to the note that has this text.
//   requires  unix_seconds < 2^63
[[nodiscard]] std::string cosignature_line(std::string_view text, const SigningKey& key,
                                           std::uint64_t unix_seconds);

// Checks the 72 bytes after the key id of a type 4 line.
[[nodiscard]] bool check_cosignature(const VerifyKey& key, std::string_view text,
                                     std::string_view signature);

// The time a cosignature claims; nothing unless it has 72 bytes. Believe it only once checked.
[[nodiscard]] std::optional<std::uint64_t> cosignature_time(std::string_view signature) noexcept;

}  // namespace audit::proof
