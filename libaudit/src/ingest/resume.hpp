// ingest/resume.hpp - where to go on in files of which the ledger may hold a part.
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

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
  //   throws    invalid_argument: it cannot be said whether the record is that one, or whether what
  //             stands behind it was erased
  [[nodiscard]] std::uint64_t position(const Input& input) const;

 private:
  // The last records of one source, by sequence number. The newest say where reading stopped, also in
  // a file that is shorter than the one before it; the furthest, where that one has come back.
  struct Last {
    std::deque<std::uint64_t> newest;    // the oldest first
    std::deque<std::uint64_t> furthest;  // by position
    std::int64_t end = -1;               // the position of the furthest
    std::int64_t erased = -1;            // of the furthest whose bytes were erased
    bool erased_is_line = true;          // and not a document, or all of a file
    bool is_followed_by_erased = false;  // entries that nothing but their hash is left of
  };

  const LedgerView& view_;
  Redaction* redaction_;
  std::unordered_map<std::string, Last> sources_;
};

}  // namespace audit::ingest
