// match/query.hpp - what a question means: the tree the parser makes and others walk.
//
// Place     text -> lexer -> parser -> [Node] -> predicate (one entry) and query/plan (the index)
// Values are resolved while parsing: words are folded, numbers are in stored units, times are
// nanoseconds, synonyms are replaced. Whoever walks the tree needs no clock and no vocabulary.
// Depth is bounded (kMaxNesting), breadth is not: AND and OR are flat lists.
// Format    audit-query(7)
#pragma once

#include <audit/error.hpp>
#include <audit/field.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace audit::match {

// Parentheses deeper than this are refused, so every walk over the tree may recurse.
inline constexpr std::size_t kMaxNesting = 200;

// A longer question is refused.
inline constexpr std::size_t kMaxQueryBytes = std::size_t{1} << 20;

struct Node;
using NodePtr = std::shared_ptr<const Node>;

// Bytes [offset, offset + length) of the question's text.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 0;
};

// Every part holds; without parts it always does. No part is an AllOf itself.
struct AllOf {
  std::vector<NodePtr> parts;
};

// Some part holds; without parts none does. No part is an AnyOf itself.
struct AnyOf {
  std::vector<NodePtr> parts;
};

struct Not {
  NodePtr part;
};

struct TermWord {
  std::string text;  // folded as base/words.hpp does
  bool opaque;       // the index knows it as an id only
};

// Words that follow each other in one text of the payload.
struct Text {
  std::vector<TermWord> words;
  bool prefix = false;  // the last word begins so (an opaque word has no beginning)
  std::string literal;  // not empty: holds as well if some envelope text or hash equals it
};

struct TextValue {
  std::string text;
  bool prefix = false;
};

// The field (for a list: one of its elements) is one of these. A stored hash compares as its
// hexadecimal digits.
struct Texts {
  Field field;
  std::vector<TextValue> any_of;
};

// first <= x <= last
struct Range {
  std::int64_t first = std::numeric_limits<std::int64_t>::min();
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
};

// What a number test looks at.
enum class Measure : std::uint8_t {
  field,     // the envelope's; not there means no
  seq,       // the entry's number
  received,  // nanoseconds
  when,      // Entry::when(), nanoseconds
};

// The number lies in one of these ranges: ascending, neither touching nor empty.
struct Numbers {
  Measure measure;
  Field field;  // for Measure::field
  std::vector<Range> any_of;
  bool one_by_one = false;  // it was written as single numbers, not as ranges of them
};

// The entry's hash begins with one of these lower-case hexadecimal digits (64 of them: is it).
struct Hash {
  std::vector<std::string> any_of;
};

struct Has {
  Field field;
};

struct HasPayload {};

// One acceptable value at a payload path.
struct PathValue {
  enum class Kind : std::uint8_t {
    text,    // a string that equals `text`, or the word of a true, false or null
    prefix,  // a string or integer that begins with `text`
    number,  // a number, or a string that is one, between low and high
    time,    // a string that is a time within `times`
    any,     // anything but null
  } kind;
  std::string text;
  long double low = 0;  // exact for every 64-bit integer and every double
  long double high = 0;
  bool low_open = false;  // low itself is not meant
  bool high_open = false;
  Range times;
};

// Some value of the JSON payload at `path` is one of these. A key of the payload matches one or
// more dotted parts of the path, so keys that hold dots need no quoting. Arrays are looked through;
// a part of digits also picks one element.
struct Path {
  std::string path;
  std::vector<PathValue> any_of;
};

// What is tested where more than one entry says it.
enum class Whole : std::uint8_t {
  run,   // see Trace (audit/trace.hpp)
  call,  // all that is about one call: see Step there
};

enum class WholeMeasure : std::uint8_t {
  run_agent,
  run_agent_version,
  run_environment,
  run_risk,
  run_outcome,
  run_begin,     // nanoseconds
  run_duration,  // nanoseconds
  run_entries,
  run_steps,
  run_model_calls,
  run_tool_calls,
  run_failures,
  run_human_decisions,
  run_gaps,
  run_tokens_in,
  run_tokens_out,
  run_cost,  // billionths
  run_complete,
  call_requested,
  call_approved,
  call_allowed,
  call_denied,
  call_ran,
  call_by,
  call_outcome,
  call_gap,
};

[[nodiscard]] constexpr Whole whole_of(WholeMeasure measure) {
  return measure < WholeMeasure::call_requested ? Whole::run : Whole::call;
}

// The run, or the call, is one of these: as text, or as a number. No entry by itself is ever asked
// about this.
struct OfWhole {
  WholeMeasure measure;
  std::vector<TextValue> texts;
  std::vector<Range> any_of;
};

struct Node {
  using What =
      std::variant<AllOf, AnyOf, Not, Text, Texts, Numbers, Hash, Has, HasPayload, Path, OfWhole>;

  What what;
  Span span;
};

// Both hold. A null pointer is the question for everything.
[[nodiscard]] NodePtr both(const NodePtr& a, const NodePtr& b);

// All of the parts, flattened. One part is returned as it is.
[[nodiscard]] NodePtr all_of(std::vector<NodePtr> parts, Span span);

// Any of the parts, flattened; tests of one field are made into one test.
[[nodiscard]] NodePtr any_of(std::vector<NodePtr> parts, Span span);

// Sorts the ranges, drops empty ones and joins those that touch.
void normalize(std::vector<Range>& ranges);

// A question in two: what is asked of single entries, and what of one kind of whole. The two are
// joined by AND; a null pointer asks for everything.
struct Halves {
  NodePtr entries;
  NodePtr whole;
};

// The error is that of a test of a whole that is joined with others by OR or NOT.
[[nodiscard]] Parsed<Halves> split(const NodePtr& root, Whole whole);

// The first part that tests such a whole, if there is one.
[[nodiscard]] const Node* first_of(Whole whole, const Node& node);

// True for the type of the ledger's own entries: nothing that comes in has one.
[[nodiscard]] bool names_system_kind(std::string_view kind);

}  // namespace audit::match
