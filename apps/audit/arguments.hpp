// arguments.hpp - tells the words of a command line from its flags, before CLI11 reads the flags.
//
// CLI11 alone would take a word for a flag (-leak as -l eak), a word for a command, cut words at
// brackets and commas, and give `--flag=` the next word. So it gets flags and values only.
#pragma once

#include <string>
#include <vector>

#include "commands/command.hpp"

namespace audit::cli {

struct Arguments {
  const Command* command = nullptr;  // none was given
  std::vector<std::string> flags;  // global ones, the command, its own; each value its own element
  std::vector<std::string> words;
};

// Sorts what was typed (without the program's name).
//   throws    invalid_argument: unknown command or flag (with the nearest), missing or needless
//             value, too many words
[[nodiscard]] Arguments sort_arguments(const CLI::App& root, const std::vector<Command>& commands,
                                       const std::vector<std::string>& typed);

}  // namespace audit::cli
