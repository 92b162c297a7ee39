// source/otlp_collect.hpp - the attributes around an event of OTLP, read by the table of synonyms.
//
// What stands on the span or log record comes before what its metadata says, and that before what is
// said of its resource.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/collector.hpp"
#include "source/finisher.hpp"
#include "source/otlp_model.hpp"

namespace audit::source {

class OtlpCollector {
 public:
  enum class Level : std::uint8_t { part = 1, metadata = 2, resource = 3 };

  // words   outlives the collector
  explicit OtlpCollector(Vocabulary& words) : collector_(words) {}

  // Before each part.
  void clear();

  void take(OtlpAttributes attributes, Level level);

  // The members of an object, at any depth the table knows; `object` lives until the hits are used.
  void take(const base::JsonValue& object, Level level);

  [[nodiscard]] Hits& hits() noexcept { return collector_.hits(); }

  // A value that a name leaves no doubt about could not be read.
  [[nodiscard]] bool has_fault() const noexcept { return collector_.has_fault(); }

 private:
  void take(Place parent, std::string_view key, const OtlpValue& value);
  void take(Place parent, const base::JsonValue& object);

  Collector collector_;
};

}  // namespace audit::source
