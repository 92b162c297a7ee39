// config.hpp - configuration files: defaults for flags, and nothing else.
//
// Format    audit(1), FILES: `name = value` lines; global flags first, then [command] sections
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "context.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

// One `name = value` of a configuration file.
struct Setting {
  std::string file;
  std::string command;  // empty: a global flag
  std::string name;     // without its dashes
  std::vector<std::string> values;
};

// Reads AUDIT_CONFIG (that file alone; empty: none), else the user's file and then the system's;
// what the user's file says comes first.
//   throws    configuration, permission
[[nodiscard]] std::vector<Setting> read_settings(const Context& context);

// Gives every flag of the tree that was not typed the value the first setting for it has.
//   returns   those that were taken
//   throws    configuration for names and values that are none
std::vector<Setting> apply_settings(CLI::App& root, const std::vector<Setting>& settings);

}  // namespace audit::cli
