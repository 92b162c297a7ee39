#include "source/record_reader.hpp"

#include <algorithm>

#include "event/text.hpp"
#include "source/json_path.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// The format a record looks like, by the names at its top; null if like none.
const Format* recognise(const JsonValue& record) {
  const Keys keys(record);
  for (const Format& format : formats()) {
    if (!keys.has_all(format.keys)) continue;
    if (format.accepts == nullptr || format.accepts(keys, record)) return &format;
  }
  return nullptr;
}

}  // namespace

RecordReader::RecordReader() : readers_(formats().size()) {}

void RecordReader::begin_input(std::string_view source) {
  if (source == source_) return;
  source_ = source;
  forget();
}

void RecordReader::forget() {
  for (const auto& reader : readers_) {
    if (reader) reader->begin_input(source_);
  }
}

FormatReader& RecordReader::reader_of(const Format& format) {
  auto& reader = readers_[static_cast<std::size_t>(&format - formats().data())];
  if (!reader) {
    reader = format.make();
    reader->begin_input(source_);
  }
  return *reader;
}

RecordReader::Found RecordReader::read(std::string_view record, const base::JsonReader& json,
                                       const Format* forced, bool any_list, std::size_t most,
                                       Timestamp received, bool with_text, PartEvents& events) {
  const JsonValue root = json.root();
  events.clear();
  format_ = nullptr;
  if (root.is_object()) format_ = forced != nullptr ? forced : recognise(root);
  if (format_ == nullptr && !root.is_array()) return Found::plain;
  steps_.begin(record, most, received);
  if (root.is_array()) {
    if (!read_list(record, root, forced, any_list)) return Found::plain;
  } else {
    read_one(*format_, root);
  }
  if (steps_.has_too_many()) return Found::plain;
  steps_.end(events);
  if (events.size() == 1) return Found::one;
  if (with_text) append_words(record, events);
  return Found::parts;
}

void RecordReader::read_one(const Format& format, const JsonValue& record) {
  const std::size_t before = steps_.size();
  reader_of(format).read(record, steps_);
  if (steps_.size() == before) steps_.add("other");
}

// A list of records: an export, a batch. False if it is a list of anything else.
bool RecordReader::read_list(std::string_view record, const JsonValue& list, const Format* forced,
                             bool any) {
  std::vector<const Format*> own;
  bool is_of_objects = true;
  list.for_elements([&](const JsonValue& element) {
    is_of_objects = element.is_object();
    if (is_of_objects) own.push_back(forced != nullptr ? forced : recognise(element));
    return is_of_objects;
  });
  if (!is_of_objects || own.empty()) return false;
  const auto is_known = [](const Format* format) { return format != nullptr; };
  if (!any && !std::all_of(own.begin(), own.end(), is_known)) return false;
  const bool is_of_one = std::all_of(own.begin(), own.end(), [&](auto* f) { return f == own[0]; });
  format_ = is_of_one ? own[0] : nullptr;
  if (format_ != nullptr && reader_of(*format_).read_all(list, steps_)) return true;
  const std::vector<JsonRange> ranges = find_elements(record, {});
  std::size_t i = 0;
  list.for_elements([&](const JsonValue& element) {
    steps_.forget();
    steps_.confine(ranges[i]);
    if (own[i] != nullptr) {
      read_one(*own[i], element);
    } else {
      steps_.add_plain(element);
    }
    ++i;
    return !steps_.has_too_many();
  });
  return true;
}

void RecordReader::append_words(std::string_view record, PartEvents& events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    PartEvent& event = events[i];
    event.text_begin = events.text.size();
    if (event.has_bytes) {
      event::append_payload_text(part_reader_, record.substr(event.offset, event.length),
                                 events.text);
    }
    event.text_end = events.text.size();
  }
}

}  // namespace audit::source
