// commands/filters.hpp - the question of search and export: query words and filter flags, as one.
#pragma once

#include <audit/query.hpp>
#include <audit/runs.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

struct FilterFlag {
  std::string_view field;  // the flag is --field
  std::string_view value;
  std::string_view help;
};

inline constexpr std::array<FilterFlag, 12> kFilterFlags = {{
    {"agent", "NAME", "who acted"},
    {"team", "NAME", "the agent's team"},
    {"user", "NAME", "for whom"},
    {"session", "ID", "one session or conversation"},
    {"type", "KIND", "what happened: tool.call, approval, error ..."},
    {"tool", "NAME", "which tool"},
    {"policy", "NAME", "under which policy"},
    {"decision", "allow|deny|modify|ask|warn|abort|unknown", "what was decided"},
    {"environment", "NAME", "where: prod, staging ..."},
    {"risk", "low|medium|high|critical", "how risky"},
    {"since", "TIME", "from this time on: 2026-07-01, 7d, yesterday"},
    {"until", "TIME", "before this time"},
}};

// As typed, in the order of kFilterFlags.
using Filters = std::array<std::vector<std::string>, kFilterFlags.size()>;

// Adds the filter flags. `filters` must live as long as `app`.
void add_filters(CLI::App& app, Filters& filters);

struct Question {
  Query query;
  std::string text;  // as a query, for documents; empty if everything is asked for
};

// The words, joined by spaces, are one query; each filter must hold too. A filter given twice means
// either of the values, but of --since and --until the last counts.
//   throws    TextError with the query or the value that was not understood
[[nodiscard]] Question make_question(const Context& context, const std::vector<std::string>& words,
                                     const Filters& filters);

// The same where runs are asked for: a filter, too, is about their entries.
[[nodiscard]] RunQuery make_run_question(const Context& context,
                                         const std::vector<std::string>& words,
                                         const Filters& filters);

}  // namespace audit::cli
