// commands/rotate.hpp - what init --rotate-key says: audit-init(1).
#pragma once

#include <audit/rotate.hpp>

#include <filesystem>
#include <string>

#include "context.hpp"
#include "ui/json.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

// What becomes of a key that is made: with init and with --rotate-key.
struct KeyFlags {
  std::string passphrase;
  std::string next_passphrase;
  bool encrypt = false;
  bool plain = false;
};

void add_key_flags(CLI::App& app, KeyFlags& flags);

//   rotates       with --rotate-key
//   reconfigures  the ledger is there, and has its key
//   throws        invalid_argument for flags that contradict each other, or speak of a key that is not made
void check_key_flags(const KeyFlags& flags, bool rotates, bool reconfigures);

// Of the key that init makes; empty: it is not encrypted.
//   throws    invalid_argument where it is to be encrypted, and is there already
[[nodiscard]] AskPassphrase passphrase_of_first(Context& context, const KeyFlags& flags,
                                                const std::string& key);

// Of the key that follows `key`, which is opened with `open`: encrypted if that is, and with the same
// passphrase, unless the flags say otherwise. Empty: it is not encrypted.
[[nodiscard]] AskPassphrase passphrase_of_next(Context& context, const KeyFlags& flags,
                                               const std::filesystem::path& key,
                                               const OpenOptions& open);

void add_rotated(JsonObject& object, const Rotated& rotated);

void print_rotated(Context& context, const Rotated& rotated);

// Says what to add to LEDGER.pub where the rotation could not.
void warn_of_public_half(Context& context, const std::filesystem::path& ledger,
                         const Rotated& rotated);

}  // namespace audit::cli
