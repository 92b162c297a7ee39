#include "config.hpp"

#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "ui/message.hpp"
#include "ui/suggest.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemFile = "/etc/agent-audit/config.toml";

Error bad(const std::string& file, const std::string& message, std::string hint = {}) {
  return {ErrorCode::configuration, fmt::format("{}: {}", file, message), std::move(hint)};
}

fs::path user_file(const Context& context) {
  const std::string base = context.variable("XDG_CONFIG_HOME");
  if (!base.empty()) return fs::path(base) / "agent-audit" / "config.toml";
  const std::string home = context.variable("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".config" / "agent-audit" / "config.toml";
}

// The reader of CLI11 cuts a line at any '#', also inside quotes: better refused than misread.
void refuse_quoted_hash(const std::string& file, const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    char quote = '\0';
    for (const char c : line) {
      if (quote == '\0' && c == '#') break;
      if (quote != '\0' && c == '#') {
        throw bad(file, fmt::format("line {}: '#' inside a value is not supported", number));
      }
      if (c == quote) {
        quote = '\0';
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      }
    }
  }
}

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw Error(::access(file.c_str(), R_OK) != 0 && errno == EACCES ? ErrorCode::permission
                                                                     : ErrorCode::configuration,
                fmt::format("cannot read the configuration '{}'", file.string()),
                "AUDIT_CONFIG= (empty) does without");
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void read_into(std::vector<Setting>& settings, const fs::path& file) {
  const std::string text = read_text(file);
  refuse_quoted_hash(file.string(), text);
  std::istringstream stream(text);
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(stream)) {
    if (item.name == "++" || item.name == "--") continue;  // a section begins, ends
    if (item.parents.size() > 1) throw bad(file.string(), "unknown setting " + item.fullname());
    settings.push_back(
        {file.string(), item.parents.empty() ? "" : item.parents.front(), item.name, item.inputs});
  }
}

CLI::App* find_section(CLI::App& root, const Setting& setting) {
  if (setting.command.empty()) return &root;
  std::vector<std::string> names;
  for (CLI::App* command : root.get_subcommands({})) {
    if (command->get_name() == setting.command) return command;
    names.push_back(command->get_name());
  }
  const std::string near = nearest(setting.command, names);
  throw bad(setting.file, fmt::format("unknown section [{}]", setting.command),
            near.empty() ? "" : fmt::format("did you mean [{}]?", near));
}

CLI::Option* find_flag(CLI::App& section, const Setting& setting) {
  CLI::Option* option = section.get_option_no_throw("--" + setting.name);
  if (option == nullptr) {
    std::vector<std::string> names;
    for (const CLI::Option* candidate : section.get_options({})) {
      if (candidate->get_configurable()) names.push_back(candidate->get_single_name());
    }
    const std::string near = nearest(setting.name, names);
    throw bad(setting.file, fmt::format("unknown setting '{}'", setting.name),
              near.empty() ? "settings are long flags without their dashes"
                           : fmt::format("did you mean '{}'?", near));
  }
  if (!option->get_configurable()) {
    throw bad(setting.file, fmt::format("'{}' belongs on the command line", setting.name));
  }
  return option;
}

bool flag_value(const Setting& setting) {
  if (setting.values.size() == 1) {
    if (setting.values[0] == "true") return true;
    if (setting.values[0] == "false") return false;
  }
  throw bad(setting.file, fmt::format("'{}' wants true or false", setting.name));
}

void apply(CLI::Option& option, const Setting& setting) {
  const bool is_flag = option.get_items_expected_max() == 0;
  if (is_flag && !flag_value(setting)) return;
  const bool is_list = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  if (!is_flag && !is_list && setting.values.size() != 1) {
    throw bad(setting.file, fmt::format("'{}' wants one value: put it in quotes", setting.name));
  }
  try {
    if (is_flag) {
      option.add_result("true");
    } else {
      option.add_result(setting.values);
    }
    option.run_callback();
  } catch (const CLI::Error& error) {
    throw bad(setting.file, fmt::format("'{}': {}", setting.name, error.what()));
  }
}

}  // namespace

std::vector<Setting> read_settings(const Context& context) {
  std::vector<Setting> settings;
  if (context.environment("AUDIT_CONFIG") != nullptr) {
    const std::string file = context.variable("AUDIT_CONFIG");
    if (!file.empty()) read_into(settings, file);
    return settings;
  }
  for (const fs::path& file : {user_file(context), fs::path(kSystemFile)}) {
    std::error_code error;
    if (!file.empty() && fs::exists(file, error)) read_into(settings, file);
  }
  return settings;
}

std::vector<Setting> apply_settings(CLI::App& root, const std::vector<Setting>& settings) {
  std::vector<Setting> taken;
  std::set<std::pair<std::string, std::string>> done;
  for (const Setting& setting : settings) {
    CLI::App* section = find_section(root, setting);
    CLI::Option* option = find_flag(*section, setting);
    if (!done.emplace(setting.command, setting.name).second) continue;
    if (option->count() > 0) continue;
    apply(*option, setting);
    taken.push_back(setting);
  }
  return taken;
}

}  // namespace audit::cli
