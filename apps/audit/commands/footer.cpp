#include "commands/footer.hpp"

#include <audit/text.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "known_index.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

// So few entries are no segment of the index yet (ledger/index_builder.cpp): no lack of it.
constexpr std::uint64_t kWorthSaying = 256;

std::string searched_text(const SearchStatistics& statistics) {
  std::string text = fmt::format("searched all {}", counted(statistics.size, "entry", "entries"));
  if (statistics.ledgers != 1) text += fmt::format(" in {} ledgers", statistics.ledgers);
  if (!statistics.index_note.empty()) {
    if (statistics.ledgers != 1) text += fmt::format(", {} of these", statistics.without_index);
    return text + fmt::format(" without the index: {}", index_note_text(statistics));
  }
  if (statistics.not_indexed >= kWorthSaying * statistics.ledgers) {
    text += fmt::format(", {} of them not yet indexed", statistics.not_indexed);
  }
  return text;
}

// Whether every part of the index that was believed was made or verified here, by what it says it is:
// a search that proves nothing does not look. Of several ledgers nothing is said.
bool is_known_index(const Context& context, const OpenLedgers& ledgers,
                    const SearchStatistics& statistics) {
  if (statistics.index_segments.empty() || ledgers.views.size() != 1) return true;
  const LedgerView& view = ledgers.views.front();
  KnownIndex known = KnownIndex::read(context, view.ledger_id());
  const auto hash_of = [&view](std::uint64_t seq) { return view.hash(seq); };
  return std::ranges::all_of(statistics.index_segments, [&](const IndexSegment& segment) {
    return known.find(segment, hash_of) != nullptr;
  });
}

}  // namespace

void print_footer(Context& context, const OpenLedgers& ledgers, const SearchStatistics& statistics,
                  std::uint64_t shown, bool more) {
  if (context.globals.quiet || !context.out.is_terminal() || !context.err.is_terminal()) return;
  std::string text = shown == 0 ? "no entry matches" : counted(shown, "entry", "entries");
  if (more) text += ", and there are more (-n 0 shows all)";
  text += "; " + searched_text(statistics);
  if (!is_known_index(context, ledgers, statistics)) {
    text += "; index not verified (audit verify does)";
  }
  text = wrap(text, 0, wrap_width(context.err));
  context.err.print("{}\n", context.err_style().paint(Tone::dim, text));
  context.err.flush();
}

std::string index_note_text(const SearchStatistics& statistics) {
  if (statistics.without_index < 2) return escape_controls(statistics.index_note);
  return fmt::format("{}, and in {} more", escape_controls(statistics.index_note),
                     statistics.without_index - 1);
}

}  // namespace audit::cli
