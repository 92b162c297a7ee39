// source/otlp_json.hpp - OTLP in JSON: one request, read part by part.
//
// Tolerant where real exporters differ: names in camelCase or as in the protocol buffer; ids in
// hexadecimal, base64 or as a list of bytes; 64-bit integers as strings, numbers or two halves;
// enumerations as numbers or names.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/arena.hpp"
#include "source/otlp_model.hpp"
#include "source/otlp_ranges.hpp"

namespace audit::source {

// Keeps its buffers; one thread at a time.
class OtlpJsonReader {
 public:
  // Tells `sink` of every span and log record.
  //   record    what `reader` parsed last, with status ok
  //   most      parts at most: with more, none is told of
  //   returns   false if it is no request of OTLP
  [[nodiscard]] bool read(std::string_view record, const base::JsonReader& reader, std::size_t most,
                          OtlpSink& sink);

  // Whether the last record had more parts than were wanted.
  [[nodiscard]] bool has_too_many() const noexcept { return has_too_many_; }

  // The part in hand, during the sink's call.
  [[nodiscard]] const base::JsonValue& part() const noexcept { return *part_; }

 private:
  void read_resources(OtlpSink& sink, const base::JsonValue& resources, bool logs);
  void read_scopes(OtlpSink& sink, const base::JsonValue& scopes, bool logs);
  void read_part(OtlpSink& sink, const base::JsonValue& part, bool log);

  Arena around_;  // the resource and the scope
  Arena room_;    // the part
  OtlpOrigin origin_;
  std::vector<OtlpRange> ranges_;
  std::size_t next_ = 0;
  bool has_too_many_ = false;
  const base::JsonValue* part_ = nullptr;
};

}  // namespace audit::source
