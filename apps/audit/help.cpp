#include "help.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ui/json.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kHelpColumn = 27;  // where the explanation of a flag begins

constexpr std::string_view kIntroduction =
    "audit keeps what AI agents did in one file that an outsider can search, and "
    "can prove nobody edited. No server is run; nobody has to trust the one before.";

constexpr std::string_view kRootExamples =
    "Examples\n"
    "  audit init                             make ./audit.ledger and its key\n"
    "  agent | audit ingest                   record what an agent prints\n"
    "  audit verify --known kept.checkpoint   prove that nothing was changed or cut\n"
    "  audit search decision:deny since:7d    what was refused this week\n"
    "  audit export --pdf -o q3.pdf 'agent:billing-* since:2026-07-01'\n";

constexpr std::string_view kRootExits =
    "Exit status\n"
    "  0    yes: found, done, intact\n"
    "  1    no: tampering, rollback or a fork; or nothing matched\n"
    "  2    the command line, a query or a time was not understood\n"
    "  3    finished, but not all of it: ingest --strict, verify --require\n"
    "  4    ingest stopped because a rule with the action halt matched\n"
    "  65   not a ledger, an unknown version, or damage\n"
    "  66 not found  70 our bug  73 exists already  74 input or output failed\n"
    "  75 busy  77 permission  78 configuration  130 interrupted\n";

constexpr std::string_view kRootFiles =
    "Environment\n"
    "  AUDIT_LEDGER   the ledger, where -l is not given\n"
    "  AUDIT_CONFIG   the configuration file; empty: none\n"
    "  AUDIT_STATE    the folder for what is remembered of indexes; empty: nothing is\n"
    "  AUDIT_PAGER, PAGER, NO_COLOR, CLICOLOR_FORCE, SOURCE_DATE_EPOCH: see audit(1)\n"
    "\n"
    "Files\n"
    "  $XDG_CONFIG_HOME/agent-audit/config.toml, /etc/agent-audit/config.toml\n"
    "  $XDG_STATE_HOME/agent-audit/index/*\n";

// "-n, --limit N"; long-only flags are indented so that all long names stand below each other.
// What a flag's value is called; of a long list of words the first ones.
std::string shown_value(const CLI::Option& option) {
  constexpr std::size_t kMost = 40;
  const std::string value = option.get_type_name();
  if (value.size() <= kMost) return value;
  const std::size_t end = value.rfind('|', kMost / 2);
  return end == std::string::npos ? value : value.substr(0, end) + "|...";
}

std::string signature(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += fmt::format("-{}, ", name);
  if (text.empty()) text = "    ";
  for (const std::string& name : option.get_lnames()) text += fmt::format("--{}", name);
  if (option.get_lnames().empty()) text.resize(text.size() - 2);
  if (option.get_items_expected_max() > 0) text += fmt::format(" {}", shown_value(option));
  return text;
}

std::string item(std::string_view name, std::string_view help, std::size_t width) {
  std::string line = fmt::format("  {}", name);
  if (line.size() + 2 > kHelpColumn) {
    line += fmt::format("\n{:{}}", "", kHelpColumn);
  } else {
    line.resize(kHelpColumn, ' ');
  }
  return line + wrap(help, kHelpColumn, width) + '\n';
}

bool is_hidden(const CLI::Option& option) { return option.get_group().empty(); }

// The visible flags of `app`, group by group in the order they were added.
std::string flag_lists(const CLI::App& app, std::string_view heading_of_default,
                       std::size_t width) {
  std::vector<std::string> groups;
  for (const CLI::Option* option : app.get_options({})) {
    const std::string& group = option->get_group();
    if (!is_hidden(*option) && std::ranges::find(groups, group) == groups.end()) {
      groups.push_back(group);
    }
  }
  std::string text;
  for (const std::string& group : groups) {
    text += fmt::format("\n{}\n", group == "Options" ? heading_of_default : group);
    for (const CLI::Option* option : app.get_options({})) {
      if (option->get_group() != group) continue;
      text += item(signature(*option), option->get_description(), width);
    }
  }
  return text;
}

std::string usage_of(const Command& command) {
  std::string text = fmt::format("Usage: audit {}", command.app->get_name());
  if (!command.words.usage.empty()) text += fmt::format(" {}", command.words.usage);
  return text + " [flags]\n";
}

