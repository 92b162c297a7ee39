// ledger/index_segments.hpp - whether the segments of an index may be believed.
//
// What a search believes, verify compares or calls a finding.
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"

namespace audit::ledger {

struct IndexSegments {
  std::vector<IndexFile::Object> objects;  // without the bytes of their footers
  std::vector<SegmentFooter> footers;      // of these
  std::string why_not;                     // not empty: nobody uses this index

  // Entries [0, watermark()) are in segments.
  [[nodiscard]] std::uint64_t watermark() const noexcept {
    return objects.empty() ? 0 : objects.back().last;
  }
};

// The stored hash of an entry.
using HashOf = std::function<std::optional<Digest>(std::uint64_t seq)>;

// Every footer can be read, the segments follow each other from entry 0 without gaps, the last ends
// within the ledger and names the hash of its last entry. A builder adds to an index only what
// belongs behind its last segment: if that one is of this history, the ones before it are, too,
// unless someone else put them there.
//   objects   of `file`
//   size      entries of the ledger
[[nodiscard]] IndexSegments accept_segments(const IndexFile& file,
                                            std::vector<IndexFile::Object> objects,
                                            std::uint64_t size, const HashOf& hash_of);

// What shows that someone did; else empty. A search does not ask (one look into the evidence for each
// segment is a tenth of its time): a builder does, and starts over; verify does, and calls it a finding.
//   segments   accepted ones
[[nodiscard]] std::string forged_segment(const IndexSegments& segments, const HashOf& hash_of);

}  // namespace audit::ledger
