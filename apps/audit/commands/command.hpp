// commands/command.hpp - what a command is to the program: flags, words, help, and a function.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "exit_code.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace audit::cli {

struct Example {
  std::string_view command;
  std::string_view meaning;
};

struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};

// What a command takes beside flags.
struct WordRule {
  std::string_view usage;  // "[QUERY...]"
  std::string_view help;   // one line
  std::string_view kind;   // "FILE" or "QUERY": what a shell may complete
  std::size_t at_most = 0;
  bool may_begin_with_dash = false;  // -refund is a word, not the flags -r -e -f ...
};

struct Command {
  CLI::App* app = nullptr;  // holds name, summary and flags
  WordRule words;
  std::vector<std::string_view> paragraphs;
  std::vector<Example> examples;
  std::vector<ExitMeaning> exits;
  std::function<ExitCode(Context&, const std::vector<std::string>& words)> run;
};

}  // namespace audit::cli
