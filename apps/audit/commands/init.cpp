#include "commands/init.hpp"

#include <audit/ledger.hpp>
#include <audit/rotate.hpp>
#include <audit/text.hpp>

#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/continuation.hpp"
#include "commands/declare.hpp"
#include "commands/flags.hpp"
#include "commands/ledger_word.hpp"
#include "commands/passphrase.hpp"
#include "commands/retain.hpp"
#include "commands/rotate.hpp"
#include "exists.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

struct InitFlags {
  std::string origin;
  std::string key;
  std::string continues;
  std::string group;
  RetainFlags retain;
  std::string schema;
  bool rotate = false;
  KeyFlags new_key;
};

std::string continues_json(const Predecessor& old) {
  JsonObject object;
  object.add("ledger_id", old.ledger_id).add("origin", old.origin).add("size", old.size);
  return object.add("root", to_base64(old.root)).str();
}

JsonObject to_json(const Created& made) {
  JsonObject object;
  object.add("schema", "audit.init/1").add("ledger", made.ledger_file.string());
  object.add("ledger_id", made.ledger_id).add("origin", made.origin);
  object.add("key_file", made.key_file.string()).add("key_was_made", made.key_was_made);
  object.add("verify_key_file", made.verify_key_file.string());
  object.add("verify_key", made.verify_key).add("created", true);
  return object;
}

void print_text(Context& context, const Created& made, const std::optional<Predecessor>& old) {
  const Style style = context.out_style();
  const auto line = [&](std::string_view name, std::string_view value, std::string_view remark) {
    context.out.print("  {} {}{}\n", style.paint(Tone::dim, fmt::format("{:<12}", name)),
                      escape_controls(value), style.paint(Tone::dim, remark));
  };
  context.out.print(
      "{}\n", style.paint(Tone::strong,
                          fmt::format("created {}", escape_controls(made.ledger_file.string()))));
  line("origin", made.origin, "");
  line("signing key", made.key_file.string(),
       !made.key_was_made                     ? "  (was there already)"
       : key_file_is_encrypted(made.key_file) ? "  (new, encrypted; whoever can open it can sign)"
                                              : "  (new; whoever has it can sign)");
  if (old) {
    line("continues", old->origin,
         fmt::format("  behind {}, root {}", counted(old->size, "entry", "entries"),
                     to_base64(old->root)));
  }
  line("public key", made.verify_key_file.string(), "");
  line("", made.verify_key, "");
  // A key that lies elsewhere must be named each time, or once in the configuration.
  const bool is_elsewhere = made.key_file != default_key_file(made.ledger_file);
  const std::string key = escape_controls(made.key_file.string());
  context.out.print(
      "next: keep a copy of {} where this machine cannot change it, then\n"
      "  agent | audit ingest -l {}{}\n",
      escape_controls(made.verify_key_file.string()), escape_controls(made.ledger_file.string()),
      is_elsewhere ? " --key " + key : "");
  if (is_elsewhere) {
    context.out.print(
        "  (init and erase want --key too; without it: key = \"{}\" under [ingest], [init] and\n"
        "  [erase] of the configuration)\n",
        key);
  }
}

// Whoever says what the ledger is to be called makes a new one; only an old one has an old key.
bool is_reconfigured(const std::filesystem::path& ledger, const InitFlags& flags) {
  if (flags.rotate) {
    if (!flags.origin.empty() || !flags.continues.empty()) {
      throw usage_error(
          fmt::format("--{} is for a new ledger, and --rotate-key for one that is there",
                      flags.origin.empty() ? "continues" : "origin"));
    }
    (void)existing_ledger(ledger, ForWhat::writing);
    return true;
  }
  // A new ledger has no hold to release: nothing is made for that.
  if (!flags.retain.releases.empty()) (void)existing_ledger(ledger, ForWhat::writing);
  std::error_code ignored;
  const bool reconfigures = flags.retain.any() || !flags.schema.empty() || !flags.group.empty();
  return reconfigures && flags.origin.empty() && flags.continues.empty() &&
         std::filesystem::exists(ledger, ignored);
}

// A key that is there is encrypted by making another one.
void check_is_new(const std::filesystem::path& ledger, const InitFlags& flags, bool reconfigures) {
  std::error_code ignored;
  if (!flags.new_key.encrypt || reconfigures || !std::filesystem::exists(ledger, ignored)) return;
  throw Error(
      ErrorCode::already_exists, fmt::format("'{}' exists already", ledger.string()),
      "--encrypt-key of a ledger that is there goes with --rotate-key: its next key is then "
      "encrypted");
}

// Whoever mistyped the name of a ledger is told that this is another one.
void warn_of_new(Context& context, const std::filesystem::path& ledger, const InitFlags& flags) {
  if (flags.retain.holds.empty()) return;
  print_warning(context, fmt::format("there was no ledger {}: it was made, and the hold covers "
                                     "nothing yet but what comes",
                                     ledger.string()));
}

