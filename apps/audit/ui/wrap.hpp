// ui/wrap.hpp - text broken between words, so that a terminal does not break it within one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audit::cli {

class Output;

// Where what goes to `out` is to be broken: the width of its terminal, at most 80 columns and never
// too few to read; nowhere in a pipe.
[[nodiscard]] std::size_t wrap_width(const Output& out);

// `text` broken between words into lines that end before `width`. The first begins behind `indent`
// columns that are there already, the others get that many blanks. A longer word is left whole.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t indent, std::size_t width);

// ASCII lines that are laid out already: those beyond `width` are broken, and go on below their last
// column (what follows two blanks), or a little further in.
[[nodiscard]] std::string wrap_lines(std::string_view text, std::size_t width);

}  // namespace audit::cli
