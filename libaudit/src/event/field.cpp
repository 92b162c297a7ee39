#include <audit/field.hpp>

#include <algorithm>
#include <string>

#include "base/nearest.hpp"
#include "base/text.hpp"

namespace audit {

namespace {

constexpr FieldInfo common(Field field, std::string_view name, FieldType type = FieldType::text,
                           std::int32_t unit = 1) {
  return {field, name, type, false, false, false, unit};
}

constexpr FieldInfo own(Field field, std::string_view name, FieldType type = FieldType::text) {
  return {field, name, type, true, false, false, 1};
}

constexpr FieldInfo content(Field field, std::string_view name, FieldType type = FieldType::text) {
  return {field, name, type, true, true, false, 1};
}

constexpr FieldInfo program(Field field, std::string_view name, FieldType type = FieldType::text) {
  return {field, name, type, false, false, true, 1};
}

constexpr auto integer = FieldType::integer;
constexpr auto boolean = FieldType::boolean;
constexpr auto time_ = FieldType::time;
constexpr auto hash = FieldType::hash;
constexpr auto list = FieldType::list;

constexpr std::array<FieldInfo, kFieldCount> kTable{{
    common(Field::type, "type"),
    common(Field::time, "time", time_),
    common(Field::event_id, "event_id"),
    common(Field::agent, "agent"),
    common(Field::agent_version, "agent_version"),
    common(Field::team, "team"),
    common(Field::environment, "environment"),
    common(Field::region, "region"),
    own(Field::user, "user"),
    own(Field::session, "session"),
    common(Field::trace, "trace"),
    common(Field::span, "span"),
    common(Field::parent, "parent"),
    common(Field::step, "step", integer),
    common(Field::links, "links", list),
    common(Field::request_id, "request_id"),
    common(Field::correlation_id, "correlation_id"),
    common(Field::model, "model"),
    common(Field::provider, "provider"),
    common(Field::tool, "tool"),
    common(Field::tool_call_id, "tool_call_id"),
    common(Field::action, "action"),
    common(Field::side_effect, "side_effect", boolean),
    own(Field::resource, "resource"),
    own(Field::destination, "destination"),
    common(Field::status, "status"),
    content(Field::error, "error"),
    common(Field::duration_us, "duration_us", integer),
    common(Field::tokens_in, "tokens_in", integer),
    common(Field::tokens_out, "tokens_out", integer),
    common(Field::tokens_cache_read, "tokens_cache_read", integer),
    common(Field::tokens_cache_write, "tokens_cache_write", integer),
    common(Field::tokens_reasoning, "tokens_reasoning", integer),
    common(Field::cost_nano, "cost_nano", integer),
    common(Field::policy, "policy"),
    common(Field::rule, "rule"),
    common(Field::rule_version, "rule_version"),
    common(Field::decision, "decision"),
    common(Field::requires_approval, "requires_approval", boolean),
    common(Field::approval, "approval"),
    own(Field::approver, "approver"),
    common(Field::approval_expires, "approval_expires", time_),
    content(Field::reason, "reason"),
    common(Field::risk, "risk"),
    common(Field::risk_score, "risk_score", integer, 1'000'000),
    common(Field::confidence, "confidence", integer, 1'000'000),
    content(Field::intent, "intent"),
    common(Field::purpose, "purpose"),
    common(Field::basis, "basis"),
    common(Field::data_class, "data_class"),
    own(Field::subject, "subject"),
    content(Field::payload_hash, "payload_hash", hash),
    content(Field::shown_hash, "shown_hash", hash),
    own(Field::prompt_hash, "prompt_hash", hash),
    common(Field::digest, "digest", hash),
    program(Field::format, "format"),
    program(Field::source, "source"),
    program(Field::position, "position", integer),
    program(Field::part_of, "part_of", integer),
    program(Field::flags, "flags", list),
    program(Field::states, "states", list),
    program(Field::redactions, "redactions", list),
    program(Field::mapping, "mapping"),
    common(Field::service, "service"),
    common(Field::host, "host"),
    program(Field::hold, "hold"),
    common(Field::currency, "currency"),
    program(Field::part_offset, "part_offset", integer),
    program(Field::part_index, "part_index", integer),
    program(Field::record_end, "record_end", integer),
    program(Field::set_by_user, "set_by_user", list),
    program(Field::schema, "schema"),
}};

constexpr bool numbers_are_positions() {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    if (static_cast<std::size_t>(kTable[i].field) != i + 1) return false;
  }
  return true;
}

static_assert(numbers_are_positions(), "the table is ascending by permanent number");

}  // namespace

constinit const std::array<FieldInfo, kFieldCount> kFieldTable = kTable;

std::optional<Field> find_field(std::string_view name) noexcept {
  const auto found = std::find_if(kTable.begin(), kTable.end(),
                                  [&](const FieldInfo& field) { return field.name == name; });
  if (found == kTable.end()) return std::nullopt;
  return found->field;
}

std::string_view nearest_field(std::string_view name) noexcept {
  base::Nearest nearest(name);
  for (const FieldInfo& field : kTable) nearest.consider(field.name);
  return nearest.best();
}

}  // namespace audit
