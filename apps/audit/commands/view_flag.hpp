// commands/view_flag.hpp - --view: how much of entries search and export show.
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace audit::cli {

// Adds --view full|redacted. `view` must live as long as `app`.
void add_view_flag(CLI::App& app, std::string& view);

//   throws    usage for a word that is none
[[nodiscard]] Disclosure parse_view(const std::string& view);

// In the redacted view: nothing may be asked whose answer would tell what is withheld.
//   text      of the question, for the mark under the part of it
//   throws    TextError
void check_view(Disclosure view, const Query& question, const std::string& text);

// The same of what entries are counted by, and of columns ("payload" is one).
//   throws    usage
void check_view(Disclosure view, const std::vector<Field>& fields);
void check_view(Disclosure view, const std::vector<std::string>& columns);

// For what shows content, or rests on it.
//   throws    usage, naming the flag
void refuse_redacted(Disclosure view, std::string_view flag);

}  // namespace audit::cli
