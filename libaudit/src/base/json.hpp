// base/json.hpp - reads one JSON document from bytes nobody vouches for, and writes JSON strings.
//
// Reading is a walk: the whole document is validated first (syntax, UTF-8, depth), then its values
// are handed to a JsonVisitor in document order. Nothing is copied but what the visitor copies.
// The one place that knows simdjson; see libaudit/decisions/0003-json.md for why it is not nlohmann.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace audit::base {

// Bytes that must be readable (any content) behind a document that is walked in place.
inline constexpr std::size_t kJsonPadding = 64;

// Nesting beyond this is refused: a document with 200 open brackets is fine, 201 are not.
inline constexpr std::size_t kMaxJsonDepth = 200;

enum class JsonStatus : std::uint8_t {
  ok,
  not_json,       // a syntax error, or no document at all
  bad_utf8,       // the bytes are not UTF-8
  duplicate_key,  // an object names a key twice, at any depth: no reader agrees on its meaning
  too_deep,       // more than kMaxJsonDepth levels
};

// A number as written: exact where it fits 64 bits, else the nearest double.
struct JsonNumber {
  enum class Kind : std::uint8_t { signed_integer, unsigned_integer, real } kind;
  std::int64_t i;   // signed_integer
  std::uint64_t u;  // unsigned_integer: above the range of int64
  double d;         // always set
};

// Told of each value in document order. `key` is the member name where the value is in an object,
// else empty. Views live until the call returns... and, from walk(), until the next walk.
class JsonVisitor {
 public:
  virtual ~JsonVisitor() = default;

  virtual void begin_object(std::string_view /*key*/) {}

  virtual void end_object() {}

  virtual void begin_array(std::string_view /*key*/) {}

  virtual void end_array() {}

  virtual void string(std::string_view /*key*/, std::string_view /*value*/) {}

  virtual void number(std::string_view /*key*/, const JsonNumber& /*value*/) {}

  virtual void boolean(std::string_view /*key*/, bool /*value*/) {}

  virtual void null(std::string_view /*key*/) {}
};

// One value of a document that was read: for readers that look things up instead of being told. A
// view; it lives until the reader's next parse.
class JsonValue {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  [[nodiscard]] Kind kind() const noexcept;

  [[nodiscard]] bool is_object() const noexcept { return kind() == Kind::object; }

  [[nodiscard]] bool is_array() const noexcept { return kind() == Kind::array; }

  // The text of a string, else empty.
  [[nodiscard]] std::string_view text() const noexcept;
  //   requires  kind() is the one named
  [[nodiscard]] JsonNumber number() const noexcept;
  [[nodiscard]] bool truth() const noexcept;

  // The member of an object; nothing if there is none or this is no object.
  [[nodiscard]] std::optional<JsonValue> member(std::string_view key) const noexcept;

  // Calls visit(std::string_view key, JsonValue) for the members of an object, or visit(JsonValue)
  // for the elements of an array, in order; for anything else not at all. A visit that returns false
  // is the last.
  template <class Visit>
  void for_members(Visit&& visit) const {
    each_member(address_of(visit), [](void* context, std::string_view key, const JsonValue& value) {
      return call(*static_cast<std::remove_reference_t<Visit>*>(context), key, value);
    });
  }

  template <class Visit>
  void for_elements(Visit&& visit) const {
    each_element(address_of(visit), [](void* context, const JsonValue& value) {
      return call(*static_cast<std::remove_reference_t<Visit>*>(context), value);
    });
  }

  // Tells the visitor of this value and all in it.
  void walk(JsonVisitor& visitor) const;

 private:
  friend class JsonReader;
  using Storage = std::array<std::byte, 16>;  // what simdjson calls an element

  explicit JsonValue(Storage storage) noexcept : storage_(storage) {}

  // Also of one that is constant; it is called as what it is.
  template <class Visit>
  static void* address_of(Visit& visit) {
    return const_cast<void*>(static_cast<const void*>(std::addressof(visit)));
  }

  template <class Visit, class... Arguments>
  static bool call(Visit& visit, const Arguments&... arguments) {
    if constexpr (std::is_void_v<std::invoke_result_t<Visit&, const Arguments&...>>) {
      visit(arguments...);
      return true;
    } else {
      return visit(arguments...);
    }
  }

  using MemberVisit = bool (*)(void* context, std::string_view key, const JsonValue& value);
  using ElementVisit = bool (*)(void* context, const JsonValue& value);
  void each_member(void* context, MemberVisit visit) const;
  void each_element(void* context, ElementVisit visit) const;

  Storage storage_;
};

// A reader that keeps its buffers from one document to the next. One thread at a time.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;

  // Validates `document`. Strings handed out by walk() afterwards live until the next parse.
  //   padded   kJsonPadding bytes behind the document may be read: no copy is made
  [[nodiscard]] JsonStatus parse(std::string_view document, bool padded = false);

  // Parses a document and appends each of its string values, `behind` after each. False, and nothing
  // is appended, for what parse() refuses; keys that are there twice do not matter.
  [[nodiscard]] bool append_strings(std::string_view document, char behind, std::string& out);

  // Walks what the last parse() accepted (status ok or duplicate_key).
  void walk(JsonVisitor& visitor) const;

  // True if what was parsed is an object.
  [[nodiscard]] bool is_object() const;

  // What the last parse() accepted.
  [[nodiscard]] JsonValue root() const;

 private:
  [[nodiscard]] int read(std::string_view& document, bool padded);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Appends `text` as a JSON string with its quotes. Control characters, '"' and '\' are escaped, and
// so are U+2028, U+2029 and DEL; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// The same in exactly one spelling, for texts that are read by others as evidence: '"' and '\\' behind a
// backslash, and as \u with four lower-case digits all controls (U+0000 to U+001F, U+007F to U+009F),
// '<', and what reorders text or cannot be seen: U+061C, U+200B to U+200F, U+2028 to U+202E, U+2060 to
// U+206F, U+FEFF, U+FFF9 to U+FFFB. Nothing else is escaped. It can stand in a line, and in a script of
// HTML.
//   requires  is_utf8(text)
void append_visible_json_string(std::string& out, std::string_view text);

}  // namespace audit::base
