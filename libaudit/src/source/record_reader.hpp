// source/record_reader.hpp - a record in JSON that may be of a foreign format, as the events it tells.
//
// Format   audit-events(5), "OTHER FORMATS"
#pragma once

#include <audit/time.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/format.hpp"
#include "source/part_events.hpp"
#include "source/steps.hpp"

namespace audit::source {

// Keeps its buffers, and what was said earlier in an input; one thread at a time.
class RecordReader {
 public:
  enum class Found : std::uint8_t {
    plain,     // of no foreign format
    one,       // one event, which is the record
    parts,     // several
    too_many,  // more parts than wanted; `events` is empty
  };

  RecordReader();

  // Another input begins.
  void begin_input(std::string_view source);

  // The same, though it may have the same name: what was said earlier was said by somebody else.
  void forget();

  // Reads a record into `events` (cleared first).
  //   json       what parsed `record`, with status ok
  //   forced     the format it is; null: whatever it looks like
  //   any_list   a list is taken apart whatever its objects are, not only if they are
  //              of a format or say what kind of event they are, or when it was
  //   most       parts at most
  //   with_text  the words of each part are wanted, in events.text
  [[nodiscard]] Found read(std::string_view record, const base::JsonReader& json,
                           const Format* forced, bool any_list, std::size_t most,
                           Timestamp received, bool with_text, PartEvents& events);

  // The format of the last record; null for a list of records of no foreign one, or of several.
  [[nodiscard]] const Format* format() const noexcept { return format_; }

  // A format was forced, and the record, or one of the list, neither looks like it nor says anything
  // in it.
  [[nodiscard]] bool is_misread() const noexcept { return is_misread_; }

 private:
  [[nodiscard]] FormatReader& reader_of(const Format& format);
  void read_one(const Format& format, const base::JsonValue& record);
  [[nodiscard]] bool read_list(std::string_view record, std::string_view path,
                               const base::JsonValue& list, const Format* forced, bool any);
  void append_words(std::string_view record, PartEvents& events);

  Steps steps_;
  std::vector<std::unique_ptr<FormatReader>> readers_;  // by number of the format
  std::string source_;
  const Format* format_ = nullptr;
  bool is_forced_ = false;
  bool is_misread_ = false;
  base::JsonReader part_reader_;
};

}  // namespace audit::source
