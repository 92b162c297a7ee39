// commands/flags.hpp - the kinds of flags there are, and what their values mean.
//
// Flags are kept as typed; the resolve step of each command turns them into what they mean, so that
// every message about a value reads the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace audit::cli {

// A flag without a value.
CLI::Option* add_switch(CLI::App& app, const std::string& names, bool& to, const std::string& help);

// A flag with a value; the last one given counts. `value` names it in the help: "FILE", "N", or the
// words it may be: "auto|jsonl".
CLI::Option* add_value(CLI::App& app, const std::string& names, std::string& to,
                       const std::string& value, const std::string& help);

// A flag that may be given several times.
CLI::Option* add_values(CLI::App& app, const std::string& names, std::vector<std::string>& to,
                        const std::string& value, const std::string& help);

// The number a flag holds.
//   throws    invalid_argument if `text` is not a whole number in [least, most]
[[nodiscard]] std::uint64_t parse_number(std::string_view flag, std::string_view text,
                                         std::uint64_t least, std::uint64_t most);

// What --limit holds.
//   throws    invalid_argument
[[nodiscard]] std::uint64_t parse_limit(std::string_view text);

// Checks that `text` is one of `words`.
//   throws    invalid_argument, with the nearest word
void check_word(std::string_view flag, std::string_view text,
                const std::vector<std::string>& words);

// "a,b,c" in parts; empty parts are left out.
[[nodiscard]] std::vector<std::string> split_commas(std::string_view text);

}  // namespace audit::cli
