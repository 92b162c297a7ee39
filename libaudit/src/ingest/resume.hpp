// ingest/resume.hpp - where to go on in files of which the ledger may hold a part.
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/input.hpp"

namespace audit::ingest {

// What a ledger holds of each source, found in one walk over its entries.
class ResumePoints {
 public:
  explicit ResumePoints(const LedgerView& view);

  // The position behind the last record the ledger holds of an open file, if the file still has
  // these very bytes there; else 0.
  [[nodiscard]] std::uint64_t position(const Input& input) const;

 private:
  // The newest and the furthest records of one source, by sequence number.
  struct Last {
    std::vector<std::uint64_t> candidates;  // the furthest first
    std::int64_t furthest = -1;
  };

  const LedgerView& view_;
  std::unordered_map<std::string, Last> sources_;
};

}  // namespace audit::ingest
