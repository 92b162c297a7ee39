// source/finisher.hpp - from what was found in a record to its envelope.
#pragma once

#include <audit/event.hpp>
#include <audit/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "source/hits.hpp"
#include "source/vocabulary.hpp"

namespace audit::source {

// Of the field `error`.
inline constexpr std::size_t kMaxErrorCharacters = 200;

// The first `count` characters.  requires UTF-8
[[nodiscard]] std::string_view first_characters(std::string_view text, std::size_t count);

// Why an event needs a look; written in this order.
enum class Flag : std::uint8_t { bad_utf8, future_time, reserved_kind, too_large, wrong_type };

// Draws the conclusions that need more than one value, and writes the envelope. One thread.
class Finisher {
 public:
  // words   outlives the finisher
  explicit Finisher(Vocabulary& words) : words_(words) {}

  // Before finish(): what the reader of the record noticed itself.
  void add(Flag flag) { flags_ |= 1U << static_cast<unsigned>(flag); }

  void add_state(Field field, std::string_view state);
  void add_state(std::string_view state);

  // Writes `hits`, which are used up, into `envelope`.
  //   requires  envelope is empty
  void finish(Hits& hits, Timestamp received, Envelope& envelope);

 private:
  void settle_kind();
  void settle_approval();
  void settle_messages();
  void settle_tool();
  void cut(Field field, std::size_t characters);
  void settle_score();
  void settle_tokens();
  void settle_currency();
  void settle_provider();
  void settle_time(Timestamp received);
  [[nodiscard]] bool accept(std::string_view text);
  [[nodiscard]] bool accept(Field field, std::string_view text);
  void write();
  void write(Field field, const Hit& hit);
  void write_list(Field field);
  void write_text(Field field, std::string_view text);
  void write_flags();

  Vocabulary& words_;
  Hits* hits_ = nullptr;
  Envelope* envelope_ = nullptr;
  unsigned flags_ = 0;
  std::string_view kind_;
  std::string currency_;
  std::string provider_;
  std::string states_;  // each ended by LF
};

}  // namespace audit::source
