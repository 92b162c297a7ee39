// commands/passphrase.hpp - where the passphrase of an encrypted key comes from: a file, or whoever sits
// at the terminal.
#pragma once

#include <audit/key.hpp>

#include <string>

#include "context.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

// --passphrase-file, which every command has that signs.
void add_passphrase_flag(CLI::App& app, std::string& file);

// Of a key that is there: the first line of `file`; where there is none, what is typed at the terminal,
// without echo, once: the answer is kept for as long as the result lives.
[[nodiscard]] AskPassphrase passphrase_from(Context& context, const std::string& file);

// Of a key that is made: the same, but at the terminal it is asked for twice.
[[nodiscard]] AskPassphrase new_passphrase_from(Context& context, const std::string& file);

}  // namespace audit::cli
