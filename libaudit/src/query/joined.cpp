#include "query/joined.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "query/joined_by_order.hpp"
#include "query/sets.hpp"

namespace audit::query {

namespace {

using Numbers = std::unordered_map<std::string, std::uint32_t>;

bool is_call(const RunEntry& entry) {
  return entry.type() == "tool.call" || entry.type() == "tool.proposed";
}

// True if `name` is `tool` as a server's: `mcp__shop__refund`, `shop.refund`, `shop/refund`.
bool is_of_server(std::string_view name, std::string_view tool) {
  if (!name.ends_with(tool)) return false;
  const std::string_view server = name.substr(0, name.size() - tool.size());
  return server.ends_with("__") || server.ends_with('.') || server.ends_with('/') ||
         server.ends_with(':');
}

// True unless they are known to be two; one of them may have no name.
bool may_be_one_tool(std::string_view a, std::string_view b) {
  constexpr std::string_view kWithheld = "mcp_tool";  // Claude Code, where names are not to be told
  if (a == kWithheld || b == kWithheld) return true;
  return a.empty() || b.empty() || a == b || is_of_server(a, b) || is_of_server(b, a);
}

bool may_be_one_call(std::string_view a, std::string_view b) {
  return a.empty() || b.empty() || a == b;
}

// Of its arguments, as it stands there; empty if there is none.
std::string_view hash_of(const RunEntry& entry) {
  for (std::size_t i = 0; i < entry.envelope.size(); ++i) {
    const Envelope::Value value = entry.envelope.at(i);
    if (value.field == Field::payload_hash) return value.text;
  }
  return {};
}

// What came under an id, told apart by a name: calls by their tools, requests by their calls.
struct Named {
  std::uint32_t entry;
  std::string_view name;  // empty: it says none
};

using AllNamed = std::vector<Named>;

// Who named a tool first under an id.
struct Account {
  std::string_view tool;
  std::string_view product;
};

// The latest action of a span.
struct Spanned {
  std::uint32_t entry;
  bool has_call;
};

class Joiner {
 public:
  explicit Joiner(const RunEntries& entries) : entries_(entries), sets_(entries.size()) {}

