// ui/table.hpp - columns that fit the terminal; in a pipe whole values, two spaces apart.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ui/style.hpp"

namespace audit::cli {

struct Column {
  std::size_t widest = 24;  // columns of the terminal it may take
  bool right_aligned = false;
  bool grows = false;       // takes what the others leave; at most one does
  std::size_t least = 28;   // of the one that grows, before others are left out
  unsigned expendable = 0;  // left out when room is short, the highest first; 0 never
};

struct Cell {
  std::string text;  // has been through escape_controls
  Tone tone = Tone::plain;
  std::span<const std::string> hits = {};  // words to highlight in it
};

using Row = std::vector<Cell>;

class Table {
 public:
  // `width` is the terminal's; nothing means a pipe: no padding, nothing cut.
  Table(std::vector<Column> columns, std::optional<std::size_t> width, Style style);

  // Chooses the column widths from some rows; later rows are cut to them.
  void fit(std::span<const Row> rows);

  // One line without a line end.
  [[nodiscard]] std::string line(const Row& row) const;

  // Columns of the terminal before column `index`, and how many it has.
  [[nodiscard]] std::size_t start_of(std::size_t index) const;

  [[nodiscard]] std::size_t width_of(std::size_t index) const { return widths_[index]; }

 private:
  [[nodiscard]] std::size_t room_left() const;
  void drop_until_it_fits(std::size_t grower);
  [[nodiscard]] std::string piped_line(const Row& row) const;

  std::vector<Column> columns_;
  std::optional<std::size_t> width_;
  Style style_;
  std::vector<std::size_t> widths_;  // 0: the column is left out
  std::size_t least_ = 0;            // what the one that grows needs before others are left out
};

// Text with the places that hold one of `words` painted as hits, the rest in `tone`.
[[nodiscard]] std::string paint_hits(const Style& style, Tone tone, std::string_view text,
                                     std::span<const std::string> words);

}  // namespace audit::cli
