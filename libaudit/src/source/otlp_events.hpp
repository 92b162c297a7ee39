// source/otlp_events.hpp - the events that the spans and log records of one request become.
#pragma once

#include <audit/event.hpp>

#include <cstddef>
#include <deque>

#include "source/otlp_model.hpp"

namespace audit::source {

// What a part is in the tree of its trace, for what only the whole record shows.
struct OtlpRole {
  bool is_model_call = false;
  bool is_run = false;      // of an agent or a tool: what is called in it is not what called it
  bool says_agent = false;  // in its own attributes, not only as its resource's default
  bool says_session = false;
  std::int64_t start = 0;
  std::int64_t end = 0;
};

struct OtlpEvent {
  Envelope envelope;
  bool has_bytes = false;    // it is the part; else it is told by the part and has no bytes
  bool is_complete = false;  // a span that has ended
  bool is_dropped = false;   // told better by another part: leave it out
  std::size_t part = 0;      // of how many-th part of the record
  std::size_t offset = 0;    // of the part in the record
  std::size_t length = 0;
  std::size_t text_begin = 0;  // of the part's words in OtlpEvents::text
  std::size_t text_end = 0;
  std::size_t scope = 0;  // which instrumentation made it
  OtlpRole role;
};

// Keeps its room from record to record. References to events stay valid while others are added.
class OtlpEvents {
 public:
  OtlpEvent& add() {
    if (count_ == events_.size()) events_.emplace_back();
    OtlpEvent& event = events_[count_++];
    event.envelope.clear();
    event.has_bytes = event.is_complete = event.is_dropped = false;
    event.part = event.offset = event.length = event.text_begin = event.text_end = 0;
    event.scope = 0;
    event.role = {};
    return event;
  }

  // An event that the same part tells: who and where are the same.
  OtlpEvent& derive(const OtlpEvent& from);

  void clear() {
    count_ = 0;
    text.clear();
    if (events_.size() > kKeptEvents) events_.resize(kKeptEvents);
  }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  [[nodiscard]] OtlpEvent& operator[](std::size_t i) { return events_[i]; }

  std::string text;  // the words of the parts

 private:
  static constexpr std::size_t kKeptEvents = 4096;

  std::deque<OtlpEvent> events_;
  std::size_t count_ = 0;
};

}  // namespace audit::source
