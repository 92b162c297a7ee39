#include "source/otlp.hpp"

#include <optional>

#include "base/json.hpp"
#include "event/text.hpp"
#include "source/otlp_json.hpp"
#include "source/otlp_map.hpp"
#include "source/otlp_protobuf.hpp"
#include "source/otlp_relate.hpp"

namespace audit::source {

namespace {

// What stands once in a request is said of each of its parts: together they hold no more than this.
constexpr std::size_t kMostDerivedBytes = std::size_t{64} << 20;

std::size_t text_bytes(const Envelope& envelope) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < envelope.size(); ++i) bytes += envelope.at(i).text.size();
  return bytes;
}

// A parser remembers the largest document it met; that of one this large is given back.
constexpr std::size_t kLargeRecord = std::size_t{4} << 20;

std::string_view flag_of(base::JsonStatus status) {
  switch (status) {
    case base::JsonStatus::bad_utf8:
      return "bad-utf8";
    case base::JsonStatus::duplicate_key:
      return "duplicate-key";
    case base::JsonStatus::too_deep:
      return "too-deep";
    default:
      return "unparsed";
  }
}

}  // namespace

bool begins_as_otlp_json(std::string_view line) noexcept {
  constexpr std::string_view kBlanks = " \t\r\n";
  constexpr std::string_view kKey = "\"resource";
  if (line.empty() || (line[0] != '{' && line[0] != ' ' && line[0] != '\xef')) return false;
  const std::size_t brace = line.find('{');
  if (brace > 8) return false;
  const std::size_t quote = line.find_first_not_of(kBlanks, brace + 1);
  if (quote == std::string_view::npos) return false;
  line.remove_prefix(quote);
  if (!line.starts_with(kKey) || line.size() <= kKey.size()) return false;
  const char next = line[kKey.size()];
  return next == 'S' || next == 'L' || next == 'M' || next == '_';
}

bool may_hold_otlp_json(std::string_view line) noexcept {
  constexpr std::size_t kHeadBytes = 4096;
  constexpr std::string_view kKey = "\"resource";
  constexpr std::string_view kNext = "SLM_";
  if (line.empty() || line.find('{') > 8) return false;
  line = line.substr(0, kHeadBytes);
  for (std::size_t at = line.find(kKey); at != std::string_view::npos;
       at = line.find(kKey, at + 1)) {
    const std::string_view next = line.substr(at + kKey.size(), 1);
    if (!next.empty() && kNext.find(next[0]) != std::string_view::npos) return true;
  }
  return false;
}

struct OtlpReader::Impl final : OtlpSink {
  void origin(const OtlpOrigin& origin) override { mapper.set_origin(origin); }

  void span(const OtlpSpan& span, const OtlpPlace& place) override {
    if (derived > kMostDerivedBytes) return;
    const std::size_t first = events->size();
    mapper.map(span, place, received, *events);
    finish_part(first);
  }

  void log(const OtlpLog& log, const OtlpPlace& place) override {
    if (derived > kMostDerivedBytes) return;
    const std::size_t first = events->size();
    mapper.map(log, place, received, *events);
    finish_part(first);
  }

  // Numbers the events of the part in hand, and gathers its words.
  void finish_part(std::size_t first) {
    for (std::size_t i = first; i < events->size(); ++i) {
      (*events)[i].part = parts;
      derived += text_bytes((*events)[i].envelope);
    }
    ++parts;
    OtlpEvent& primary = (*events)[first];
    primary.text_begin = events->text.size();
    if (with_text) append_text();
    primary.text_end = events->text.size();
  }

  void append_text() {
    if (is_json) {
      event::append_json_text(json_reader.part(), events->text);
    } else {
      event::append_other_text(protobuf_reader.part(), events->text);
    }
  }

  void begin(OtlpEvents& into, Timestamp now, bool text) {
    into.clear();
    events = &into;
    received = now;
    with_text = text;
    parts = 0;
    derived = 0;
    flag = {};
  }

  [[nodiscard]] Found finish() {
    if (derived > kMostDerivedBytes) {
      events->clear();
      flag = "too-large";
      return Found::whole;
    }
    if (parts == 0) return Found::whole;
    relate(*events);
    return Found::parts;
  }

  OtlpMapper mapper;
  base::JsonReader json;
  OtlpJsonReader json_reader;
  OtlpProtobufReader protobuf_reader;
  bool is_json = true;
  OtlpEvents* events = nullptr;
  Timestamp received;
  bool with_text = false;
  std::size_t parts = 0;
  std::size_t derived = 0;  // bytes of the fields of all events
  std::string_view flag;
};

OtlpReader::OtlpReader() : impl_(std::make_unique<Impl>()) {}

OtlpReader::~OtlpReader() = default;
OtlpReader::OtlpReader(OtlpReader&&) noexcept = default;
OtlpReader& OtlpReader::operator=(OtlpReader&&) noexcept = default;

OtlpReader::Found OtlpReader::read_json(std::string_view record, bool padded, Timestamp received,
                                        bool with_text, OtlpEvents& events) {
  impl_->begin(events, received, with_text);
  impl_->is_json = true;
  const base::JsonStatus status = impl_->json.parse(record, padded);
  Found found = Found::broken;
  if (status != base::JsonStatus::ok) {
    impl_->flag = flag_of(status);
  } else if (!impl_->json_reader.read(record, impl_->json, kMaxParts, *impl_)) {
    found = Found::foreign;
  } else {
    found = impl_->finish();
    if (impl_->json_reader.has_too_many()) impl_->flag = "too-large";
  }
  if (record.size() > kLargeRecord) impl_->json = base::JsonReader();
  return found;
}

OtlpReader::Found OtlpReader::read_protobuf(std::string_view record, Timestamp received,
                                            bool with_text, OtlpEvents& events) {
  impl_->begin(events, received, with_text);
  impl_->is_json = false;
  switch (impl_->protobuf_reader.read(record, kMaxParts, *impl_)) {
    case OtlpProtobufReader::Found::parts:
      return impl_->finish();
    case OtlpProtobufReader::Found::whole:
      return Found::whole;
    case OtlpProtobufReader::Found::too_many:
      impl_->flag = "too-large";
      return Found::whole;
    case OtlpProtobufReader::Found::broken:
      break;
  }
  events.clear();
  impl_->flag = "unparsed";
  return Found::broken;
}

std::string_view OtlpReader::flag() const noexcept { return impl_->flag; }

}  // namespace audit::source
