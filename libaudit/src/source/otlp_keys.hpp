// source/otlp_keys.hpp - the frame of a request in JSON: which lists lead to spans and log records.
//
// The standard has lowerCamelCase; the names of the protocol buffer occur too, and so does the list
// that was called after the instrumentation library.
#pragma once

#include <cstdint>
#include <string_view>

namespace audit::source {

enum class OtlpList : std::uint8_t { none, span_resources, log_resources, metric_resources };

// A member of the request.
[[nodiscard]] inline OtlpList otlp_list(std::string_view key) noexcept {
  if (key == "resourceSpans" || key == "resource_spans") return OtlpList::span_resources;
  if (key == "resourceLogs" || key == "resource_logs") return OtlpList::log_resources;
  if (key == "resourceMetrics" || key == "resource_metrics") return OtlpList::metric_resources;
  return OtlpList::none;
}

// A member of an element of that list.
[[nodiscard]] inline bool is_otlp_scopes(OtlpList list, std::string_view key) noexcept {
  if (list == OtlpList::log_resources) return key == "scopeLogs" || key == "scope_logs";
  return key == "scopeSpans" || key == "scope_spans" || key == "instrumentationLibrarySpans" ||
         key == "instrumentation_library_spans";
}

// A member of an element of that one.
[[nodiscard]] inline bool is_otlp_parts(OtlpList list, std::string_view key) noexcept {
  if (list == OtlpList::log_resources) return key == "logRecords" || key == "log_records";
  return key == "spans";
}

}  // namespace audit::source