std::string heading(const Command& command) {
  return fmt::format("audit {} - {}\n\n{}", command.app->get_name(), command.app->get_description(),
                     usage_of(command));
}

std::string command_list(const std::vector<Command>& commands, std::size_t width) {
  std::string text = "\nCommands\n";
  for (const Command& command : commands) {
    text += item(fmt::format("{} {}", command.app->get_name(), command.words.usage),
                 command.app->get_description(), width);
  }
  return text;
}

// The words a value may be, where its name in the help lists them: "auto|jsonl".
std::vector<std::string> choices_of(const CLI::Option& option) {
  std::vector<std::string> choices;
  const std::string value = option.get_type_name();
  if (value.find('|') == std::string::npos) return choices;
  for (std::size_t start = 0; start <= value.size();) {
    const std::size_t end = std::min(value.find('|', start), value.size());
    const std::string choice = value.substr(start, end - start);
    // Upper case stands for something, it is not typed: VKEY|FILE.
    if (std::ranges::none_of(choice, [](char c) { return c >= 'A' && c <= 'Z'; })) {
      choices.push_back(choice);
    }
    start = end + 1;
  }
  return choices;
}

std::string describe_flag(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back('-' + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  JsonObject object;
  object.add("names", names);
  if (option.get_items_expected_max() > 0) {
    object.add("value", option.get_type_name());
    object.add("choices", choices_of(option));
    object.add("repeatable", option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll);
  }
  return object.add("help", option.get_description()).add("hidden", is_hidden(option)).str();
}

std::string describe_flags(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options({})) flags.push_back(describe_flag(*option));
  return json_array(flags);
}

}  // namespace

std::string short_help(const CLI::App& root, const std::vector<Command>& commands,
                       std::size_t width) {
  return wrap_lines(
      fmt::format("Usage: audit COMMAND [flags]\n{}{}\naudit help COMMAND says more.\n",
                  command_list(commands, width), flag_lists(root, "Global flags", width)),
      width);
}

std::string full_help(const CLI::App& root, const std::vector<Command>& commands,
                      std::size_t width) {
  return wrap_lines(
      fmt::format("audit - {}\n\nUsage: audit COMMAND [flags]\n\n{}\n{}{}\n{}\n{}\n{}",
                  root.get_description(), wrap(kIntroduction, 0, width),
                  command_list(commands, width), flag_lists(root, "Global flags", width),
                  kRootExamples, kRootExits, kRootFiles),
      width);
}

std::string short_help(const CLI::App&, const Command& command, std::size_t width) {
  return wrap_lines(heading(command) + flag_lists(*command.app, "Flags", width) +
                        fmt::format("\naudit {} --help says more.\n", command.app->get_name()),
                    width);
}

std::string full_help(const CLI::App& root, const Command& command, std::size_t width) {
  std::string text = heading(command);
  for (const std::string_view paragraph : command.paragraphs) {
    text += fmt::format("\n  {}\n", wrap(paragraph, 2, width));
  }
  if (!command.words.usage.empty()) {
    text += "\nWords\n" + item(command.words.usage, command.words.help, width);
  }
  text += flag_lists(*command.app, "Flags", width) + flag_lists(root, "Global flags", width);
  text += "\nExamples\n";
  for (const Example& example : command.examples) {
    text += fmt::format("  {}\n      {}\n", example.command, wrap(example.meaning, 6, width));
  }
  text += "\nExit status\n";
  for (const ExitMeaning& exit : command.exits) {
    text += fmt::format("  {:<4} {}\n", to_int(exit.code), wrap(exit.meaning, 7, width));
  }
  return wrap_lines(text + "  The others are in audit --help.\n", width);
}

std::string describe(const CLI::App& root, const std::vector<Command>& commands) {
  std::vector<std::string> items;
  for (const Command& command : commands) {
    JsonObject object;
    object.add("name", command.app->get_name()).add("help", command.app->get_description());
    object.add("words", command.words.usage).add("word_kind", command.words.kind);
    items.push_back(object.add_raw("flags", describe_flags(*command.app)).str());
  }
  JsonObject object;
  object.add("schema", "audit.cli/1").add("name", "audit").add("help", root.get_description());
  return object.add_raw("flags", describe_flags(root)).add_raw("commands", json_array(items)).str();
}

}  // namespace audit::cli
