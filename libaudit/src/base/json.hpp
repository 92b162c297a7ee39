// base/json.hpp - reads one JSON document from bytes nobody vouches for, and writes JSON strings.
//
// Reading is a walk: the whole document is validated first (syntax, UTF-8, depth), then its values
// are handed to a JsonVisitor in document order. Nothing is copied but what the visitor copies.
// The one place that knows simdjson; see libaudit/decisions/0003-json.md for why it is not nlohmann.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

  // Walks what the last parse() accepted (status ok or duplicate_key).
  void walk(JsonVisitor& visitor) const;

  // True if what was parsed is an object.
  [[nodiscard]] bool is_object() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Appends `text` as a JSON string with its quotes. Control characters, '"' and '\' are escaped, and
// so are U+2028, U+2029 and DEL; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace audit::base
