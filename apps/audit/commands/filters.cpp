#include "commands/filters.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/flags.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

bool is_time(std::string_view field) { return field == "since" || field == "until"; }

// What was typed for one filter, as one value: a comma separates alternatives.
std::string joined(std::string_view field, const std::vector<std::string>& values) {
  return is_time(field) ? values.back() : fmt::format("{}", fmt::join(values, ","));
}

// As it would be written in a query; quoted where it would not be one word.
std::string query_form(std::string_view field, const std::string& value) {
  const bool plain = value.find_first_of(" \t\"()") == std::string::npos;
  return plain ? fmt::format("{}:{}", field, value) : fmt::format("{}:\"{}\"", field, value);
}

// What the filter flags ask; `text` gets the same as a query.
Query filters_question(Timestamp now, const Filters& filters, std::string& text) {
  Query question;
  for (std::size_t i = 0; i < kFilterFlags.size(); ++i) {
    if (filters[i].empty()) continue;
    const std::string_view field = kFilterFlags[i].field;
    const std::string value = joined(field, filters[i]);
    const Parsed<Query> filter = make_filter(field, value, now);
    if (!filter) throw TextError(value, filter.error());
    question = question.and_also(*filter);
    if (!text.empty()) text += ' ';
    text += query_form(field, value);
  }
  return question;
}

}  // namespace

void add_filters(CLI::App& app, Filters& filters) {
  for (std::size_t i = 0; i < kFilterFlags.size(); ++i) {
    const FilterFlag& flag = kFilterFlags[i];
    add_values(app, fmt::format("--{}", flag.field), filters[i], std::string(flag.value),
               std::string(flag.help))
        ->group("Filters")
        ->configurable(false);
  }
}

Question make_question(const Context& context, const std::vector<std::string>& words,
                       const Filters& filters) {
  const Timestamp now = context.clock();
  Question question{{}, fmt::format("{}", fmt::join(words, " "))};
  const Parsed<Query> query = parse_query(question.text, now);
  if (!query) throw TextError(question.text, query.error());
  question.query = query->and_also(filters_question(now, filters, question.text));
  return question;
}

RunQuery make_run_question(const Context& context, const std::vector<std::string>& words,
                           const Filters& filters) {
  const Timestamp now = context.clock();
  std::string text = fmt::format("{}", fmt::join(words, " "));
  const Parsed<RunQuery> query = parse_run_query(text, now);
  if (!query) throw TextError(text, query.error());
  return query->and_also(filters_question(now, filters, text));
}

}  // namespace audit::cli
