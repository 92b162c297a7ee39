// verify/outcome.hpp - from findings and gaps to a report: verdict, levels, checks, limits.
#pragma once

#include <audit/verify.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verify/findings.hpp"

namespace audit::verify {

// What became of the checks, beside the findings.
struct Outcome {
  explicit Outcome(std::uint64_t max_findings) : findings(max_findings) {}

  Findings findings;
  std::vector<std::string> limits;    // whole sentences
  std::vector<std::string> unusable;  // why something that had to be known could not be: sentences

  bool could_begin = false;  // it is a ledger of this version, and its schema is right
  bool was_read = false;     // all entries were
  bool has_keys = false;     // keys were given
  bool is_signed = false;    // by a key from outside, or one that a kept checkpoint vouches for
  bool has_known = false;
  bool is_anchored = false;
  bool has_policy = false;
  bool is_witnessed = false;  // a known head that the ledger extends met the quorum
  bool checked_structure = false;
  bool checked_index = false;
  bool has_no_index = false;

  // What the checks looked at, for their details.
  std::string file;
  std::string entries;
  std::string tree;
  std::string checkpoints;
  std::string erasures;
  std::string words;
  std::string structure;
  std::string index;
  std::string known;
  std::string witnesses;
  std::vector<Check> time_stamps;
};

// Fills verdict, level, findings, limits and checks.
void conclude(Outcome&& outcome, VerifyReport& report);

}  // namespace audit::verify
