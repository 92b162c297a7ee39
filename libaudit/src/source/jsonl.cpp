#include "source/jsonl.hpp"

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

const base::JsonReader& JsonlMapper::reader() const noexcept { return impl_->reader; }

}  // namespace audit::source
