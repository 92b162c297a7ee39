#include "commands/rotate.hpp"

#include <audit/text.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/flags.hpp"
#include "commands/passphrase.hpp"
#include "exists.hpp"
#include "ui/message.hpp"

namespace audit::cli {

void add_key_flags(CLI::App& app, KeyFlags& flags) {
  add_passphrase_flag(app, flags.passphrase);
  add_switch(app, "--encrypt-key", flags.encrypt,
             "encrypt the key that is made; without --passphrase-file, ask for a passphrase")
      ->configurable(false);
  add_value(app, "--new-passphrase-file", flags.next_passphrase, "FILE",
            "--rotate-key: the passphrase of the new key, if it is another one")
      ->configurable(false);
  add_switch(app, "--plain-key", flags.plain, "--rotate-key: do not encrypt the new key")
      ->configurable(false);
}

void check_key_flags(const KeyFlags& flags, bool rotates, bool reconfigures) {
  if (flags.plain && (flags.encrypt || !flags.next_passphrase.empty())) {
    throw usage_error("--plain-key contradicts --encrypt-key and --new-passphrase-file");
  }
  if (!rotates && (flags.plain || !flags.next_passphrase.empty())) {
    throw usage_error("--plain-key and --new-passphrase-file say how --rotate-key writes the key");
  }
  if (flags.encrypt && reconfigures && !rotates) {
    throw usage_error("--encrypt-key encrypts a key that is made, and this ledger has its key",
                      "--rotate-key --encrypt-key gives it another one");
  }
}

AskPassphrase passphrase_of_first(Context& context, const KeyFlags& flags, const std::string& key) {
  if (flags.encrypt && !key.empty() && cli::exists(key)) {
    throw usage_error(
        fmt::format("--encrypt-key encrypts a key that is made, and '{}' is there", key),
        "openssl pkey -aes256 -in OLD -out NEW encrypts one");
  }
  if (!flags.encrypt && flags.passphrase.empty()) return {};
  return new_passphrase_from(context, flags.passphrase);
}

AskPassphrase passphrase_of_next(Context& context, const KeyFlags& flags,
                                 const std::filesystem::path& key, const OpenOptions& open) {
  if (flags.plain) return {};
  if (!flags.next_passphrase.empty()) return passphrase_from(context, flags.next_passphrase);
  if (flags.encrypt || !flags.passphrase.empty()) {
    return new_passphrase_from(context, flags.passphrase);
  }
  std::error_code ignored;
  if (!std::filesystem::exists(key, ignored) || !key_file_is_encrypted(key)) return {};
  return open.passphrase;
}

void add_rotated(JsonObject& object, const Rotated& rotated) {
  JsonObject member;
  member.add("seq", rotated.seq).add("verify_key", rotated.verify_key);
  member.add("previous", rotated.previous).add("key_file", rotated.key_file.string());
  if (!rotated.verify_key_file.empty()) {
    member.add("verify_key_file", rotated.verify_key_file.string());
  }
  object.add_raw("rotated", member.str());
}

void print_rotated(Context& context, const Rotated& rotated) {
  const Style style = context.out_style();
  const auto line = [&](std::string_view name, std::string_view value, std::string_view remark) {
    context.out.print("  {} {}{}\n", style.paint(Tone::dim, fmt::format("{:<12}", name)),
                      escape_controls(value), style.paint(Tone::dim, remark));
  };
  context.out.print(
      "{}\n", style.paint(Tone::strong,
                          fmt::format("entry {} hands over to a new signing key", rotated.seq)));
  line("signing key", rotated.key_file.string(),
       fmt::format("  (new, {}; the old one is unlinked, copies of it are out of reach)",
                   key_file_is_encrypted(rotated.key_file) ? "encrypted" : "not encrypted"));
  if (!rotated.verify_key_file.empty()) {
    line("public key", rotated.verify_key_file.string(), "  (a line added; the first one stays)");
  }
  line("", rotated.verify_key, "");
  context.out.print(
      "next: keep a checkpoint elsewhere (audit verify --save). For whoever has the first public\n"
      "  key, all up to entry {} is sealed: the new key cannot change it\n",
      rotated.seq);
}

void warn_of_public_half(Context& context, const std::filesystem::path& ledger,
                         const Rotated& rotated) {
  print_warning(context,
                fmt::format("{} has no line for the new key: {}. The next writer tries again; "
                            "or add it yourself: {}",
                            verify_key_file(ledger).string(), rotated.public_half->message(),
                            rotated.verify_key));
}

}  // namespace audit::cli
