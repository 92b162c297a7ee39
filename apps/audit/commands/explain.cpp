#include "commands/explain.hpp"

#include <audit/text.hpp>

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "commands/footer.hpp"
#include "ui/json.hpp"

namespace audit::cli {

namespace {

// "    all of\n      ..." of lines that are safe to print.
std::string indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text += fmt::format("    {}\n", escape_controls(lines.substr(0, end)));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return text;
}

std::string index_text(const SearchStatistics& statistics) {
  if (!statistics.index_asked) return "not asked: so few entries are read faster";
  if (statistics.indexed == 0) return "not used: " + index_note_text(statistics);
  std::string text = fmt::format("{} asked; of their entries {} surely match, {} may",
                                 counted(statistics.segments, "segment", "segments"),
                                 grouped(statistics.sure), grouped(statistics.unsure));
  if (!statistics.index_note.empty())
    text += (statistics.ledgers == 1 ? "; " : "; not used: ") + index_note_text(statistics);
  return text;
}

std::string scanned_text(const SearchStatistics& statistics) {
  if (statistics.not_indexed == 0) return {};
  if (statistics.ledgers != 1) {
    return fmt::format("{} behind the index", counted(statistics.not_indexed, "entry", "entries"));
  }
  return fmt::format("entries {} to {} are not in the index", statistics.indexed,
                     statistics.size - 1);
}

std::string as_object(const Query& question, const SearchStatistics& statistics,
                      std::chrono::nanoseconds took) {
  JsonObject object;
  object.add("schema", "audit.explain/1").add("question", question.outline());
  if (statistics.ledgers != 1) object.add("ledgers", statistics.ledgers);
  object.add("size", statistics.size).add("indexed", statistics.indexed);
  object.add("index_asked", statistics.index_asked).add("index_note", statistics.index_note);
  object.add("segments", statistics.segments).add("sure", statistics.sure);
  object.add("unsure", statistics.unsure).add("rows_read", statistics.rows_read);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  return object.add("microseconds", static_cast<std::uint64_t>(microseconds)).str();
}

}  // namespace

void print_explanation(Context& context, const Query& question, const SearchStatistics& statistics,
                       std::chrono::nanoseconds took, bool as_json) {
  context.out.flush();
  if (as_json) return context.err.print("{}\n", as_object(question, statistics, took));
  const auto line = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) context.err.print("  {:<9} {}\n", name, escape_controls(text));
  };
  context.err.print("  question\n{}", indented(question.outline()));
  line("index", index_text(statistics));
  line("scan", scanned_text(statistics));
  line("read",
       fmt::format(
           "{} of {} entries{}", grouped(statistics.rows_read), grouped(statistics.size),
           statistics.ledgers == 1 ? "" : fmt::format(" in {} ledgers", statistics.ledgers)));
  line("time", fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(took).count()));
}

}  // namespace audit::cli
