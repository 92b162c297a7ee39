// match/slips.hpp - values of a question that no entry will ever have, or hardly: slips of the finger.
//
// A search says beside its empty answer what the ledger holds; who asks about what is still to come
// has no answer to wonder at.
#pragma once

#include <audit/field.hpp>

#include <string>
#include <vector>

#include "match/query.hpp"

namespace audit::match {

struct Slip {
  Field field;
  std::string value;
  std::string nearest;  // what may have been meant; empty if nothing is near
  bool is_impossible;   // the field has a closed list of words; else it is a kind like a known one
  Span span;            // of the test
};

// In the order of the question.
[[nodiscard]] std::vector<Slip> slips_in(const Node& root);

}  // namespace audit::match
