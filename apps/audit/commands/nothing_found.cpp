#include "commands/nothing_found.hpp"

#include <audit/facet.hpp>
#include <audit/field.hpp>
#include <audit/merged_search.hpp>
#include <audit/query.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ui/message.hpp"
#include "ui/style.hpp"

namespace audit::cli {

namespace {

constexpr std::string_view kNothingMatches = "nothing matches";

std::vector<std::string> split_blanks(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// A word as it is typed that stands for itself.
bool is_bare_word(std::string_view part) {
  return part != "AND" && part != "OR" && part != "NOT" && !part.starts_with('-') &&
         part.find_first_of(":\"()*") == std::string_view::npos;
}

// The first field with a value, and the first bare word: user:Petra Lindqvist.
void note_unquoted(Context& context, std::string_view question) {
  std::optional<std::string> asked;
  std::optional<std::string> word;
  for (const std::string& part : split_blanks(question)) {
    const std::size_t colon = part.find(':');
    const bool is_field = colon != std::string::npos && colon + 1 < part.size() &&
                          part.find_first_of("\"()*,<>.") == std::string::npos &&
                          find_field(std::string_view(part).substr(0, colon));
    if (is_field && !asked) asked = part;
    if (is_bare_word(part) && !word) word = part;
  }
  if (!asked || !word) return;
  const std::size_t colon = asked->find(':');
  print_note(context,
             fmt::format("read as {0} and the word {1}; a value with a blank in it is "
                         "quoted: '{2}:\"{3} {1}\"'",
                         *asked, *word, asked->substr(0, colon), asked->substr(colon + 1)));
}

std::vector<std::string> unknown_texts(std::span<const LedgerView> views, const Query& question) {
  std::vector<std::string> texts;
  for (const UnknownValue& unknown : unknown_values(views, question)) {
    std::string text =
        fmt::format("no entry has {} '{}'", name_of(unknown.field), escape_controls(unknown.value));
    if (!unknown.nearest.empty()) {
      text += fmt::format("; did you mean '{}'?", escape_controls(unknown.nearest));
    } else if (!unknown.known.empty()) {
      text += fmt::format("; there is {}",
                          escape_controls(fmt::format("{}", fmt::join(unknown.known, ", "))));
      if (unknown.known.size() == kMaxToldValues) text += " ...";
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

std::string nothing_text(std::string_view file) {
  if (file.empty()) return std::string(kNothingMatches);
  return fmt::format("nothing matches: {} was not written", file);
}

void note_own_entries(Context& context, std::span<const LedgerView> views,
                      const Question& question) {
  const Query& asked = question.query;
  if (context.globals.quiet || context.globals.json || asked.words().empty() ||
      asked.asks_for_system_entries() || asked.asks_about_calls()) {
    return;
  }
  const Query own = parse_query("type:sys.*", Timestamp())->and_also(asked);
  const std::uint64_t count = MergedSearch(views, own, {.stop = &context.stop}).count();
  if (count == 0 || context.stop) return;
  const bool has_or = question.text.find(" OR ") != std::string::npos;
  print_note(context,
             fmt::format("{} the program's own entries match{} too: "
                         "'type:sys.* {}' shows {}",
                         count == 1 ? "1 of" : grouped(count) + " of", count == 1 ? "es" : "",
                         has_or ? fmt::format("({})", question.text) : question.text,
                         count == 1 ? "it" : "them"));
}

void explain_nothing(Context& context, std::span<const LedgerView> views, const Question& question,
                     std::string_view what) {
  if (context.globals.quiet || context.globals.json) return;
  const std::vector<std::string> unknown = unknown_texts(views, question.query);
  // A value that no entry has says it already.
  if (unknown.empty() || what != kNothingMatches) print_note(context, what);
  for (const std::string& text : unknown) print_note(context, text);
  note_unquoted(context, question.text);
  note_own_entries(context, views, question);
}

}  // namespace audit::cli
