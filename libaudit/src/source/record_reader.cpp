#include "source/record_reader.hpp"

#include <algorithm>

#include "event/text.hpp"
#include "source/json_path.hpp"
#include "source/key_tree.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

// The format a record looks like, by the names at its top; null if like none.
const Format* recognise(const Keys& keys, const JsonValue& record) {
  for (const Format& format : formats()) {
    if (!keys.has_all(format.keys)) continue;
    if (format.accepts == nullptr || format.accepts(keys, record)) return &format;
  }
  return nullptr;
}

const Format* recognise(const JsonValue& record) { return recognise(Keys(record), record); }

// True if some member says what kind of event it is, or when it was, in whatever words. A name alone
// may be anybody's.
bool is_event(const JsonValue& record) {
  const KeyTree& tree = KeyTree::instance();
  bool found = false;
  record.for_members([&](std::string_view name, const JsonValue&) {
    const Place place = tree.find(KeyTree::kRoot, name);
    if (found || !place.known() || name == "name") return;
    const auto rows = tree.rows(place);
    found = std::any_of(rows.begin(), rows.end(), [](const KeyTree::Row& row) {
      return row.target.number == static_cast<std::uint8_t>(Field::type) ||
             row.target.number == static_cast<std::uint8_t>(Field::time);
    });
  });
  return found;
}

// The name of the list of an envelope that holds events and is none itself, as APIs export them and
// webhooks send them; empty if it is none.
std::string_view wrapped_list(const Keys& keys, const JsonValue& record) {
  constexpr std::pair<Key, std::string_view> kLists[] = {
      {Key::events, "events"}, {Key::records_lower, "records"}, {Key::entries, "entries"},
      {Key::logs, "logs"},     {Key::items, "items"},           {Key::data, "data"}};
  for (const auto& [key, name] : kLists) {
    if (!keys.has(key)) continue;
    const auto list = record.member(name);
    if (!list || !list->is_array()) continue;
    bool is_of_events = false;
    list->for_elements([&](const JsonValue& element) {
      is_of_events = element.is_object() && is_event(element);
      return is_of_events;
    });
    return is_of_events && !is_event(record) ? name : std::string_view();
  }
  return {};
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
  is_forced_ = forced != nullptr;
  is_misread_ = false;
  std::string_view wrapped;
  if (root.is_object() && forced == nullptr) {
    const Keys keys(root);
    format_ = recognise(keys, root);
    if (format_ == nullptr) wrapped = wrapped_list(keys, root);
  } else if (root.is_object()) {
    format_ = forced;
  }
  if (format_ == nullptr && !root.is_array() && wrapped.empty()) return Found::plain;
  steps_.begin(record, most, received);
  if (format_ != nullptr) {
    read_one(*format_, root);
  } else if (!read_list(record, wrapped, wrapped.empty() ? root : *root.member(wrapped), forced,
                        any_list)) {
    return Found::plain;
  }
  if (steps_.has_too_many()) return Found::too_many;
  steps_.end(events);
  if (events.size() == 1) return Found::one;
  if (with_text) append_words(record, events);
  return Found::parts;
}

void RecordReader::read_one(const Format& format, const JsonValue& record) {
  const std::size_t before = steps_.size();
  reader_of(format).read(record, steps_);
  if (steps_.size() > before) return;
  steps_.add("other");
  is_misread_ |= is_forced_ && recognise(record) != &format;
}

// A list of records: an export, a batch. False if it is a list of anything else.
//   path   where in the record it stands; empty: it is the record
bool RecordReader::read_list(std::string_view record, std::string_view path, const JsonValue& list,
                             const Format* forced, bool any) {
  std::vector<const Format*> own;
  bool is_of_objects = true;
  bool is_of_events = true;
  list.for_elements([&](const JsonValue& element) {
    is_of_objects = element.is_object();
    if (!is_of_objects) return false;
    own.push_back(forced != nullptr ? forced : recognise(element));
    is_of_events &= own.back() != nullptr || is_event(element);
    return is_of_objects;
  });
  if (!is_of_objects || own.empty()) return false;
  if (!any && !is_of_events) return false;
  const bool is_of_one = std::all_of(own.begin(), own.end(), [&](auto* f) { return f == own[0]; });
  format_ = is_of_one ? own[0] : nullptr;
  if (format_ != nullptr && reader_of(*format_).read_all(list, steps_)) return true;
  const std::vector<JsonRange> ranges = find_elements(record, path);
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