// What the flags declare, understood before anything is made or changed.
struct Declared {
  RetentionChange retain;
  std::optional<SchemaSet> schemas;
};

Declared resolve(Context& context, const InitFlags& flags) {
  Declared declared{resolve(flags.retain), std::nullopt};
  if (!flags.schema.empty()) declared.schemas = load_schemas(context, flags.schema);
  return declared;
}

// Appends an entry for each thing that is declared.
class Declaration {
 public:
  Declaration(const std::filesystem::path& ledger, const OpenOptions& open, const Declared& what)
      : what_(what), retained_(retain_in(ledger, open, what.retain)) {
    if (what.schemas) schemas_ = declare_schemas(ledger, *what.schemas, open);
  }

  void add_to(JsonObject& object, bool retains) const {
    if (retains) add_retained(object, retained_);
    if (schemas_) add_declared(object, *what_.schemas, *schemas_);
  }

  void print(Context& context) const {
    print_retained(context, what_.retain, retained_);
    if (schemas_) print_declared(context, *what_.schemas, *schemas_);
  }

 private:
  const Declared& what_;
  Retained retained_;
  std::optional<SchemaEntry> schemas_;
};

void print_shared(Context& context, const std::filesystem::path& ledger, const std::string& group) {
  context.out.print("the group {} may read {} and its index, not the key\n", escape_controls(group),
                    escape_controls(ledger.string()));
}

// The others need no key.
bool declares(const InitFlags& flags) { return flags.retain.any() || !flags.schema.empty(); }

ExitCode reconfigure(Context& context, const std::filesystem::path& ledger, const InitFlags& flags,
                     const Declared& declared) {
  if (!flags.group.empty()) share_with_group(ledger, flags.group);
  OpenOptions open;
  open.key_file = flags.key;
  open.passphrase = passphrase_from(context, flags.new_key.passphrase);
  const Declaration declaration(ledger, open, declared);
  std::optional<Rotated> rotated;
  if (flags.rotate) {
    const std::filesystem::path key = flags.key.empty() ? default_key_file(ledger) : open.key_file;
    rotated = rotate_key(ledger, {open, passphrase_of_next(context, flags.new_key, key, open)});
  }
  if (context.globals.json) {
    const LedgerView view = LedgerView::open(ledger);
    JsonObject object;
    object.add("schema", "audit.init/1").add("ledger", ledger.string());
    object.add("ledger_id", view.ledger_id()).add("origin", view.origin());
    object.add("created", false);
    declaration.add_to(object, flags.retain.any());
    if (!flags.group.empty()) object.add("group", flags.group);
    if (rotated) add_rotated(object, *rotated);
    context.out.print("{}\n", object.str());
  } else if (!context.globals.quiet) {
    if (!flags.group.empty()) print_shared(context, ledger, flags.group);
    declaration.print(context);
    if (rotated) print_rotated(context, *rotated);
  }
  warn_of_names(context, declared.retain);
  if (rotated && rotated->public_half) warn_of_public_half(context, ledger, *rotated);
  if (declares(flags) || flags.rotate) {
    note_open_key(context, ledger, flags.key);
    note_left_key(context, ledger, flags.key);
  }
  return ExitCode::yes;
}

ExitCode run_init(Context& context, const InitFlags& flags, const std::vector<std::string>& words) {
  const std::filesystem::path ledger = ledger_to_make(context, words);
  const Declared declared = resolve(context, flags);
  const bool reconfigures = is_reconfigured(ledger, flags);
  check_key_flags(flags.new_key, flags.rotate, reconfigures);
  check_is_new(ledger, flags, reconfigures);
  if (reconfigures) return reconfigure(context, ledger, flags, declared);
  OpenOptions open;
  open.key_file = flags.key;
  open.passphrase = passphrase_from(context, flags.new_key.passphrase);
  CreateOptions options{.origin = flags.origin, .key_file = flags.key, .now = context.clock()};
  options.passphrase = open.passphrase;
  options.new_passphrase = passphrase_of_first(context, flags.new_key, flags.key);
  options.group = flags.group;
  // A ledger that is there already is refused at once, and not after a long verify.
  if (!flags.continues.empty() && !cli::exists(ledger)) {
    options.continues = verified_predecessor(context, flags.continues);
    if (context.stop) return ExitCode::interrupted;
  }
  const Created made = create_ledger(ledger, options);
  const Declaration declaration(ledger, open, declared);
  if (context.globals.json) {
    JsonObject object = to_json(made);
    declaration.add_to(object, flags.retain.any());
    if (options.continues) object.add_raw("continues", continues_json(*options.continues));
    if (!flags.group.empty()) object.add("group", flags.group);
    context.out.print("{}\n", object.str());
  } else if (!context.globals.quiet) {
    print_text(context, made, options.continues);
    if (!flags.group.empty()) print_shared(context, ledger, flags.group);
    declaration.print(context);
  }
  if (options.continues) note_not_carried_over(context, flags.continues);
  warn_of_new(context, made.ledger_file, flags);
  warn_of_names(context, declared.retain);
  note_key_beside(context, made.ledger_file, made.key_file);
  if (!made.key_was_made) note_open_key(context, made.ledger_file, flags.key);
  return ExitCode::yes;
}

}  // namespace

