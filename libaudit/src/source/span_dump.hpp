// source/span_dump.hpp - spans of OpenTelemetry as SDKs print them, and in exports of MLflow: the same
// spans as in requests of OTLP, in another dress.
#pragma once

#include <cstddef>
#include <string_view>

#include "source/arena.hpp"
#include "source/format.hpp"
#include "source/otlp_events.hpp"
#include "source/otlp_map.hpp"

namespace audit::source {

[[nodiscard]] bool is_span_dump(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_mlflow(const Keys& keys, const base::JsonValue& record);

class SpanDumpReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
  bool read_all(const base::JsonValue& list, Steps& steps) override;

 private:
  void read_spans(const base::JsonValue& spans, std::string_view path, Steps& steps);
  void read_span(const base::JsonValue& span, std::size_t number, Timestamp received);
  void read_assessments(const base::JsonValue& record, Steps& steps);
  [[nodiscard]] OtlpAttributes origin_of(const base::JsonValue& record);
  [[nodiscard]] OtlpAttributes attributes(const std::optional<base::JsonValue>& object);
  [[nodiscard]] OtlpValue value_of(const base::JsonValue& value, int depth);
  [[nodiscard]] std::span<const OtlpSpanEvent> events(const std::optional<base::JsonValue>& list);
  [[nodiscard]] bool grant(std::size_t count);
  void adopt(std::string_view path, Steps& steps);

  Arena around_;          // what stands around the spans
  Arena room_;            // the span in hand
  std::size_t left_ = 0;  // values that may still be read of it
  OtlpAttributes origin_;
  OtlpMapper mapper_;
  OtlpEvents events_;
};

}  // namespace audit::source
