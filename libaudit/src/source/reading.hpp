// source/reading.hpp - one value of the input, read as a row of the synonym table wants it.
#pragma once

#include <string_view>

#include "source/hits.hpp"
#include "source/scalar.hpp"
#include "source/synonyms.hpp"
#include "source/vocabulary.hpp"

namespace audit::source {

// A short name on one line; anything longer is content.
[[nodiscard]] bool is_label(std::string_view text) noexcept;

struct Candidate {
  Found found = Found::nothing;
  Hit hit;  // if found == value; its rank is left to the caller
};

// Reads `scalar` as `reading` says. Texts of the result view the scalar's, or are static; the
// digits of a number kept as text go into `hits`.
[[nodiscard]] Candidate read(Reading reading, const Scalar& scalar, Vocabulary& words, Hits& hits);

}  // namespace audit::source
