// event/disclosed_entry.hpp - one entry as it is shown to others: what is shown of it with the salts
// that prove it, and of the rest the digests that stand for it. One line of JSON.
//
// There is one way to write an entry: parse_disclosed_line takes no line that append_disclosed_line
// would not have written. salt_e is never in it, as all other salts follow from that.
//
// Format   audit-bundle(5), "AN ENTRY"
// Threads  plain values
#pragma once

#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/event.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "event/commitment.hpp"
#include "event/leaf.hpp"

namespace audit::event {

// No line is longer: a payload of the longest kind, every byte of which is escaped, and its fields.
inline constexpr std::size_t kMaxDisclosedLine = std::size_t{128} << 20;

// Nor has one of more than kFreeLineBytes more than so many bytes outside its strings: what it
// takes to read a line is a few times its bytes, and not what a stranger packs into them.
inline constexpr std::size_t kFreeLineBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxBytesOutside = 1'000'000;

// True for a line, or what should be one, within these bounds.
[[nodiscard]] bool is_within_bounds(std::string_view line) noexcept;

// What of an entry is not shown. Which it is, erased or hidden, nothing vouches for.
struct Parts {
  bool entry = false;   // the whole envelope
  bool common = false;  // all common fields
  FieldSet own;         // own fields
  bool payload = false;

  // Their words in their order: "entry", "common", names of fields, "payload".
  [[nodiscard]] std::vector<std::string_view> words() const;

  friend bool operator==(const Parts& a, const Parts& b) { return a.words() == b.words(); }
};

struct DisclosedEntry {
  std::uint64_t seq = 0;
  std::int64_t received = 0;
  Digest previous;
  Digest hash;  // as it is said to be: leaf_of tells

  std::optional<Digest> whole;   // E: nothing of the envelope is shown, and what follows is empty
  Envelope envelope;             // what is shown
  std::optional<Salt> salt;      // s(0) if the common fields are shown
  std::optional<Digest> common;  // F0 if they are not
  std::vector<Kept::Own> own;    // every own field it had; `erased`: it is not shown

  std::optional<Salt> salt_p;  // nothing: only P is known
  bool has_payload = false;    // there is one, and it is shown
  std::string payload;
  std::optional<Digest> payload_digest;  // P

  Parts erased;
  Parts hidden;

  // What the rest says is not shown.
  [[nodiscard]] Parts gaps() const;
};

// What the entry is in the tree; nothing if what it holds contradicts itself.
[[nodiscard]] std::optional<Leaf> leaf_of(const DisclosedEntry& entry, Committer& committer);

// Without a line end.
void append_disclosed_line(std::string& out, const DisclosedEntry& entry);

// Reads lines; keeps its buffers.
class DisclosedReader {
 public:
  // A line without its line end. The error is one of the whole line, and has no offset.
  [[nodiscard]] Parsed<DisclosedEntry> read(std::string_view line);

 private:
  base::JsonReader json_;
  std::string again_;
};

// The number that a line says its entry has, even if nothing else of it can be read.
[[nodiscard]] std::optional<std::uint64_t> number_of_line(std::string_view line) noexcept;

}  // namespace audit::event
