// source/otlp_protobuf.hpp - OTLP in protobuf: one request, read part by part.
//
// Strict where JSON is tolerant: fields come in any order and unknown ones are passed over, but a
// length, a tag or a type that cannot be makes the request none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "event/otlp_wire.hpp"
#include "source/arena.hpp"
#include "source/otlp_model.hpp"

namespace audit::source {

// Keeps its buffers; one thread at a time.
class OtlpProtobufReader {
 public:
  enum class Found : std::uint8_t {
    parts,     // all of the sink's calls were made
    whole,     // a request without spans and log records
    too_many,  // more parts than wanted: the sink was not called
    broken,    // no request; the sink may have been called
  };

  // Tells `sink` of every span and log record.
  //   most   parts at most
  [[nodiscard]] Found read(std::string_view record, std::size_t most, OtlpSink& sink);

  // The bytes of the part in hand, during the sink's call.
  [[nodiscard]] std::string_view part() const noexcept { return part_; }

 private:
  [[nodiscard]] bool survey(std::string_view record);
  [[nodiscard]] bool read_resources(std::string_view resources, OtlpSink& sink);
  [[nodiscard]] bool read_scopes(std::string_view scopes, OtlpSink& sink);
  [[nodiscard]] bool read_part(std::string_view part, OtlpSink& sink);

  Arena around_;  // the resource and the scope
  Arena room_;    // the part
  OtlpOrigin origin_;
  const char* begin_ = nullptr;  // of the record
  std::string_view part_;
  event::otlp::Signal signal_ = event::otlp::Signal::none;
  std::size_t count_ = 0;
};

}  // namespace audit::source
