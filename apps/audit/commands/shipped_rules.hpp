// commands/shipped_rules.hpp - prints the sets of rules that come with the program.
#pragma once

#include <string>
#include <string_view>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// What stands before the name of a set whose text is asked for.
inline constexpr std::string_view kShow = "show:";

// Each set, and below it what each of its rules is about; as JSON one object a line.
ExitCode list_rules(Context& context);

// The text of one, to be read, copied and changed.
//   throws   invalid_argument: none is called so
ExitCode show_rules(Context& context, const std::string& name);

}  // namespace audit::cli
