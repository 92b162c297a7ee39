// commands/export_answers.hpp - the answers of a query in one of the library's formats: to a file, a
// folder, a pipe or a receiver, once or as they come.
#pragma once

#include <string>
#include <vector>

#include "commands/export_flags.hpp"
#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

//   returns   no: nothing matches, and no file was made
[[nodiscard]] ExitCode export_answers(Context& context, const ExportFlags& flags,
                                      const std::vector<std::string>& words);

}  // namespace audit::cli
