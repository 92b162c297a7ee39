#include "cli.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>
#include <typeinfo>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "arguments.hpp"
#include "commands/erase.hpp"
#include "commands/export.hpp"
#include "commands/flags.hpp"
#include "commands/ingest.hpp"
#include "commands/init.hpp"
#include "commands/search.hpp"
#include "commands/verify.hpp"
#include "config.hpp"
#include "help.hpp"
#include "interrupt.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

// The global flags as typed.
struct GlobalFlags {
  std::vector<std::string> ledgers;
  std::string color;
  bool json = false;
  bool quiet = false;
  bool no_pager = false;
  bool version = false;
  bool help = false;
  bool short_help = false;
  bool describe = false;
};

void add_global_flags(CLI::App& root, GlobalFlags& flags) {
  add_values(
      root, "-l,--ledger", flags.ledgers, "FILE",
      "the ledger (else AUDIT_LEDGER, configuration, ./audit.ledger); search and verify take "
      "several, and patterns: 'logs/*.ledger'");
  add_switch(root, "--json", flags.json, "results and errors as JSON");
  add_switch(root, "-q,--quiet", flags.quiet, "no progress, notices, summaries");
  add_value(root, "--color", flags.color, "auto|always|never", "colour (default auto)");
  add_switch(root, "--no-pager", flags.no_pager, "never start a pager");
  add_switch(root, "--version", flags.version, "print the version")->configurable(false);
  add_switch(root, "-h", flags.short_help, "short help")->configurable(false);
  add_switch(root, "--help", flags.help, "full help, with examples")->configurable(false);
  add_switch(root, "--describe-cli", flags.describe, "print all flags as JSON")
      ->configurable(false)
      ->group("");
}

// AUDIT_LEDGER stands between the flag and the configuration.
void apply_environment(CLI::App& root, const Context& context) {
  CLI::Option* ledger = root.get_option("--ledger");
  const std::string value = context.variable("AUDIT_LEDGER");
  if (ledger->count() > 0 || value.empty()) return;
  ledger->add_result(value);
  ledger->run_callback();
}

Globals resolve(const GlobalFlags& flags) {
  Globals globals;
  globals.ledgers = flags.ledgers;
  globals.json = flags.json;
  globals.quiet = flags.quiet;
  globals.no_pager = flags.no_pager;
  if (!flags.color.empty()) {
    check_word("--color", flags.color, {"auto", "always", "never"});
    globals.color = flags.color == "auto"     ? ColorMode::automatic
                    : flags.color == "always" ? ColorMode::always
                                              : ColorMode::never;
  }
  return globals;
}

ExitCode print_version(Context& context) {
  if (!context.globals.json) {
    context.out.write("audit " AUDIT_VERSION "\n");
    return ExitCode::yes;
  }
  JsonObject object;
  object.add("schema", "audit.version/1").add("version", AUDIT_VERSION);
  object.add("ledger_format", std::uint64_t{1});
  object.add("compiler", AUDIT_COMPILER).add("build_type", AUDIT_BUILD_TYPE);
  context.out.print("{}\n", object.str());
  return ExitCode::yes;
}

// --json wherever it stands, for errors that are found before the flags are understood. In export
// it names a format, unless it comes first.
bool asks_for_json(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--json") return true;
    if (argument == "--" || argument == "export") return false;
  }
  return false;
}

// Help is laid out for 80 columns where no terminal says otherwise.
std::size_t help_width(const Output& out) {
  constexpr std::size_t kHelpWidth = 80;
  return std::min(wrap_width(out), kHelpWidth);
}

// The tree of commands and flags, and one command line read into it.
class Program {
 public:
  explicit Program(Context& context) : context_(context) {
    root_.set_help_flag();
    root_.require_subcommand(0, 1);
    add_global_flags(root_, flags_);
    commands_.push_back(add_init(root_));
    commands_.push_back(add_ingest(root_));
    commands_.push_back(add_verify(root_));
    commands_.push_back(add_search(root_));
    commands_.push_back(add_export(root_));
    commands_.push_back(add_erase(root_));
  }

