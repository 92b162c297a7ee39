// help.hpp - what -h, --help and the hidden --describe-cli print, made from the tree of flags.
//
// `width` is where lines are broken.
#pragma once

#include <string>
#include <vector>

#include "commands/command.hpp"

namespace audit::cli {

// One screen: the commands and the global flags.
[[nodiscard]] std::string short_help(const CLI::App& root, const std::vector<Command>& commands,
                                     std::size_t width);
// With examples, exit codes, environment and files.
[[nodiscard]] std::string full_help(const CLI::App& root, const std::vector<Command>& commands,
                                    std::size_t width);

// The flags of one command.
[[nodiscard]] std::string short_help(const CLI::App& root, const Command& command,
                                     std::size_t width);
// With description, global flags, examples and exit codes.
[[nodiscard]] std::string full_help(const CLI::App& root, const Command& command,
                                    std::size_t width);

// The whole tree as one JSON object (audit.cli/1): completions and tests are made from it.
[[nodiscard]] std::string describe(const CLI::App& root, const std::vector<Command>& commands);

}  // namespace audit::cli
