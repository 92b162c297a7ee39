// What a ledger declares about how long its entries stay: read, written, looked up.
#include <audit/checkpoint.hpp>
#include <audit/query.hpp>
#include <audit/retention.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "ledger/declare.hpp"
#include "ledger/entry_check.hpp"

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

// What stands in a ledger must be understood, or nothing may be erased.
[[noreturn]] void throw_damaged(std::uint64_t seq, std::string_view type, std::string_view why) {
  throw Error(ErrorCode::damaged,
              fmt::format("the {} of entry {} cannot be relied on: {}", type, seq, why),
              "what may be erased is not known: run 'audit verify' on the ledger");
}

// A hold that is placed again while it is in force holds more, not something else.
void read_hold(const Entry& entry, base::JsonReader& json, Retention& retention) {
  const auto wrong = [&](std::string_view why) { throw_damaged(entry.seq, kHoldType, why); };
  if (json.parse(entry.payload) != base::JsonStatus::ok || !json.is_object())
    wrong("it is no JSON object");
  const JsonValue said = json.root();
  const std::string id = text_in(said, "hold");
  const std::string state = text_in(said, "state");
  if (!is_hold_id(id)) wrong("it does not say which hold");
  if (state == "released") {
    std::erase_if(retention.holds, [&](const LegalHold& hold) { return hold.id == id; });
  } else if (state == "placed") {
    const std::string query = text_in(said, "query");
    if (query.empty()) wrong("it does not say what is held");
    retention.holds.push_back({id, query, entry.seq, entry.received});
  } else {
    wrong(fmt::format("its state is '{}', neither placed nor released",
                      base::escape_controls(state)));
  }
}

void read_rules(const Entry& entry, Retention& retention) {
  retention.rules = parse_retention(entry.payload);
  retention.seq = entry.seq;
  retention.declared = entry.received;
}

// Whoever can write the file could change a hold, and only later would verify say so.
void require_genuine(std::optional<ledger::EntryCheck>& entries, const LedgerView& view,
                     const Entry& entry) {
  if (!entries) {
    const auto head = parse_checkpoint(view.head_note());
    if (!head || head->size != view.size())
      throw_damaged(entry.seq, entry.envelope.text(Field::type), "the ledger has no head");
    entries.emplace(view, *head);
  }
  const auto path = entries->check(entry.seq);
  if (!path) throw_damaged(entry.seq, entry.envelope.text(Field::type), path.error());
}

// Takes in what the entries of `range` declare.
void read_on(const LedgerView& view, SequenceRange range, Retention& retention) {
  SearchOptions options;
  options.use_index = false;  // who may write only the index could hide what must be found
  options.order = Order::oldest_first;
  options.range = range;
  Search search(view, *parse_query("type:sys.retention,sys.hold", Timestamp()), options);
  base::JsonReader json;
  std::optional<ledger::EntryCheck> entries;
  while (search.next()) {
    const Entry& entry = search.entry();
    require_genuine(entries, view, entry);
    try {
      if (entry.envelope.text(Field::type) == kHoldType) {
        read_hold(entry, json, retention);
      } else {
        read_rules(entry, retention);
      }
    } catch (const Error& error) {
      // Of a file of rules it would be a mistake of whoever wrote that.
      if (error.code() != ErrorCode::invalid_argument) throw;
      throw_damaged(entry.seq, entry.envelope.text(Field::type), error.message());
    }
  }
}

ledger::Declaration placed(const LegalHold& hold, const Retention& retention) {
  if (is_in_force(retention, hold.id)) {
    throw Error(ErrorCode::already_exists,
                fmt::format("the hold '{}' is in force already", hold.id),
                "take another id, or release it first");
  }
  std::string json = fmt::format("{{\"hold\":\"{}\",\"state\":\"placed\",\"query\":", hold.id);
  base::append_json_string(json, hold.query);
  return {std::string(kHoldType), json + "}"};
}

ledger::Declaration released(const std::string& id, const Retention& retention) {
  if (!is_in_force(retention, id)) {
    throw Error(ErrorCode::not_found,
                fmt::format("no hold '{}' is in force", base::escape_controls(id)),
                "audit search type:sys.hold shows them");
  }
  return {std::string(kHoldType), fmt::format("{{\"hold\":\"{}\",\"state\":\"released\"}}", id)};
}

// The entries for what changes, which must fit what is in force and each other.
std::vector<ledger::Declaration> entries_of(const RetentionChange& change, const std::string& rules,
                                            Retention retention) {
  std::vector<ledger::Declaration> entries;
  if (!rules.empty()) entries.push_back({std::string(kRetentionType), rules});
  for (const LegalHold& hold : change.place) {
    entries.push_back(placed(hold, retention));
    retention.holds.push_back(hold);
  }
  for (const std::string& id : change.release) {
    entries.push_back(released(id, retention));
    std::erase_if(retention.holds, [&](const LegalHold& hold) { return hold.id == id; });
  }
  return entries;
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

void check_hold(std::string_view id, std::string_view query) {
  if (!is_hold_id(id)) {
    refuse(fmt::format("'{}' cannot be the id of a hold", base::escape_controls(id)),
           "letters, digits, '.', '_' and '-', at most 64");
  }
  if (query.empty()) refuse("a hold needs a query", "what is held: --hold case-7='agent:billing'");
  (void)query_of(fmt::format("hold '{}'", id), query, Timestamp());
}

std::vector<std::uint64_t> change_retention(const std::filesystem::path& ledger,
                                            const RetentionChange& change,
                                            const OpenOptions& options) {
  for (const LegalHold& hold : change.place) check_hold(hold.id, hold.query);
  std::string rules;
  if (!change.rules.empty()) {
    rules = rules_json(change.rules);
    (void)parse_retention(rules);  // what is written can be read
  }
  // What stands there already is read before other writers must wait.
  Retention retention;
  SequenceRange read{0, 0};
  const auto read_up_to = [&](const LedgerView& view) {
    read = {read.last, view.size()};
    read_on(view, read, retention);
  };
  if (!change.place.empty() || !change.release.empty()) read_up_to(LedgerView::open(ledger));
  std::size_t count = 0;
  const std::uint64_t first = ledger::declare(ledger, options, [&](const LedgerView& view) {
    if (read.last > 0) read_up_to(view);
    auto entries = entries_of(change, rules, retention);
    count = entries.size();
    return entries;
  });
  std::vector<std::uint64_t> seqs(count);
  std::iota(seqs.begin(), seqs.end(), first);
  return seqs;
}

std::uint64_t declare_retention(const std::filesystem::path& ledger,
                                const std::vector<RetentionRule>& rules,
                                const OpenOptions& options) {
  if (rules.empty()) refuse("there is no rule in it");
  return change_retention(ledger, {rules, {}, {}}, options).front();
}

std::uint64_t place_hold(const std::filesystem::path& ledger, std::string_view id,
                         std::string_view query, const OpenOptions& options) {
  const LegalHold hold{std::string(id), std::string(query), 0, {}};
  return change_retention(ledger, {{}, {hold}, {}}, options).front();
}

std::uint64_t release_hold(const std::filesystem::path& ledger, std::string_view id,
                           const OpenOptions& options) {
  return change_retention(ledger, {{}, {}, {std::string(id)}}, options).front();
}

Retention read_retention(const LedgerView& view) {
  Retention retention;
  read_on(view, {0, view.size()}, retention);
  return retention;
}

}  // namespace audit
