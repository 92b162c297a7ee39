// source/record_keys.hpp - which of the names that tell formats apart a record has at its top.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/json.hpp"

namespace audit::source {

enum class Key : std::uint8_t {
  action,
  action_requests,
  audit_id,
  call_id,
  choices,
  content,
  context,
  data,
  decision_id,
  decisions,
  dir,
  dotted_order,
  entries,
  event_name,
  event_source,
  events,
  history,
  id,
  interrupt,
  items,
  jsonrpc,
  labels,
  leaf_uuid,
  log,
  logs,
  message,
  messages,
  method,
  mistake_agent,
  model,
  object,
  observation,
  observations,
  output,
  patch,
  path,
  payload,
  post,
  query,
  records,
  records_lower,
  request,
  response,
  response_body,
  result,
  results,
  resume,
  role,
  run_type,
  session_id,
  session_id_camel,
  span_context,
  spec,
  stop_reason,
  subtype,
  timestamp,
  trace,
  trace_id,
  traj,
  trajectory,
  type,
  usage_metadata,
  uuid,
  validation_passed,
  verb,
};

// A set of keys.
class Keys {
 public:
  constexpr Keys() = default;

  constexpr Keys(std::initializer_list<Key> keys) {
    for (const Key key : keys) add(key);
  }

  // The names of `record`.
  //   requires  record.is_object()
  explicit Keys(const base::JsonValue& record);

  constexpr void add(Key key) {
    bits_[static_cast<unsigned>(key) >> 6] |= std::uint64_t{1} << (static_cast<unsigned>(key) & 63);
  }

  [[nodiscard]] constexpr bool has(Key key) const {
    return (bits_[static_cast<unsigned>(key) >> 6] >> (static_cast<unsigned>(key) & 63) & 1) != 0;
  }

  [[nodiscard]] constexpr bool has_all(const Keys& wanted) const {
    return (bits_[0] & wanted.bits_[0]) == wanted.bits_[0] &&
           (bits_[1] & wanted.bits_[1]) == wanted.bits_[1];
  }

 private:
  std::uint64_t bits_[2] = {};
};

}  // namespace audit::source
