// redact/masker.hpp - finds what is to be masked in a text.
//
// In time that grows with the text and not faster, whatever the text and whatever the pattern.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace audit::redact {

// Some of the patterns of a Masker, one bit for each.
using Patterns = std::uint64_t;

// Bytes [begin, end) of a text, and which pattern found them.
struct Found {
  std::size_t begin;
  std::size_t end;
  std::uint32_t pattern;
};

// Adds those of `more` that overlap none of `found`. Both ascend and do not overlap; nor does what
// comes out.
void add_apart(std::vector<Found>& found, const std::vector<Found>& more);

// Threads   one at a time per object
class Masker {
 public:
  //   wanted    kinds (redact/kinds.hpp), "all" of them, or NAME=PATTERN
  //   throws    invalid_argument: no such kind, or no pattern
  explicit Masker(const std::vector<std::string>& wanted);
  Masker(Masker&&) noexcept;
  Masker& operator=(Masker&&) noexcept;
  ~Masker();

  // Those that may find something in a text, or in a piece of it between quotation marks; all others
  // find nothing, for sure.
  [[nodiscard]] Patterns candidates(std::string_view text) const;

  // Those that are looked for in ids, too.
  [[nodiscard]] Patterns in_ids() const noexcept;

  // Those that the user wrote.
  [[nodiscard]] Patterns own() const noexcept;

  // The one that takes the whole value of a member that names a secret; none, if not wanted.
  [[nodiscard]] Patterns by_name() const noexcept;

  // What these find in a text, ascending. Where two overlap, all of both is one, of the first rank.
  void find(std::string_view text, Patterns which, std::vector<Found>& found) const;

  // The kind of what a pattern finds.
  [[nodiscard]] const std::string& name(std::uint32_t pattern) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::redact
