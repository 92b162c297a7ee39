#include "source/record_keys.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace audit::source {

namespace {

constexpr std::pair<std::string_view, Key> kNames[] = {
    {"action", Key::action},
    {"action_requests", Key::action_requests},
    {"auditID", Key::audit_id},
    {"call_id", Key::call_id},
    {"choices", Key::choices},
    {"content", Key::content},
    {"context", Key::context},
    {"data", Key::data},
    {"decision_id", Key::decision_id},
    {"decisions", Key::decisions},
    {"dir", Key::dir},
    {"dotted_order", Key::dotted_order},
    {"entries", Key::entries},
    {"eventName", Key::event_name},
    {"eventSource", Key::event_source},
    {"events", Key::events},
    {"history", Key::history},
    {"id", Key::id},
    {"__interrupt__", Key::interrupt},
    {"items", Key::items},
    {"jsonrpc", Key::jsonrpc},
    {"labels", Key::labels},
    {"leafUuid", Key::leaf_uuid},
    {"log", Key::log},
    {"logs", Key::logs},
    {"message", Key::message},
    {"messages", Key::messages},
    {"method", Key::method},
    {"mistake_agent", Key::mistake_agent},
    {"model", Key::model},
    {"object", Key::object},
    {"observation", Key::observation},
    {"observations", Key::observations},
    {"output", Key::output},
    {"patch", Key::patch},
    {"path", Key::path},
    {"payload", Key::payload},
    {"post", Key::post},
    {"query", Key::query},
    {"Records", Key::records},
    {"records", Key::records_lower},
    {"request", Key::request},
    {"response", Key::response},
    {"response_body", Key::response_body},
    {"result", Key::result},
    {"results", Key::results},
    {"resume", Key::resume},
    {"role", Key::role},
    {"run_type", Key::run_type},
    {"session_id", Key::session_id},
    {"sessionId", Key::session_id_camel},
    {"spanContext", Key::span_context},
    {"spec", Key::spec},
    {"stop_reason", Key::stop_reason},
    {"subtype", Key::subtype},
    {"timestamp", Key::timestamp},
    {"trace", Key::trace},
    {"trace_id", Key::trace_id},
    {"traj", Key::traj},
    {"trajectory", Key::trajectory},
    {"type", Key::type},
    {"usageMetadata", Key::usage_metadata},
    {"uuid", Key::uuid},
    {"validation_passed", Key::validation_passed},
    {"verb", Key::verb},
};

constexpr std::size_t kBuckets = 512;

// Of few bytes only: names are many, and nearly all of them are none of these.
constexpr std::size_t bucket_of(std::string_view name) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
  return (name.size() * 97 + at(0) * 31U + at(name.size() - 1) * 7U + at(name.size() / 2)) %
         kBuckets;
}

// Open addressing: the number of a name in kNames, plus one; 0 where there is none.
constexpr auto kTable = [] {
  std::array<std::uint8_t, kBuckets> table{};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    std::size_t bucket = bucket_of(kNames[i].first);
    while (table[bucket] != 0) bucket = (bucket + 1) % kBuckets;
    table[bucket] = static_cast<std::uint8_t>(i + 1);
  }
  return table;
}();

}  // namespace

Keys::Keys(const base::JsonValue& record) {
  record.for_members([this](std::string_view name, const base::JsonValue&) {
    if (name.empty()) return;
    for (std::size_t bucket = bucket_of(name); kTable[bucket] != 0;
         bucket = (bucket + 1) % kBuckets) {
      const auto& [known, key] = kNames[kTable[bucket] - 1];
      if (known == name) return add(key);
    }
  });
}

}  // namespace audit::source