  ExitCode run(const std::vector<std::string>& typed) {
    if (typed.empty()) {
      context_.err.write(short_help(root_, commands_, help_width(context_.err)));
      return ExitCode::usage;
    }
    const Arguments arguments = sort_arguments(root_, commands_, typed);
    parse(arguments.flags);
    context_.globals = resolve(flags_);
    if (flags_.version) return print_version(context_);
    if (flags_.describe) return print(describe(root_, commands_) + '\n');
    if (flags_.help || flags_.short_help) return print(help_for(arguments.command));
    if (arguments.command == nullptr) {
      throw usage_error("no command was given", "audit --help lists the commands");
    }
    apply_defaults();
    try {
      return arguments.command->run(context_, arguments.words);
    } catch (const Error& error) {
      // What has a text with a caret, say, tells more than its message.
      const bool is_plain = typeid(error) == typeid(Error);
      if (settings_.empty() || !is_plain || error.code() != ErrorCode::invalid_argument) throw;
      throw with_settings(error, arguments.command->app->get_name());
    }
  }

 private:
  void parse(std::vector<std::string> flags) {
    std::ranges::reverse(flags);  // CLI11 takes them from the back
    try {
      root_.parse(std::move(flags));
    } catch (const CLI::ParseError& error) {
      throw usage_error(error.what());
    }
  }

  void apply_defaults() {
    const bool color_typed = !flags_.color.empty();
    const bool ledgers_typed = !flags_.ledgers.empty();
    apply_environment(root_, context_);
    settings_ = apply_settings(root_, read_settings(context_));
    context_.globals = resolve(flags_);
    context_.globals.ledgers_are_typed = ledgers_typed;
    const bool decided =
        !context_.variable("NO_COLOR").empty() || !context_.variable("CLICOLOR_FORCE").empty();
    if (!color_typed && decided) context_.globals.color = ColorMode::automatic;
  }

  // What nobody typed, a file said: whoever is told of it must find it.
  Error with_settings(const Error& error, const std::string& command) const {
    std::string others;
    for (const Setting& setting : settings_) {
      if (!setting.command.empty() && setting.command != command) continue;
      if (error.message().starts_with("--" + setting.name + " ")) {
        return {error.code(), fmt::format("{}: {}", setting.file, error.message()), error.hint()};
      }
      others += fmt::format("{}{} sets {}", others.empty() ? "" : ", ", setting.file, setting.name);
    }
    if (others.empty()) return error;
    return {error.code(), error.message(),
            error.hint().empty() ? others : fmt::format("{} ({})", error.hint(), others)};
  }

  std::string help_for(const Command* command) const {
    const std::size_t width = help_width(context_.out);
    if (command == nullptr) {
      return flags_.help ? full_help(root_, commands_, width) : short_help(root_, commands_, width);
    }
    return flags_.help ? full_help(root_, *command, width) : short_help(root_, *command, width);
  }

  ExitCode print(const std::string& text) {
    context_.out.write(text);
    return ExitCode::yes;
  }

  Context& context_;
  GlobalFlags flags_;
  CLI::App root_{"record what AI agents did, prove it, search it", "audit"};
  std::vector<Command> commands_;
  std::vector<Setting> settings_;  // that were taken from files
};

ExitCode run_checked(const std::vector<std::string>& arguments, Context& context) {
  context.globals.json = asks_for_json(arguments);
  // The most frequent question of scripts is answered without building the tree.
  if (arguments == std::vector<std::string>{"--version"}) return print_version(context);
  return Program(context).run(arguments);
}

Error our_bug(const char* what) {
  return {ErrorCode::internal, fmt::format("internal error: {}", what),
          "this is a bug of audit: please report it with the command line"};
}

// Every failure ends here, as one message and one exit code.
ExitCode run_and_report(const std::vector<std::string>& arguments, Context& context) {
  try {
    const ExitCode code = run_checked(arguments, context);
    context.out.flush();
    return code;
  } catch (const Error& error) {
    return print_error(context, error);
  } catch (const Interrupted&) {
    print_note(context, "interrupted");
    return ExitCode::interrupted;
  } catch (const std::filesystem::filesystem_error& error) {
    const bool is_forbidden = error.code() == std::errc::permission_denied;
    return print_error(context, Error(is_forbidden ? ErrorCode::permission : ErrorCode::io,
                                      fmt::format("cannot look at '{}': {}", error.path1().string(),
                                                  error.code().message())));
  } catch (const std::bad_alloc&) {
    return print_error(context, Error(ErrorCode::limit, "out of memory"));
  } catch (const std::exception& error) {
    return print_error(context, our_bug(error.what()));
  }
}

}  // namespace

int run(const std::vector<std::string>& arguments, Context& context) noexcept {
  ExitCode code = ExitCode::internal;
  try {
    code = run_and_report(arguments, context);
    context.out.flush();
    context.err.flush();
  } catch (...) {
    // Neither stream can be written: the exit code is all that is left to say.
    if (code == ExitCode::yes || code == ExitCode::internal) code = ExitCode::io;
  }
  return to_int(code);
}

}  // namespace audit::cli
