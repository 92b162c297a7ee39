// cli.hpp - one command line, from the words typed to the exit code.
#pragma once

#include <string>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// Runs the program: `arguments` without the program's name. Everything it says and reads goes
// through `context`; nothing is thrown.
[[nodiscard]] int run(const std::vector<std::string>& arguments, Context& context) noexcept;

}  // namespace audit::cli
