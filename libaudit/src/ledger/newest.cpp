#include "ledger/newest.hpp"

#include <algorithm>
#include <string>

#include "ledger/index.hpp"

namespace audit::ledger {

namespace {

// So many entries are read sooner than the index is opened.
constexpr std::uint64_t kFewEntries = 4096;

std::optional<std::uint64_t> scan(const LedgerView& view, std::string_view type,
                                  SequenceRange range) {
  if (range.first >= range.last) return std::nullopt;
  EntryCursor cursor = view.entries(range, Order::newest_first, {Field::type}, false);
  while (cursor.next()) {
    if (cursor.entry().envelope.text(Field::type) == type) return cursor.entry().seq;
  }
  return std::nullopt;
}

// The index, if it is worth it and there is one that can be read.
std::optional<IndexView> open_index(const LedgerView& view, std::uint64_t first) {
  if (first > view.size() || view.size() - first <= kFewEntries) return std::nullopt;
  std::string why_not;
  try {
    return IndexView::open(view, why_not);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    return std::nullopt;
  }
}

// What the index says of the entries before its watermark.
std::optional<std::uint64_t> look_up(IndexView& index, std::string_view type) {
  EntryList list;
  for (std::size_t segment = index.segment_count(); segment > 0; --segment) {
    index.field(segment - 1, Field::type, type, list);
    if (!list.empty()) return index.range(segment - 1).first + list.back();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> newest_of_type(const LedgerView& view, std::string_view type,
                                            std::uint64_t first) {
  std::optional<IndexView> index = open_index(view, first);
  const std::uint64_t watermark = index ? index->watermark() : 0;
  const std::uint64_t unknown = std::max(first, watermark);
  if (const auto found = scan(view, type, {unknown, view.size()})) return found;
  if (!index || first >= watermark) return std::nullopt;
  try {
    std::optional<std::uint64_t> found = look_up(*index, type);
    // Whoever wrote the index, it cannot make an entry be of another type.
    if (!found || scan(view, type, {*found, *found + 1})) {
      if (found && *found < first) found.reset();
      return found;
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
  }
  return scan(view, type, {first, unknown});
}

}  // namespace audit::ledger
