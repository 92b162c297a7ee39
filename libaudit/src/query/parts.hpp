// query/parts.hpp - the stretches in which a question is answered, and what the index knows of each.
//
// Errors    throws damaged, io of the ledger; where the index is damaged, a part is to be scanned
// Threads   one
#pragma once

#include <audit/ledger.hpp>
#include <audit/query.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "ledger/index.hpp"
#include "match/query.hpp"
#include "query/plan.hpp"

namespace audit::query {

// So few rows are read faster than the index is opened.
inline constexpr std::uint64_t kFewRows = 256;

// Where the index names more than one in so many rows, all are read in a row: going to a single one
// costs about as much as reading on over that many.
inline constexpr std::uint64_t kDense = 4;

// What has to be scanned is cut into stretches of so many rows, so that what was learnt in one
// (that few rows are answers) helps in the next.
inline constexpr std::uint64_t kStretch = 8192;

// True if the ledger's own entries are to be left out.
[[nodiscard]] bool hides_system_entries(const Query& question, const SearchOptions& options);

// The entries of the view that may be answers, by their numbers alone.
[[nodiscard]] SequenceRange range_of(const LedgerView& view, const Query& question,
                                     const SearchOptions& options);

struct Part {
  static constexpr std::size_t kNoSegment = std::numeric_limits<std::size_t>::max();

  SequenceRange range;
  std::size_t segment = kNoSegment;
  std::optional<Known> known;     // within the range; nothing: it has to be scanned
  std::uint64_t known_first = 0;  // the number of the ledger's entry that is known's 0
};

class Parts {
 public:
  //   view, statistics   outlive this object; the latter is filled as the index is used
  //   range              the entries that are asked about
  //   options            its order, use_index and explain matter
  Parts(const LedgerView& view, SequenceRange range, const SearchOptions& options,
        SearchStatistics& statistics);

  [[nodiscard]] bool empty() const noexcept { return parts_.empty(); }

  // Takes the next part and asks the index about it.
  //   requires  !empty()
  [[nodiscard]] Part take(const match::Node* question);

  //   requires  a part with `known` was taken
  [[nodiscard]] ledger::IndexView& index() { return *index_; }

 private:
  void add(const SequenceRange& whole, std::size_t segment);
  void doubt_erased(Part& part);
  void explain(const Known& known);

  const LedgerView& view_;
  SequenceRange range_;
  bool explains_;
  SearchStatistics& statistics_;
  std::optional<ledger::IndexView> index_;
  std::vector<Part> parts_;  // still to do; the next one is the last
  ledger::EntryList erased_;
};

}  // namespace audit::query
