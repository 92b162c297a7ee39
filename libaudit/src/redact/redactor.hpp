// redact/redactor.hpp - takes personal data and secrets out of a record, before anything sees it.
//
// In JSON only strings, names and numbers are changed, each where it stands, and JSON stays JSON, also in a string; in
// protobuf what is put there has the length of what was there. What names an entry or a call (ids,
// hashes) is left alone, or nothing could be joined any more; but for e-mail addresses and keys, which
// are no ids. There is no way around: what cannot be read as what it seems is masked as text.
//
// Threads   one at a time per object
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "redact/finder.hpp"

namespace audit::redact {

// How many texts of each kind were masked.
using Counts = std::map<std::string, std::uint64_t, std::less<>>;

// How every marker begins, also one that was cut.
inline constexpr std::string_view kMarkerStart = "[redact";

class Redactor {
 public:
  //   wanted    kinds (redact/kinds.hpp), "all" of them, or NAME=PATTERN
  //   throws    invalid_argument: no such kind, or no pattern
  explicit Redactor(const std::vector<std::string>& wanted) : finder_(wanted) {}

  // A line, or a whole input that is JSON. Each find becomes a marker such as [redacted:email].
  //   out       set if anything was found
  //   counts    added to
  //   returns   whether anything was found
  [[nodiscard]] bool redact(std::string_view record, std::string& out, Counts& counts);

  // A request of OTLP in protobuf, or bytes that were taken for one. Markers are cut to the length of
  // what they stand for, or filled up with '*'.
  [[nodiscard]] bool redact_protobuf(std::string_view record, std::string& out, Counts& counts);

  // Names of the user's patterns that were found in ids so far, which are left as they are.
  [[nodiscard]] std::vector<std::string> left_in_ids() const;

 private:
  // Bytes [begin, end) of the record, and what to put there.
  struct Patch {
    std::size_t begin;
    std::size_t end;
    std::uint32_t pattern;
    std::size_t quote;      // a number must become a string: how its quotation marks are written
    std::uint32_t of_name;  // 0: no name of a member; else which one of the record's
  };

  [[nodiscard]] bool find_in_json(std::string_view record, Patterns which);
  void patch_string(std::string_view written, std::size_t begin);
  void find_in_text(std::string_view record, Patterns which);
  void apply(std::string_view record, std::string& out, Counts& counts) const;

  Finder finder_;
  std::vector<Patch> patches_;
  std::vector<Found> found_;
};

}  // namespace audit::redact
