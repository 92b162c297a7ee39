// source/part_events.hpp - the events that the parts of one record become: spans, log records, steps.
#pragma once

#include <audit/event.hpp>

#include <cstddef>
#include <deque>

namespace audit::source {

// What a part is in the tree of its trace, for what only the whole record shows.
struct TraceRole {
  bool is_model_call = false;
  bool is_run = false;      // of an agent or a tool: what is called in it is not what called it
  bool says_agent = false;  // in its own attributes, not only as its resource's default
  bool says_session = false;
  std::int64_t start = 0;
  std::int64_t end = 0;
};

struct PartEvent {
  Envelope envelope;
  bool has_bytes = false;    // it is the part; else it is told by the part and has no bytes
  bool is_complete = false;  // a span that has ended
  bool is_dropped = false;   // told better by another part: leave it out
  bool is_once = false;      // told by a part, and by others too: its event_id says what it is
  std::size_t part = 0;      // of how many-th part of the record
  std::size_t offset = 0;    // of the part in the record
  std::size_t length = 0;
  std::size_t text_begin = 0;  // of the part's words in PartEvents::text
  std::size_t text_end = 0;
  std::size_t scope = 0;  // which instrumentation made it
  TraceRole role;
};

// Keeps its room from record to record. References to events stay valid while others are added.
class PartEvents {
 public:
  PartEvent& add() {
    if (count_ == events_.size()) events_.emplace_back();
    PartEvent& event = events_[count_++];
    event.envelope.clear();
    event.has_bytes = event.is_complete = event.is_dropped = event.is_once = false;
    event.part = event.offset = event.length = event.text_begin = event.text_end = 0;
    event.scope = 0;
    event.role = {};
    return event;
  }

  // An event that the same part tells: who and where are the same.
  PartEvent& derive(const PartEvent& from);

  void clear() {
    count_ = 0;
    text.clear();
    if (events_.size() > kKeptEvents) events_.resize(kKeptEvents);
  }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  [[nodiscard]] PartEvent& operator[](std::size_t i) { return events_[i]; }

  std::string text;  // the words of the parts

 private:
  static constexpr std::size_t kKeptEvents = 4096;

  std::deque<PartEvent> events_;
  std::size_t count_ = 0;
};

}  // namespace audit::source
