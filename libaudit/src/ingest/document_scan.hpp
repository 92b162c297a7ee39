// ingest/document_scan.hpp - where JSON that may stand on many lines ends, or stops being JSON.
//
// Not a parser: it tells as early as it can that what began like a document is a log, in which somebody
// wrote an opening brace. Nothing that is JSON is taken for broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace audit::ingest {

class DocumentScan {
 public:
  enum class State : std::uint8_t {
    open,
    ended,   // an object or a list is complete
    broken,  // it cannot become JSON any more
  };

  void begin() noexcept { *this = DocumentScan(); }

  // Takes more bytes. Stops behind the one that ends or breaks it, and takes no more after that.
  //   returns   how many were taken
  std::size_t take(std::string_view bytes) noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }

 private:
  // What stood before, blanks left out.
  enum class Last : std::uint8_t { nothing, brace, bracket, comma, colon, value };

  void take_string(char c) noexcept;
  [[nodiscard]] State take_other(char c) noexcept;
  [[nodiscard]] State open(Last with) noexcept;
  [[nodiscard]] State close() noexcept;

  State state_ = State::open;
  Last last_ = Last::nothing;
  std::uint64_t depth_ = 0;
  bool in_string_ = false;
  bool is_escaped_ = false;
  bool in_word_ = false;  // a number, true, false, null
};

// Whether one of the lines is a whole object in JSON.
[[nodiscard]] bool holds_json_line(std::string_view text) noexcept;

}  // namespace audit::ingest
