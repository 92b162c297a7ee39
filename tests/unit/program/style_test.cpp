#include "ui/style.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

using audit::cli::ColorMode;
using audit::cli::wants_color;

namespace {

struct Variables {
  std::map<std::string, std::string> values;

  audit::cli::Environment environment() const {
    return [this](const char* name) -> const char* {
      const auto found = values.find(name);
      return found == values.end() ? nullptr : found->second.c_str();
    };
  }
};

bool colored(const Variables& variables, bool terminal, ColorMode mode = ColorMode::automatic) {
  return wants_color(mode, terminal, variables.environment());
}

}  // namespace

TEST_CASE("colour: the flag, NO_COLOR, CLICOLOR_FORCE, then the terminal") {
  CHECK(colored({}, true));
  CHECK_FALSE(colored({}, false));
  CHECK_FALSE(colored({{{"TERM", "dumb"}}}, true));
  CHECK_FALSE(colored({{{"NO_COLOR", "1"}}}, true));
  CHECK(colored({{{"NO_COLOR", ""}}}, true));
  CHECK(colored({{{"CLICOLOR_FORCE", "1"}}}, false));
  CHECK_FALSE(colored({{{"CLICOLOR_FORCE", "0"}}}, false));
  CHECK_FALSE(colored({{{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}}, true));
  CHECK(colored({{{"NO_COLOR", "1"}}}, false, ColorMode::always));
  CHECK_FALSE(colored({{{"CLICOLOR_FORCE", "1"}}}, true, ColorMode::never));
}

TEST_CASE("numbers have separators at thousands only") {
  CHECK(audit::cli::grouped(0) == "0");
  CHECK(audit::cli::grouped(999) == "999");
  CHECK(audit::cli::grouped(1000) == "1,000");
  CHECK(audit::cli::grouped(123456) == "123,456");
  CHECK(audit::cli::grouped(18446744073709551615U) == "18,446,744,073,709,551,615");
  CHECK(audit::cli::counted(1, "entry", "entries") == "1 entry");
  CHECK(audit::cli::counted(0, "entry", "entries") == "0 entries");
}

TEST_CASE("spans and sizes are readable at both ends of a unit") {
  using std::chrono::milliseconds;
  CHECK(audit::cli::span_text(milliseconds(999)) == "999 ms");
  CHECK(audit::cli::span_text(milliseconds(1000)) == "1.0 s");
  CHECK(audit::cli::span_text(milliseconds(119'999)) == "119 s");
  CHECK(audit::cli::span_text(milliseconds(120'000)) == "2 min 0 s");
  CHECK(audit::cli::bytes_text(1) == "1 byte");
  CHECK(audit::cli::bytes_text(1023) == "1,023 bytes");
  CHECK(audit::cli::bytes_text(1536) == "1.5 KiB");
}
