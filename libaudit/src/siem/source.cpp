#include "siem/source.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace audit::siem {

namespace {

using Kind = Source::Kind;

// "type" and "cost_nano" are fields; these are not.
constexpr std::array<std::pair<std::string_view, Source>, 14> kOthers = {{
    {"seq", {Kind::seq, Field{}}},
    {"hash", {Kind::hash, Field{}}},
    {"received", {Kind::received, Field{}}},
    {"when", {Kind::when, Field{}}},
    {"end", {Kind::end, Field{}}},
    {"ledger", {Kind::ledger, Field{}}},
    {"origin", {Kind::origin, Field{}}},
    {"severity", {Kind::severity, Field{}}},
    {"name", {Kind::name, Field{}}},
    {"message", {Kind::message, Field{}}},
    {"cost", {Kind::cost, Field::cost_nano}},
    {"policy_version", {Kind::policy_version, Field{}}},
    {"payload", {Kind::payload, Field{}}},
    {"version", {Kind::version, Field{}}},
}};

}  // namespace

std::optional<Source> find_source(std::string_view name) noexcept {
  const auto* const other = std::find_if(kOthers.begin(), kOthers.end(),
                                         [&](const auto& known) { return known.first == name; });
  if (other != kOthers.end()) return other->second;
  const auto field = find_field(name);
  if (!field) return std::nullopt;
  return Source{Kind::field, *field};
}

std::string_view product_version() noexcept { return AUDIT_VERSION; }

}  // namespace audit::siem
