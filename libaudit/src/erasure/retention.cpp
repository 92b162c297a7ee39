// What a ledger declares about how long its entries stay: read, written, looked up.
#include <audit/query.hpp>
#include <audit/retention.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"

namespace audit {

namespace {

using base::JsonValue;

constexpr std::string_view kRetentionType = "sys.retention";
constexpr std::string_view kHoldType = "sys.hold";
constexpr std::size_t kMaxNameBytes = 200;
constexpr const char* kSeePage = "the format: audit-erase(1), \"Retention and holds\"";

[[noreturn]] void refuse(std::string message, std::string hint = kSeePage) {
  throw Error(ErrorCode::invalid_argument, std::move(message), std::move(hint));
}

std::string text_in(const JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  if (!value) return {};
  if (value->kind() != JsonValue::Kind::string) refuse(fmt::format("'{}' is not a text", name));
  return std::string(value->text());
}

// What time a span is; nothing for an empty one.
std::optional<std::chrono::nanoseconds> span_of(const RetentionRule& rule, std::string_view member,
                                                std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto span = parse_duration(text);
  if (span) return *span;
  refuse(fmt::format("retention rule '{}': {} is '{}': {}", rule.name, member, text,
                     span.error().message),
         span.error().hint);
}

Query query_of(std::string_view about, std::string_view text, Timestamp now) {
  if (text.empty()) return {};
  const auto query = parse_query(text, now);
  if (!query) {
    refuse(fmt::format("{}: the query '{}': {}", about, base::escape_controls(text),
                       query.error().message),
           query.error().hint);
  }
  if (query->asks_about_calls()) {
    refuse(fmt::format("{}: the query asks about calls", about),
           "what is said about a call may change; ask for fields of entries");
  }
  return *query;
}

void check_rule(const RetentionRule& rule) {
  const auto least = span_of(rule, "at_least", rule.at_least);
  const auto most = span_of(rule, "at_most", rule.at_most);
  if (!least && !most)
    refuse(fmt::format("retention rule '{}' has neither at_least nor at_most", rule.name));
  if (least && most && *most < *least)
    refuse(fmt::format("retention rule '{}': at_most is shorter than at_least", rule.name));
  (void)query_of(fmt::format("retention rule '{}'", rule.name), rule.query, Timestamp());
}

RetentionRule read_rule(const JsonValue& value, std::size_t number) {
  if (!value.is_object()) refuse(fmt::format("retention rule {} is not an object", number));
  constexpr std::array<std::string_view, 5> kMembers{"name", "query", "at_least", "at_most",
                                                     "what"};
  value.for_members([&](std::string_view key, const JsonValue& /*member*/) {
    if (std::find(kMembers.begin(), kMembers.end(), key) != kMembers.end()) return;
    refuse(fmt::format("retention rule {} has a member '{}' that is not known", number,
                       base::escape_controls(key)),
           "known are name, query, at_least, at_most, what");
  });
  RetentionRule rule;
  rule.name = text_in(value, "name");
  rule.query = text_in(value, "query");
  rule.at_least = text_in(value, "at_least");
  rule.at_most = text_in(value, "at_most");
  if (rule.name.empty() || rule.name.size() > kMaxNameBytes)
    refuse(fmt::format("retention rule {} has no name, or a longer one than {} bytes", number,
                       kMaxNameBytes));
  const std::string what = text_in(value, "what");
  if (what == "payload") {
    rule.what = ErasureScope::Kind::payload;
  } else if (!what.empty() && what != "entry") {
    refuse(
        fmt::format("retention rule '{}': what is '{}', want payload or entry", rule.name, what));
  }
  check_rule(rule);
  return rule;
}

std::string rules_json(const std::vector<RetentionRule>& rules) {
  std::string json = "{\"rules\":[";
  for (const RetentionRule& rule : rules) {
    if (json.back() != '[') json += ',';
    json += "{\"name\":";
    base::append_json_string(json, rule.name);
    const auto add = [&](std::string_view name, std::string_view text) {
      if (text.empty()) return;
      json += fmt::format(",\"{}\":", name);
      base::append_json_string(json, text);
    };
    add("query", rule.query);
    add("at_least", rule.at_least);
    add("at_most", rule.at_most);
    add("what", name_of(ErasureScope{rule.what}));
    json += '}';
  }
  return json + "]}";
}

std::uint64_t append(const std::filesystem::path& file, std::string_view type,
                     std::string_view payload, const OpenOptions& options) {
  Ledger ledger = Ledger::open(file, options);
  const std::uint64_t seq = ledger.append_system(type, payload);
  ledger.close();
  return seq;
}

bool is_hold_id(std::string_view id) {
  constexpr std::size_t kMaxIdBytes = 64;
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool is_in_force(const Retention& retention, std::string_view id) {
  return std::any_of(retention.holds.begin(), retention.holds.end(),
                     [&](const LegalHold& hold) { return hold.id == id; });
}

void read_hold(const Entry& entry, base::JsonReader& json, Retention& retention) {
  if (json.parse(entry.payload) != base::JsonStatus::ok || !json.is_object()) {
    throw Error(ErrorCode::damaged,
                fmt::format("the sys.hold of entry {} cannot be read", entry.seq),
                "run 'audit verify' on the ledger");
  }
  const JsonValue said = json.root();
  const std::string id = text_in(said, "hold");
  std::erase_if(retention.holds, [&](const LegalHold& hold) { return hold.id == id; });
  if (text_in(said, "state") != "placed") return;
  retention.holds.push_back({id, text_in(said, "query"), entry.seq, entry.received});
}

}  // namespace

std::vector<RetentionRule> parse_retention(std::string_view text) {
  if (text.size() > kMaxRetentionBytes)
    refuse(fmt::format("it has more than {} bytes", kMaxRetentionBytes));
  base::JsonReader json;
  if (json.parse(text) != base::JsonStatus::ok || !json.is_object())
    refuse("it is not a JSON object, or names a member twice");
  const auto list = json.root().member("rules");
  if (!list || !list->is_array()) refuse("a list of rules is missing");
  std::vector<RetentionRule> rules;
  list->for_elements([&](const JsonValue& value) {
    if (rules.size() == kMaxRetentionRules)
      refuse(fmt::format("these are more than {} rules", kMaxRetentionRules));
    rules.push_back(read_rule(value, rules.size() + 1));
  });
  if (rules.empty()) refuse("there is no rule in it");
  return rules;
}

std::vector<RetentionRule> retain_all(std::string_view span) {
  RetentionRule rule;
  rule.name = "everything";
  rule.at_least = rule.at_most = span;
  check_rule(rule);
  return {std::move(rule)};
}

std::uint64_t declare_retention(const std::filesystem::path& ledger,
                                const std::vector<RetentionRule>& rules,
                                const OpenOptions& options) {
  const std::string json = rules_json(rules);
  (void)parse_retention(json);  // what is written can be read
  return append(ledger, kRetentionType, json, options);
}

void check_hold(std::string_view id, std::string_view query) {
  if (!is_hold_id(id)) {
    refuse(fmt::format("'{}' cannot be the id of a hold", base::escape_controls(id)),
           "letters, digits, '.', '_' and '-', at most 64");
  }
  if (query.empty()) refuse("a hold needs a query", "what is held: --hold case-7='agent:billing'");
  (void)query_of(fmt::format("hold '{}'", id), query, Timestamp());
}

std::uint64_t place_hold(const std::filesystem::path& ledger, std::string_view id,
                         std::string_view query, const OpenOptions& options) {
  check_hold(id, query);
  if (is_in_force(read_retention(LedgerView::open(ledger)), id)) {
    throw Error(ErrorCode::already_exists, fmt::format("the hold '{}' is in force already", id),
                "take another id, or release it first");
  }
  std::string json = fmt::format("{{\"hold\":\"{}\",\"state\":\"placed\",\"query\":", id);
  base::append_json_string(json, query);
  return append(ledger, kHoldType, json + "}", options);
}

std::uint64_t release_hold(const std::filesystem::path& ledger, std::string_view id,
                           const OpenOptions& options) {
  if (!is_in_force(read_retention(LedgerView::open(ledger)), id)) {
    throw Error(ErrorCode::not_found,
                fmt::format("no hold '{}' is in force", base::escape_controls(id)),
                "audit search type:sys.hold shows them");
  }
  return append(ledger, kHoldType, fmt::format("{{\"hold\":\"{}\",\"state\":\"released\"}}", id),
                options);
}

Retention read_retention(const LedgerView& view) {
  Retention retention;
  SearchOptions options;
  options.use_index = false;  // who may write only the index could hide what must be found
  options.order = Order::oldest_first;
  Search search(view, *parse_query("type:sys.retention,sys.hold", Timestamp()), options);
  base::JsonReader json;
  while (search.next()) {
    const Entry& entry = search.entry();
    if (entry.envelope.text(Field::type) == kHoldType) {
      read_hold(entry, json, retention);
      continue;
    }
    retention.rules = parse_retention(entry.payload);
    retention.seq = entry.seq;
    retention.declared = entry.received;
  }
  return retention;
}

}  // namespace audit
