// source/otlp.hpp - one request of OTLP (OpenTelemetry protocol) as the events it tells.
//
// Format   audit-events(5), "OpenTelemetry"
#pragma once

#include <audit/time.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

#include "source/otlp_events.hpp"

namespace audit::source {

// Parts of one record at most. A request with more is stored as it is, and flagged.
inline constexpr std::size_t kMaxParts = 65'536;

// True if a line begins as a request in JSON does. Costs next to nothing.
[[nodiscard]] bool begins_as_otlp_json(std::string_view line) noexcept;

// True if a line may be a request that begins with other members: whether it is one, reading it tells.
[[nodiscard]] bool may_hold_otlp_json(std::string_view line) noexcept;

// Keeps its buffers; one thread at a time.
class OtlpReader {
 public:
  enum class Found : std::uint8_t {
    parts,    // spans or log records, each now an event
    whole,    // a request of which nothing is taken out: metrics, or nothing at all
    foreign,  // something else
    broken,   // it should be one and is not: flag() says why
  };

  OtlpReader();
  ~OtlpReader();
  OtlpReader(OtlpReader&&) noexcept;
  OtlpReader& operator=(OtlpReader&&) noexcept;

  // Reads one request in JSON into `events` (cleared first).
  //   padded     base::kJsonPadding readable bytes follow the record
  //   received   the writer's clock, for `future-time`
  //   with_text  the words of each part are wanted, in events.text
  [[nodiscard]] Found read_json(std::string_view record, bool padded, Timestamp received,
                                bool with_text, OtlpEvents& events);

  // The same of one in protobuf.
  [[nodiscard]] Found read_protobuf(std::string_view record, Timestamp received, bool with_text,
                                    OtlpEvents& events);

  // Why the last record was broken, or not taken apart: a flag; else empty.
  [[nodiscard]] std::string_view flag() const noexcept;

  // The version of all mappings of this reader, for the field `mapping`.
  static constexpr std::string_view kMapping = "otlp/1";

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::source
