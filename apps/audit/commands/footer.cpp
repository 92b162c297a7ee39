#include "commands/footer.hpp"

#include <audit/text.hpp>

#include <fmt/format.h>

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

}  // namespace

void print_footer(Context& context, const SearchStatistics& statistics, std::uint64_t shown,
                  bool more) {
  if (context.globals.quiet || !context.out.is_terminal() || !context.err.is_terminal()) return;
  std::string text = shown == 0 ? "no entry matches" : counted(shown, "entry", "entries");
  if (more) text += ", and there are more (-n 0 shows all)";
  text = wrap(text + "; " + searched_text(statistics), 0, wrap_width(context.err));
  context.err.print("{}\n", context.err_style().paint(Tone::dim, text));
  context.err.flush();
}

std::string index_note_text(const SearchStatistics& statistics) {
  if (statistics.without_index < 2) return escape_controls(statistics.index_note);
  return fmt::format("{}, and in {} more", escape_controls(statistics.index_note),
                     statistics.without_index - 1);
}

}  // namespace audit::cli