  std::vector<Group> join(bool by_order) {
    for (std::uint32_t i = 0; i < entries_.size(); ++i) join_copies(i);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) note_account(i);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) join_by_call(i);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) join_strays(i);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) join_with_named(i);
    join_model_calls();
    if (by_order) join_by_order(entries_, sets_);
    return groups();
  }

 private:
  // Unites an entry with whatever had the same key before.
  void join(std::string key, std::uint32_t i) {
    const auto [at, is_new] = by_key_.try_emplace(std::move(key), i);
    if (!is_new) sets_.unite(at->second, i);
  }

  // One event that was sent twice: under one id, or as one span that began at one time.
  void join_copies(std::uint32_t i) {
    const RunEntry& entry = entries_[i];
    const std::string_view id = entry.text(Field::event_id);
    if (!id.empty()) {
      join(key_of({"event", entry.type(), id, entry.text(Field::tool),
                   entry.text(Field::tool_call_id), entry.text(Field::parent), hash_of(entry)}),
           i);
      events_.try_emplace(std::string(id), i);
    }
    const std::string_view span = entry.text(Field::span);
    if (span.empty() || !entry.envelope.has(Field::time)) return;
    const std::string time = std::to_string(nanoseconds(entry.when));
    for (const std::string& scope : scopes_of(entry)) {
      join(key_of({"copy", entry.type(), scope, span, time, entry.text(Field::tool),
                   entry.text(Field::tool_call_id), hash_of(entry)}),
           i);
    }
  }

  // Each format of a product has its own name for a tool. Where each of several has one for an id, they
  // tell of the same call; one that has two tells of two, and so do those of strangers.
  void note_account(std::uint32_t i) {
    const RunEntry& entry = entries_[i];
    const std::string_view call = entry.text(Field::tool_call_id);
    const std::string_view tool = entry.text(Field::tool);
    if (family_of(entry) != Family::action || call.empty()) return;
    for (const std::string& scope : scopes_of(entry)) {
      std::string key = key_of({"call", scope, call});
      if (told_of_two_.contains(key)) continue;
      const std::string_view format = entry.text(Field::format);
      const auto [at, is_new] = accounts_.try_emplace(key_of({key, format}), tool);
      Account& first = first_.try_emplace(key, Account{tool, product_of(format)}).first->second;
      if (first.tool.empty()) first = {tool, product_of(format)};
      const bool is_of_stranger =
          first.product != product_of(format) && !may_be_one_tool(first.tool, tool);
      if (is_of_stranger || !may_be_one_tool(at->second, tool)) {
        one_each_.erase(key);
        told_of_two_.insert(std::move(key));
        continue;
      }
      if (at->second.empty()) at->second = tool;
      one_each_.insert(std::move(key));
    }
  }

  void join_by_call(std::uint32_t i) {
    const RunEntry& entry = entries_[i];
    if (family_of(entry) != Family::action) return;
    const std::string_view call = entry.text(Field::tool_call_id);
    const std::string_view span = entry.text(Field::span);
    for (const std::string& scope : scopes_of(entry)) {
      if (!call.empty()) {
        std::string key = key_of({"call", scope, call});
        if (one_each_.contains(key)) join(key, i);
        join_told_apart(std::move(key), entry.text(Field::tool), may_be_one_tool, i);
      } else if (!span.empty()) {
        join_by_span(key_of({"span", scope, span, entry.text(Field::tool)}), i);
      }
      if (!span.empty()) actions_.try_emplace(key_of({scope, span}), i);
    }
    const std::string_view request = entry.text(Field::request_id);
    if (entry.type().starts_with("approval.") && !request.empty()) {
      for (const std::string& scope : scopes_of(entry)) {
        join_told_apart(key_of({"request", scope, request}), call, may_be_one_call, i);
      }
    }
    if (!call.empty() && !scopes_of(entry).empty()) calls_.try_emplace(std::string(call), i);
  }

  // One id for two tools is two calls. What says no name is about the one there is, if it is one.
  void join_told_apart(std::string key, std::string_view name,
                       bool (*may_be_one)(std::string_view, std::string_view), std::uint32_t i) {
    constexpr std::size_t kMostApart = 64;
    AllNamed& all = by_id_[std::move(key)];
    Named* match = nullptr;
    for (Named& known : all) {
      if (!may_be_one(name, known.name)) continue;
      if (match != nullptr && name.empty()) return;  // about either: it stands alone
      if (match == nullptr || known.name == name) match = &known;
    }
    if (match == nullptr) {
      if (all.size() < kMostApart) all.push_back({i, name});
      return;
    }
    sets_.unite(match->entry, i);
    if (match->name.empty()) match->name = name;
  }

  // A span of its own holds one call; that of an agent may hold many, one after the other.
  void join_by_span(std::string key, std::uint32_t i) {
    const bool begins = entries_[i].type() == "tool.call";
    const auto [at, is_new] = by_span_.try_emplace(std::move(key), Spanned{i, begins});
    if (is_new) return;
    if (begins && at->second.has_call) {
      at->second.entry = i;
    } else {
      sets_.unite(at->second.entry, i);
      at->second.has_call |= begins;
    }
  }

  // What names a call and no run.
  void join_strays(std::uint32_t i) {
    const RunEntry& entry = entries_[i];
    const std::string_view call = entry.text(Field::tool_call_id);
    if (family_of(entry) != Family::action || call.empty() || !scopes_of(entry).empty()) return;
    const auto [at, is_new] = calls_.try_emplace(std::string(call), i);
    if (!is_new) sets_.unite(at->second, i);
  }

  // A result, a decision or an approval below an action, or linked to it.
  void join_with_named(std::uint32_t i) {
    const RunEntry& entry = entries_[i];
    if (family_of(entry) != Family::action || is_call(entry)) return;
    for (const Field field : {Field::parent, Field::links}) {
      const auto named = action_named(entry, entry.text(field));
      if (named && may_be_about(entries_[*named], entry)) {
        sets_.unite(*named, i);
        return;
      }
    }
  }

  // A call of a model that a transcript and telemetry tell, under the id of its request. Where one of
  // them has the id more than once it tells of several calls, or its ids are none.
  void join_model_calls() {
    std::unordered_map<std::string, Group> calls;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      const std::string_view request = entries_[i].text(Field::request_id);
      if (family_of(entries_[i]) != Family::model || request.empty()) continue;
      for (const std::string& scope : scopes_of(entries_[i])) {
        calls[key_of({"model", scope, request})].push_back(i);
      }
    }
    for (const auto& [key, all] : calls) {
      if (all.size() == 2 && are_two_accounts(entries_[all[0]], entries_[all[1]])) {
        sets_.unite(all[0], all[1]);
      }
    }
  }

  static bool are_two_accounts(const RunEntry& a, const RunEntry& b) {
    const auto failed = [](const RunEntry& call) { return call.text(Field::status) == "error"; };
    return a.text(Field::format) != b.text(Field::format) && failed(a) == failed(b);
  }

  // What has an id of its call was joined by that; where it is of another run, only its link leads here.
  static bool may_be_about(const RunEntry& action, const RunEntry& about) {
    const std::string_view call = about.text(Field::tool_call_id);
    return may_be_one_tool(action.text(Field::tool), about.text(Field::tool)) &&
           (call.empty() || call == action.text(Field::tool_call_id));
  }

  std::optional<std::uint32_t> action_named(const RunEntry& entry, std::string_view id) const {
    if (id.empty()) return std::nullopt;
    const auto event = events_.find(std::string(id));
    if (event != events_.end() && family_of(entries_[event->second]) == Family::action) {
      return event->second;
    }
    for (const std::string& scope : scopes_of(entry)) {
      const auto span = actions_.find(key_of({scope, id}));
      if (span != actions_.end()) return span->second;
    }
    return std::nullopt;
  }

  std::vector<Group> groups() {
    std::vector<Group> groups;
    std::vector<std::uint32_t> number(entries_.size());
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      const std::uint32_t root = sets_.root(i);
      if (root == i) {
        number[i] = static_cast<std::uint32_t>(groups.size());
        groups.emplace_back();
      }
      groups[number[root]].push_back(i);
    }
    return groups;
  }

  const RunEntries& entries_;
  Sets sets_;
  Numbers by_key_;
  std::unordered_map<std::string, AllNamed> by_id_;
  std::unordered_map<std::string, Spanned> by_span_;
  std::unordered_map<std::string, std::string_view> accounts_;  // tools, by key and format
  std::unordered_map<std::string, Account> first_;
  std::unordered_set<std::string> one_each_;  // keys of calls
  std::unordered_set<std::string> told_of_two_;
  Numbers events_;   // by event_id
  Numbers calls_;    // by tool_call_id, whatever the scope
  Numbers actions_;  // by scope and span
};

}  // namespace

std::vector<std::string> scopes_of(const RunEntry& entry) {
  std::vector<std::string> scopes;
  const std::string_view trace = entry.text(Field::trace);
  const std::string_view session = entry.text(Field::session);
  if (!trace.empty()) scopes.push_back(key_of({"trace", trace}));
  if (!session.empty()) scopes.push_back(key_of({"session", session}));
  return scopes;
}

std::string key_of(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const std::string_view part : parts) {
    key.append(std::to_string(part.size())).append(1, ':').append(part);
  }
  return key;
}

std::vector<Group> join(const RunEntries& entries) { return Joiner(entries).join(true); }

std::vector<Group> join_by_ids(const RunEntries& entries) { return Joiner(entries).join(false); }

}  // namespace audit::query
