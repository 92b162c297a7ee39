// ui/style.hpp - how things look: colour that repeats words, numbers people can read.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace audit::cli {

enum class Tone : std::uint8_t { plain, dim, strong, good, bad, warn, accent, hit };

enum class ColorMode : std::uint8_t { automatic, always, never };

using Environment = std::function<const char*(const char*)>;

// Whether a stream gets colour: the flag, then NO_COLOR, then CLICOLOR_FORCE, then what the stream
// is and TERM.
[[nodiscard]] bool wants_color(ColorMode mode, bool is_terminal, const Environment& environment);

// Paints text, or leaves it alone where there is no colour.
class Style {
 public:
  explicit Style(bool color = false) : color_(color) {}

  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;

  [[nodiscard]] bool has_color() const noexcept { return color_; }

 private:
  bool color_;
};

// The tone of a decision, an approval or a status: "deny" is bad, "ask" a warning, "ok" good.
[[nodiscard]] Tone tone_of_outcome(std::string_view word);

// 1234567 as "1,234,567", whatever the locale.
[[nodiscard]] std::string grouped(std::uint64_t number);

// "1 entry", "2 entries": the noun is given in both forms.
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view one,
                                  std::string_view many);

// "40 ms", "1.4 s", "12 s", "3 min 20 s".
[[nodiscard]] std::string span_text(std::chrono::milliseconds span);

// "512 bytes", "1.2 MiB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

}  // namespace audit::cli
