#include "arguments.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ui/message.hpp"
#include "ui/suggest.hpp"

namespace audit::cli {

namespace {

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

class Sorter {
 public:
  Sorter(const CLI::App& root, const std::vector<Command>& commands,
         const std::vector<std::string>& typed)
      : root_(root), commands_(commands), typed_(typed) {}

  Arguments sort() {
    bool words_only = false;
    for (at_ = 0; at_ < typed_.size(); ++at_) {
      const std::string& typed = typed_[at_];
      if (!words_only && typed == "--") {
        words_only = true;
      } else if (!words_only && typed.starts_with("--")) {
        take_long(typed);
      } else if (!words_only && typed.size() > 1 && typed[0] == '-' && !is_query_word(typed)) {
        take_short(typed);
      } else if (sorted_.command == nullptr) {
        take_command(typed);
      } else {
        take_word(typed);
      }
    }
    sorted_.flags = std::move(root_flags_);
    if (sorted_.command != nullptr) sorted_.flags.push_back(sorted_.command->app->get_name());
    sorted_.flags.insert(sorted_.flags.end(), command_flags_.begin(), command_flags_.end());
    return std::move(sorted_);
  }

 private:
  // Where words may begin with a dash, "-n 5" and "-n5" are flags and "-note" is a word.
  bool is_query_word(const std::string& typed) const {
    if (sorted_.command == nullptr || !sorted_.command->words.may_begin_with_dash) return false;
    const CLI::Option* option = find(typed.substr(0, 2));
    if (option == nullptr) return true;
    return typed.size() > 2 && !(takes_value(*option) && is_number(typed.substr(2)));
  }

  const CLI::Option* find(const std::string& name) const {
    const CLI::Option* option = nullptr;
    if (sorted_.command != nullptr) option = sorted_.command->app->get_option_no_throw(name);
    return option != nullptr ? option : root_.get_option_no_throw(name);
  }

  // Keeps a flag for whoever it belongs to: the command, else the program.
  void keep(const CLI::Option& option, const std::string& name) {
    const bool own =
        sorted_.command != nullptr && sorted_.command->app->get_option_no_throw(name) == &option;
    target_ = own ? &command_flags_ : &root_flags_;
    target_->push_back(name);
  }

  // An empty value is a variable that was not set: better refused than replaced by a default.
  void keep_value(const std::string& name, const std::string& value) {
    if (value.empty()) throw usage_error(fmt::format("flag '{}' needs a value", name));
    target_->push_back(value);
  }

  void take_next_value(const std::string& name) {
    ++at_;
    keep_value(name, at_ < typed_.size() ? typed_[at_] : std::string());
  }

  void take_long(const std::string& typed) {
    const std::size_t equals = typed.find('=');
    const std::string name = typed.substr(0, equals);
    const CLI::Option* option = find(name);
    if (option == nullptr) {
      refuse_format(name, equals == std::string::npos ? "" : typed.substr(equals + 1));
      throw unknown_flag(name);
    }
    keep(*option, name);
    if (!takes_value(*option)) {
      if (equals != std::string::npos) {
        throw usage_error(fmt::format("flag '{}' takes no value", name));
      }
    } else if (equals == std::string::npos) {
      take_next_value(name);
    } else {
      keep_value(name, typed.substr(equals + 1));
    }
  }

  // Where formats are flags of their own, "--format csv" was meant as --csv.
  void refuse_format(const std::string& name, const std::string& value) const {
    if (name != "--format" || sorted_.command == nullptr) return;
    const std::string next = at_ + 1 < typed_.size() ? typed_[at_ + 1] : std::string();
    const std::string flag = "--" + (value.empty() ? next : value);
    const CLI::Option* option = sorted_.command->app->get_option_no_throw(flag);
    if (option == nullptr || takes_value(*option)) return;
    throw usage_error(fmt::format("unknown flag '{}'", name), fmt::format("write {}", flag));
  }

  void take_short(const std::string& typed) {
    for (std::size_t i = 1; i < typed.size(); ++i) {
      const std::string name = {'-', typed[i]};
      const CLI::Option* option = find(name);
      if (option == nullptr) throw unknown_flag(name);
      keep(*option, name);
      if (!takes_value(*option)) continue;
      if (i + 1 < typed.size()) {
        keep_value(name, typed.substr(i + 1));
      } else {
        take_next_value(name);
      }
      return;
    }
  }

  // "help" and "version" stand for the flags: audit help search, audit version.
  bool take_flag_word(const std::string& typed) {
    if (typed != "help" && typed != "version") return false;
    root_flags_.push_back("--" + typed);
    return true;
  }

  void take_command(const std::string& typed) {
    if (take_flag_word(typed)) return;
    std::vector<std::string> names;
    for (const Command& command : commands_) {
      if (command.app->get_name() == typed) {
        sorted_.command = &command;
        return;
      }
      names.push_back(command.app->get_name());
    }
    const std::string near = nearest(typed, names);
    throw usage_error(
        fmt::format("unknown command '{}'", typed),
        near.empty() ? "audit --help lists the commands" : fmt::format("did you mean '{}'?", near));
  }

  void take_word(const std::string& typed) {
    const Command& command = *sorted_.command;
    if (sorted_.words.size() == command.words.at_most) {
      throw usage_error(fmt::format("unexpected word '{}'", typed),
                        fmt::format("audit {} --help", command.app->get_name()));
    }
    sorted_.words.push_back(typed);
  }

  Error unknown_flag(const std::string& name) const {
    std::vector<std::string> names;
    const auto add_names = [&names](const CLI::App& app) {
      for (const CLI::Option* option : app.get_options({})) {
        if (option->get_group().empty()) continue;  // hidden
        for (const std::string& long_name : option->get_lnames()) names.push_back("--" + long_name);
      }
    };
    if (sorted_.command != nullptr) add_names(*sorted_.command->app);
    add_names(root_);
    const std::string near = nearest(name, names);
    return usage_error(fmt::format("unknown flag '{}'", name), flag_hint(name, near));
  }

  std::string flag_hint(const std::string& name, const std::string& near) const {
    // An entry by its number is a question here, and a flag elsewhere.
    const bool exports = sorted_.command != nullptr && sorted_.command->app->get_name() == "export";
    if (name == "--seq" && exports) return "one entry by its number is the query seq:N";
    if (!near.empty()) return fmt::format("did you mean '{}'?", near);
    if (sorted_.command == nullptr) return "audit --help lists the flags";
    if (sorted_.command->words.may_begin_with_dash) {
      return fmt::format("a word that begins with '--' goes after '--': -- {}", name);
    }
    return fmt::format("audit {} -h lists the flags", sorted_.command->app->get_name());
  }

  const CLI::App& root_;
  const std::vector<Command>& commands_;
  const std::vector<std::string>& typed_;
  std::size_t at_ = 0;
  Arguments sorted_;
  std::vector<std::string> root_flags_;
  std::vector<std::string> command_flags_;
  std::vector<std::string>* target_ = nullptr;
};

}  // namespace

Arguments sort_arguments(const CLI::App& root, const std::vector<Command>& commands,
                         const std::vector<std::string>& typed) {
  return Sorter(root, commands, typed).sort();
}

}  // namespace audit::cli
