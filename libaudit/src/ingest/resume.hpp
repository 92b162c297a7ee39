// ingest/resume.hpp - where to go on in files of which the ledger may hold a part.
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/input.hpp"
#include "ingest/redaction.hpp"

namespace audit::ingest {

// What a ledger holds of each source, found in one walk over its entries.
class ResumePoints {
 public:
  //   redaction   what this run masks with, or null; it and `view` outlive this
  ResumePoints(const LedgerView& view, Redaction* redaction);

  // The position behind the last record the ledger holds of an open file, if the file still has
  // these very bytes there; else 0. A record that was stored redacted is there if it would be stored
  // the same again, or if all of it is there that was not masked.
  //   throws    invalid_argument: it cannot be said whether the record is that one
  [[nodiscard]] std::uint64_t position(const Input& input) const;

 private:
  // The newest and the furthest records of one source, by sequence number.
  struct Last {
    std::vector<std::uint64_t> candidates;  // the furthest first
    std::int64_t furthest = -1;
    std::int64_t erased = -1;  // the position of the furthest whose bytes were erased
  };

  const LedgerView& view_;
  Redaction* redaction_;
  std::unordered_map<std::string, Last> sources_;
};

}  // namespace audit::ingest
