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

// Where a key stands in the tree of all paths of the table.
struct Place {
  static constexpr std::uint16_t kNowhere = 0xffff;

  std::uint16_t node = kNowhere;
  std::uint8_t lifted = 0;  // transparent parents above it

  [[nodiscard]] bool known() const noexcept { return node != kNowhere; }
};

// The table as a tree, for looking keys up while walking a document. Immutable: any thread.
class KeyTree {
 public:
  // The one tree, built at the first call.
  static const KeyTree& instance();

  static constexpr Place kRoot{0, 0};

  // The place of `key`, a member of the object at `parent`.
  //   returns   a place that is not known() for a name that says nothing
  [[nodiscard]] Place find(Place parent, std::string_view key) const noexcept;

  // A row without its path. Ranks of one target compare; smaller is better.
  struct Row {
    std::uint16_t rank;
    Target target;
    Reading reading;
    Trust trust;
  };

  // The rank of a row at a place: members of a transparent parent come after all that stands beside
  // it.
  [[nodiscard]] static std::uint16_t rank_of(const Row& row, Place place) noexcept {
    return static_cast<std::uint16_t>(row.rank + place.lifted * kMaxRows);
  }

  // The row of the table that had this rank.
  [[nodiscard]] static const Synonym& row_of(std::uint16_t rank) noexcept {
    return synonyms()[rank % kMaxRows];
  }

  // The rows of a place, ascending by rank.  requires place.known()
  [[nodiscard]] std::span<const Row> rows(Place place) const noexcept {
    const Node& node = nodes_[place.node];
    return {rows_.data() + node.first_row, node.row_count};
  }

  // True if members of an object at this place may say something.
  [[nodiscard]] bool is_parent(Place place) const noexcept { return nodes_[place.node].parent; }

 private:
  static constexpr std::size_t kMaxRows = 1024;

  struct Node {
    std::string segment;  // normalised
    std::uint32_t hash = 0;
    std::uint16_t up = 0;
    std::uint16_t first_row = 0;
    std::uint16_t row_count = 0;
    bool parent = false;
    bool transparent = false;
  };

  KeyTree();
  std::uint16_t add(std::string_view path);
  std::uint16_t add_child(std::uint16_t up, std::string_view segment);
  void add_rows(const std::vector<std::uint16_t>& node_of_row);
  [[nodiscard]] std::uint16_t child(std::uint16_t up, std::string_view normal,
                                    std::uint32_t hash) const noexcept;
  [[nodiscard]] Place step(Place from, std::string_view segment) const noexcept;

  std::vector<Node> nodes_;
  std::vector<std::uint16_t> buckets_;  // open addressing; Place::kNowhere where empty
  std::vector<Row> rows_;
};

}  // namespace audit::source