Command add_init(CLI::App& root) {
  const auto flags = std::make_shared<InitFlags>();
  Command command;
  command.app = root.add_subcommand("init", "create a ledger and its signing key");
  add_value(*command.app, "--origin", flags->origin, "NAME",
            "the ledger's name in every signature (default audit.local/ID)")
      ->configurable(false);
  add_value(*command.app, "--key", flags->key, "FILE",
            "use this signing key, or make it there (default LEDGER.key)");
  add_value(*command.app, "--continues", flags->continues, "OLD",
            "begin where the ledger OLD ends: entry 0 names its last head")
      ->configurable(false);
  add_value(*command.app, "--group", flags->group, "NAME",
            "let a group of this machine read ledger and index; also of a ledger that is there")
      ->configurable(false);
  add_switch(
      *command.app, "--rotate-key", flags->rotate,
      "change the signing key of a ledger that is there: the old one hands over to a new one")
      ->configurable(false);
  add_key_flags(*command.app, flags->new_key);
  add_retain_flags(*command.app, flags->retain);
  add_value(*command.app, "--schema", flags->schema, "FILE",
            "declare JSON Schemas for kinds of events, also in a ledger that is there")
      ->configurable(false);
  command.words = {"[LEDGER]", "the file to create (default: as -l says)", "FILE", 1};
  command.paragraphs = {
      "Makes the ledger with its first entry, an Ed25519 signing key (mode 0600) and LEDGER.pub, "
      "the public key as text. Nothing that exists is overwritten.",
      "Whoever holds LEDGER.pub, or a checkpoint saved by audit verify --save, can later prove "
      "what was changed: keep them where this machine cannot reach them.",
      "With --retain, --hold or --release a ledger that is there is not made anew: an entry is "
      "appended that says how long entries stay, or what must not be erased. audit erase obeys.",
      "With --continues all of OLD is verified first, and its last signed head becomes part of the "
      "new ledger's entry 0: audit verify LEDGER OLD shows that one goes on where the other ended. "
      "What OLD declared (retention, holds, schemas) is not carried over; a note lists it.",
      "With --group the files get that group and mode 0640, and the key stays 0600. Whoever may "
      "read the ledger reads all of it.",
      "With --rotate-key a ledger that is there goes on under a new key, in the same file, and the "
      "old private key is unlinked. What was signed until then cannot be changed with the new key, "
      "for whoever has the first public key or a checkpoint. Writers that run take the new key by "
      "themselves. Other ledgers that share the key file could not be written any more.",
      "With --schema a ledger that is there is not made anew: an entry is appended that declares "
      "what the payloads of its events must look like from now on (audit-schemas(5)). Events that "
      "do not fit are stored and flagged, with the reason.",
  };
  command.examples = {
      {"audit init", "./audit.ledger, ./audit.ledger.key and ./audit.ledger.pub"},
      {"audit init run.ledger --origin example.com/agents --key /etc/audit.key",
       "a named ledger with its key elsewhere"},
      {"audit init run.ledger --retain 7y", "from now on: kept for seven years, and no longer"},
      {"audit init run.ledger --hold case-7='agent:billing'", "nothing of it may be erased"},
      {"audit init run.ledger --encrypt-key", "with a key that wants a passphrase"},
      {"audit init 2027.ledger --continues 2026.ledger", "the next one of a chain of ledgers"},
      {"audit init run.ledger --group auditors", "from now on auditors can read it"},
      {"audit init run.ledger --rotate-key", "every few months, and when somebody leaves"},
      {"audit init run.ledger --schema agents.json",
       "flag events that do not look as agents.json says"},
  };
  command.exits = {
      {ExitCode::yes, "made, declared, or rotated"},
      {ExitCode::usage, "a name, rule, query or schema was not understood; there is no such group"},
      {ExitCode::data, "--continues: OLD is not intact"},
      {ExitCode::not_found, "--release: no such hold is in force; there is no OLD"},
      {ExitCode::exists, "the ledger, LEDGER.pub, the hold or KEYFILE.new exists already"},
      {ExitCode::permission, "--group: you are no member of it, or the ledger is not yours"},
      {ExitCode::configuration,
       "the key file is not an Ed25519 private key, not the one in force, or does not open"},
  };
  command.run = [flags](Context& context, const std::vector<std::string>& words) {
    return run_init(context, *flags, words);
  };
  return command;
}

}  // namespace audit::cli
