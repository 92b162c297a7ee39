#include "commands/flags.hpp"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ui/message.hpp"
#include "ui/suggest.hpp"

namespace audit::cli {

namespace {

// From here on the largest number is nobody's limit, and no message names it.
constexpr std::uint64_t kBoundless = UINT64_MAX - 1;

}  // namespace

CLI::Option* add_switch(CLI::App& app, const std::string& names, bool& to,
                        const std::string& help) {
  return app.add_flag(names, to, help)->take_last();
}

CLI::Option* add_value(CLI::App& app, const std::string& names, std::string& to,
                       const std::string& value, const std::string& help) {
  return app.add_option(names, to, help)->type_name(value)->take_last();
}

CLI::Option* add_values(CLI::App& app, const std::string& names, std::vector<std::string>& to,
                        const std::string& value, const std::string& help) {
  // Without allow_extra_args(false) it would also take the words after its value.
  return app.add_option(names, to, help)->type_name(value)->take_all()->allow_extra_args(false);
}

std::uint64_t parse_number(std::string_view flag, std::string_view text, std::uint64_t least,
                           std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    const std::string want = most < kBoundless ? fmt::format("a number in {}..{}", least, most)
                             : least == 0      ? std::string("a whole number")
                                               : fmt::format("a whole number from {}", least);
    throw usage_error(fmt::format("{} is '{}', want {}", flag, text, want));
  }
  return number;
}

std::uint64_t parse_limit(std::string_view text) {
  try {
    return parse_number("--limit", text, 0, kBoundless);
  } catch (const Error& error) {
    throw usage_error(error.message() + " (0: all)");
  }
}

void check_word(std::string_view flag, std::string_view text,
                const std::vector<std::string>& words) {
  if (std::ranges::find(words, text) != words.end()) return;
  const std::string near = nearest(text, words);
  throw usage_error(fmt::format("{} is '{}', want one of {}", flag, text, fmt::join(words, ", ")),
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (end > start) parts.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

}  // namespace audit::cli
