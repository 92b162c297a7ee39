#include "source/jsonl.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "source/collector.hpp"
#include "source/finisher.hpp"
#include "source/vocabulary.hpp"

namespace audit::source {

namespace {

using base::JsonStatus;

std::string_view flag_of(JsonStatus status) {
  switch (status) {
    case JsonStatus::bad_utf8:
      return "bad-utf8";
    case JsonStatus::duplicate_key:
      return "duplicate-key";
    case JsonStatus::too_deep:
      return "too-deep";
    default:
      return "unparsed";
  }
}

// What is not in `values` yet, unless it is there already or is empty.
void add_once(std::vector<std::string>& values, std::string_view value) {
  if (value.empty() || std::find(values.begin(), values.end(), value) != values.end()) return;
  values.emplace_back(value);
}

Envelope with(const Envelope& envelope, Field field, std::string_view value) {
  Envelope other = envelope;
  other.erase(field);
  other.set_text(field, value);
  return other;
}

}  // namespace

struct JsonlMapper::Impl {
  base::JsonReader reader;
  Vocabulary words;
  Collector collector{words};
  Finisher finisher{words};
};

JsonlMapper::JsonlMapper() : impl_(std::make_unique<Impl>()) {}

JsonlMapper::~JsonlMapper() = default;
JsonlMapper::JsonlMapper(JsonlMapper&&) noexcept = default;
JsonlMapper& JsonlMapper::operator=(JsonlMapper&&) noexcept = default;

JsonStatus JsonlMapper::parse(std::string_view line, bool padded) {
  return impl_->reader.parse(line, padded);
}

JsonStatus JsonlMapper::map(std::string_view line, bool padded, Timestamp received,
                            Envelope& envelope) {
  const JsonStatus status = parse(line, padded);
  map(status, received, envelope);
  return status;
}

void JsonlMapper::map(JsonStatus status, Timestamp received, Envelope& envelope) {
  envelope.clear();
  if (status != JsonStatus::ok) {
    envelope.set_text(Field::type, "unparsed");
    envelope.set_text(Field::flags, flag_of(status));
  } else if (!impl_->reader.is_object()) {
    envelope.set_text(Field::type, "other");
  } else {
    Collector& collector = impl_->collector;
    collector.clear();
    impl_->reader.walk(collector);
    if (collector.has_fault()) impl_->finisher.add(Flag::wrong_type);
    impl_->finisher.finish(collector.hits(), received, envelope);
  }
}

bool JsonlMapper::map_all(std::string_view line, Timestamp received,
                          std::vector<Envelope>& readings) {
  readings.clear();
  const JsonStatus status = parse(line, false);
  if (status != JsonStatus::ok || !impl_->reader.is_object()) return false;
  Collector::Names names;
  impl_->collector.note_names(&names);
  readings.emplace_back();
  map(status, received, readings.front());
  impl_->collector.note_names(nullptr);

  std::vector<std::string> kinds;
  std::vector<std::string> tools;
  add_once(kinds, readings[0].text(Field::type));
  add_once(tools, readings[0].text(Field::tool));
  for (const std::string_view kind : names.kinds) {
    const std::string_view known = impl_->words.kind(kind);
    add_once(kinds, known.empty() ? kind : known);
  }
  for (const std::string_view tool : names.tools) add_once(tools, tool);
  if (kinds.size() * std::max<std::size_t>(tools.size(), 1) > kMaxReadings) return false;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const Envelope of_kind = with(readings[0], Field::type, kinds[i]);
    if (i > 0) readings.push_back(of_kind);
    for (std::size_t j = readings[0].text(Field::tool).empty() ? 0 : 1; j < tools.size(); ++j) {
      readings.push_back(with(of_kind, Field::tool, tools[j]));
    }
  }
  return true;
}

const base::JsonReader& JsonlMapper::reader() const noexcept { return impl_->reader; }

}  // namespace audit::source
