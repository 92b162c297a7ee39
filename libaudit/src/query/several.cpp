#include "query/several.hpp"

#include <string>

#include <fmt/format.h>

namespace audit::query {

void throw_naming(const LedgerView& view, const Error& error) {
  const std::string file = view.file().string();
  if (error.message().find(file) != std::string::npos) throw Error(error);
  throw Error(error.code(), fmt::format("{}: {}", file, error.message()), error.hint());
}

void add_to(SearchStatistics& sum, const SearchStatistics& one, const LedgerView& view,
            std::size_t ledgers) {
  if (!one.index_note.empty()) {
    if (sum.without_index == 0) {
      sum.index_note = ledgers < 2 ? one.index_note
                                   : fmt::format("{}: {}", view.file().string(), one.index_note);
    }
    ++sum.without_index;
  }
  ++sum.ledgers;
  sum.size += one.size;
  sum.indexed += one.indexed;
  sum.not_indexed += one.not_indexed;
  sum.rows_read += one.rows_read;
  sum.judged_by_ids += one.judged_by_ids;
  sum.not_judged += one.not_judged;
  sum.index_asked = sum.index_asked || one.index_asked;
  sum.segments += one.segments;
  sum.sure += one.sure;
  sum.unsure += one.unsure;
  if (ledgers < 2) sum.index_segments = one.index_segments;
}

}  // namespace audit::query
