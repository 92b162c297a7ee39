// source/steps.hpp - the steps that a record of a foreign format tells, as events.
//
// A reader says what is true of the whole record, and adds a step for each fact. A step is told by an
// element of a list in the record, whose bytes it then has, or by the record as such.
#pragma once

#include <audit/field.hpp>
#include <audit/time.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "source/arena.hpp"
#include "source/collector.hpp"
#include "source/finisher.hpp"
#include "source/json_scanner.hpp"
#include "source/otlp_calls.hpp"
#include "source/part_events.hpp"
#include "source/vocabulary.hpp"

namespace audit::source {

// Keeps its buffers; one thread at a time.
class Steps {
 public:
  using Value = std::optional<base::JsonValue>;

  // --- One record ---

  // Before each record.
  //   record     its bytes, JSON whose every name occurs once in its object
  //   most       parts at most
  void begin(std::string_view record, std::size_t most, Timestamp received);

  // From here on all steps are told by these bytes of the record, whatever list they are in.
  void confine(const JsonRange& range);

  // After the last step of a record: adds their events to `events`, by where they stand.
  void end(PartEvents& events);

  // The steps so far.
  [[nodiscard]] std::size_t size() const noexcept { return told_.size(); }

  // There were more elements than `most`: not all of the record was taken apart.
  [[nodiscard]] bool has_too_many() const noexcept { return has_too_many_; }

  // --- For a reader ---

  // What is set now is true of every step added later.
  void share();
  // The same, and begins with who, where and when a record says, by the names of any log: for formats
  // that stand in records of the application's own.
  void share_place(const base::JsonValue& record);
  // Forgets what was shared, for another document in the record.
  void forget();

  // The steps that follow are told by element `index` of the array at `path` of the record.
  void enter(std::string_view path, std::size_t index);
  // They are told by the record as such.
  void leave();

  // A step of this kind; what is set now is of it.
  Steps& add(std::string_view kind);
  // The same of one that others may tell as well: it is stored once, whoever is first.
  Steps& add_once(std::string_view kind, std::string_view id);

  // A step that is what the names in `record` say, as in any log.
  void add_plain(const base::JsonValue& record);

  // An event that was made elsewhere, with its envelope.
  void adopt(PartEvent& made);

  // The writer's clock.
  [[nodiscard]] Timestamp received() const noexcept { return received_; }

  // Sets a field from the document, read as its type wants it; null and absent set nothing.
  Steps& set(Target target, const Value& value);
  Steps& set(Target target, const Value& value, Reading reading);
  // A text that need not live on; an empty one takes the field away.
  Steps& text(Target target, std::string_view text);
  Steps& number(Field field, std::int64_t number);
  Steps& drop(std::initializer_list<Field> fields);
  // The digest of arguments, as `payload_hash` unless said otherwise.
  Steps& arguments(const Value& value, Field field = Field::payload_hash);
  // Counters, by the names of the table of synonyms: {"input_tokens":1,...}.
  Steps& usage(const Value& value);
  // Input is counted without what came from the cache and went to it: adds these.
  Steps& add_cached_tokens();
  // Output is counted without what was thought: adds it.
  Steps& add_thoughts();
  // A time of the document; nothing if it is missing or cannot be read.
  [[nodiscard]] std::optional<std::int64_t> time_of(const Value& value);
  // How long it took, from one time of the document to another; nothing if either is missing.
  Steps& took(const Value& begin, const Value& end);
  // A text of an error, or of a reason, cut to what such a field holds.
  Steps& failed(std::string_view message);
  Steps& state(std::string_view state);
  Steps& state(Field field, std::string_view state);

  // The calls that an answer asks for, one tool.proposed each.
  //   parent   the step that asked, or empty
  void propose(const base::JsonValue& answer, std::string_view parent);

  [[nodiscard]] bool has(Target target) const { return hits().has(target); }

  [[nodiscard]] std::string_view text_of(Target target) const { return hits().text(target); }

  [[nodiscard]] std::optional<std::int64_t> number_of(Target target) const {
    return hits().number(target);
  }

  // A copy that lives until the record is done.
  [[nodiscard]] std::string_view keep(std::string_view text) { return made_.text(text); }

  [[nodiscard]] Vocabulary& words() noexcept { return words_; }

 private:
  static constexpr std::size_t kRecord = SIZE_MAX;

  struct Part {
    JsonRange range;
    std::string_view path;
    std::size_t index;  // in the list there
  };

  struct List {
    std::string_view path;
    std::vector<JsonRange> elements;
  };

  // What a value says; nothing for null and absent. One that cannot be read is flagged.
  [[nodiscard]] std::optional<Hit> read_value(const Value& value, Reading reading);

  [[nodiscard]] Hits& hits() noexcept { return is_shared_ ? shared_ : own_; }

  [[nodiscard]] const Hits& hits() const noexcept { return is_shared_ ? shared_ : own_; }

  [[nodiscard]] const std::vector<JsonRange>& elements(std::string_view path);
  void finish_step();

  Vocabulary words_;
  Collector collector_{words_};
  Finisher finisher_{words_};
  Arena made_;
  std::string_view record_;
  std::size_t most_ = 0;
  Timestamp received_;
  PartEvents drafts_;  // as they were added
  Hits shared_;
  Hits own_;
  std::vector<std::pair<Field, std::string_view>> shared_states_;
  PartEvent* step_ = nullptr;  // not finished yet
  bool is_shared_ = true;      // what is set is shared
  std::vector<List> lists_;
  std::vector<Part> parts_;
  std::vector<std::size_t> told_;  // by which of parts_ each of drafts_ is, or kRecord
  std::size_t part_ = kRecord;
  bool is_confined_ = false;
  bool has_too_many_ = false;
  std::vector<ToolCall> calls_;
};

}  // namespace audit::source
