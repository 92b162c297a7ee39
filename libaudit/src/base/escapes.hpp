// base/escapes.hpp - text with backslashes as it is meant, and where each byte of it was written.
//
// JSON in a string of JSON is escaped twice, so there are levels: level 1 is what a reader of the
// string sees, level 2 what a reader of the JSON in it sees, and so on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audit::base {

// Keeps its buffers.
class Escapes {
 public:
  static constexpr std::size_t kMaxLevels = 4;

  // Reads `written` as far as there is something to unescape.
  //   with_places   place() will be asked
  //   returns       the number of levels; 0 if nothing is escaped
  //   requires      fewer than 2^32 bytes
  std::size_t read(std::string_view written, bool with_places);

  //   requires  1 <= level <= what read() returned
  [[nodiscard]] std::string_view text(std::size_t level) const { return levels_[level - 1].text; }

  // The same bytes as they are written: escapes are taken whole.
  //   range   from `begin` to before `end`; not empty
  template <class Range>
  [[nodiscard]] Range place(std::size_t level, Range range) const {
    for (; level > 0; --level) {
      range.begin = levels_[level - 1].place_of(range.begin, false);
      range.end = levels_[level - 1].place_of(range.end - 1, true);
    }
    return range;
  }

 private:
  // One escape: so many bytes of text for so many that are written.
  struct Escape {
    std::uint32_t text;
    std::uint32_t written;
    std::uint8_t text_size;
    std::uint8_t written_size;
  };

  struct Level {
    std::string text;
    std::vector<Escape> escapes;

    bool read(std::string_view written, bool with_places);
    [[nodiscard]] std::size_t place_of(std::size_t at, bool is_end) const;
    [[nodiscard]] const Escape* before(std::size_t at) const;
  };

  std::array<Level, kMaxLevels> levels_;
};

}  // namespace audit::base
