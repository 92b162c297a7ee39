// source/synonyms.hpp - the one table of the names people use: key path -> field and how to read
// it.
//
// Names compare without case, '-', '_' and camelCase; "a.b" is the member b of the object a, or a
// key that is spelled with the dot. The order of the table is the rank: the first row of a field
// that holds something wins. A few parents are transparent (`metadata`, `content`, `usage`, ...):
// their members count as if they stood beside them, but after everything that really does.
//
// Format   audit-events(5)
#pragma once

#include <audit/field.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit::source {

// How a value is understood. Comments say what a string, number or boolean of JSON gives.
enum class Reading : std::uint8_t {
  text,         // any text; a number as its digits
  label,        // a short name on one line; anything longer is content
  token,        // an id: text without white space
  integer,      // a whole number of 0 or more, also as text; -1 is absent
  boolean,      // true, "true", 1, "yes", ...
  time,         // RFC 3339, or an epoch whose unit follows from its size
  nanoseconds,  // durations, kept in microseconds
  microseconds,
  milliseconds,
  seconds,
  duration_text,  // "350ms", "1.5s"; a bare number has no unit and says nothing
  money,          // a decimal, kept in billionths, of the currency beside it
  dollars,        // the same where the key says USD
  dollar_micros,  // millionths of a dollar
  nanos,          // already in billionths
  currency,       // three letters
  share,          // 0 to 1, kept in millionths; also "85%"
  share_number,   // the same where it is a number, else nothing
  hash,           // 64 hexadecimal digits, also behind "sha256:", else text
  list,           // texts, or one
  data_class,
  kind,           // any short word
  kind_phrase,    // the same of at most three words: a log message is none
  known_kind,     // only a word that stands for a kind of the table
  status,         // a status word or HTTP code; other words are `unknown`
  known_status,   // only a status word
  status_code,    // 0 1 2 of OpenTelemetry, or an HTTP code
  failure,        // true is `error`, false is `ok`
  success,        // the reverse
  exit_code,      // 0 is `ok`
  severity,       // of a log line: error and above is `error`
  finish,         // why a model stopped: error, content_filter, refusal
  error_text,     // text, or a number other than 0
  error_present,  // the same, as status `error`
  decision,       // a decision word; other words are `unknown`
  known_decision,
  blocked,  // true is `deny`
  approval,
  risk,
  known_risk,
  provider,
};

// A value that is no field itself but helps to fill one.
enum class Hint : std::uint8_t {
  message = kFieldCount + 1,  // the error's text, or the reason's, where nothing better is there
  name,                       // the tool's, in a record about a tool
  status_word,                // what `status` said, in a record about an approval
  decision_word,
  score,  // the risk score, beside a risk
};

inline constexpr std::size_t kTargetCount = kFieldCount + 5;

// A field or a hint, as one number.
struct Target {
  constexpr Target(Field field)
      : number(static_cast<std::uint8_t>(field)) {}  // NOLINT(*-explicit-*)

  constexpr Target(Hint hint) : number(static_cast<std::uint8_t>(hint)) {}  // NOLINT(*-explicit-*)

  std::uint8_t number;
};

// How much a name says about what it holds.
enum class Trust : std::uint8_t {
  sure,     // a value that cannot be read is a fault: flag `wrong-type`
  guess,    // the name is used for other things too: what cannot be read is content
  outside,  // a guess, and only at the top: inside a transparent parent it means something else
};

struct Synonym {
  std::string_view path;
  Target target;
  Reading reading;
  Trust trust = Trust::sure;
};

// The table; the position of a row is its rank.
[[nodiscard]] std::span<const Synonym> synonyms() noexcept;

// Parents whose members count as if they stood beside them, at a lower rank.
[[nodiscard]] std::span<const std::string_view> transparent_parents() noexcept;

}  // namespace audit::source
