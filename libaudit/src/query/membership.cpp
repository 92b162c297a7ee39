#include "query/membership.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "query/run_batch.hpp"
#include "query/run_reader.hpp"

namespace audit::query {

namespace {

// Whoever follows links from links reaches all there is to reach long before.
constexpr int kMaxRounds = 64;

// Arguments that so many calls share are those of a call without any: they link nothing.
constexpr std::size_t kCommon = 1000;

void append(RunEntries& to, RunEntries from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

// What somebody noticed or opened, and not what an agent did.
bool opens_related(const RunEntry& entry) {
  const std::string_view type = entry.type();
  return type.starts_with("incident.") || type == "risk.signal" || type == "quality.signal" ||
         type == "sys.alert";
}

RunEntries read_number(RunReader& reader, std::string_view text) {
  std::uint64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return reader.read(Place{0, seq});
}

constexpr Field kOwnIds[] = {Field::event_id, Field::span, Field::tool_call_id, Field::request_id,
                             Field::correlation_id};

// The entries that have the id as their own.
RunEntries find_event(RunReader& reader, std::string_view id) {
  for (const Field field : kOwnIds) {
    RunEntries found = reader.read(field, {std::string(id)});
    if (!found.empty()) return found;
  }
  return read_number(reader, id);
}

bool has_as_id(const RunEntry& entry, std::string_view id) {
  return std::any_of(std::begin(kOwnIds), std::end(kOwnIds),
                     [&](Field field) { return entry.text(field) == id; });
}

// What is reached from `fresh` entries in one step, over the bounds of runs.
RunEntries linked_with(RunReader& reader, const RunEntries& fresh) {
  const Ids named = ids_of(fresh, {Field::links, Field::parent});
  const Ids own = ids_of(fresh, {Field::event_id});
  // Spans are told apart within their trace only.
  const Ids traces = ids_of(fresh, {Field::trace});
  const auto same_trace = [&](const Envelope& envelope) {
    return !envelope.has(Field::trace) || traces.contains(envelope.text(Field::trace));
  };
  Ids hashes = ids_of(fresh, {Field::payload_hash});
  std::erase_if(hashes, [&](const std::string& hash) {
    return reader.count(Field::payload_hash, hash, kCommon) == kCommon;
  });
  RunEntries next = reader.read(Field::event_id, named);
  append(next, reader.read(Field::span, named, same_trace));
  append(next, reader.read(Field::links, own));
  append(next, reader.read(Field::parent, own));
  append(next, reader.read(Field::parent, ids_of(fresh, {Field::span}), same_trace));
  append(next, reader.read(Field::tool_call_id, ids_of(fresh, {Field::tool_call_id})));
  append(next, reader.read(Field::payload_hash, hashes));
  return next;
}

// The entries that an alert of a rule is about, by their numbers: events need no id of their own.
RunEntries alerted_of(std::span<const LedgerView> ledgers, RunReader& reader,
                      const RunEntry& alert) {
  RunEntries named;
  const auto whole = ledgers[alert.place.ledger].entry(alert.place.seq);
  if (!whole || whole->envelope.text(Field::format) != "rules") return named;
  base::JsonReader json;
  if (json.parse(whole->payload) != base::JsonStatus::ok || !json.is_object()) return named;
  const auto entries = json.root().member("entries");
  if (!entries) return named;
  entries->for_elements([&](const base::JsonValue& entry) {
    const auto seq = entry.member("seq");
    if (!seq || seq->kind() != base::JsonValue::Kind::number) return;
    append(named,
           reader.read(Place{alert.place.ledger, static_cast<std::uint64_t>(seq->number().i)}));
  });
  return named;
}

void add_all_that_is_linked(std::span<const LedgerView> ledgers, RunReader& reader,
                            RunEntries& entries) {
  RunEntries alerted;
  for (const RunEntry& entry : entries) append(alerted, alerted_of(ledgers, reader, entry));
  append(entries, std::move(alerted));
  RunEntries fresh = entries;
  for (int round = 0; round < kMaxRounds && !fresh.empty(); ++round) {
    fresh = linked_with(reader, fresh);
    append(entries, fresh);
  }
}

// The runs that some entries belong to. What belongs to none: the one whose call or event it names.
std::vector<RunKey> runs_of(std::span<const LedgerView> ledgers, RunReader& reader,
                            const RunEntries& entries) {
  RunFinder finder(ledgers);
  std::set<RunKey> runs;
  for (const RunEntry& entry : entries) {
    if (auto run = finder.run_of(entry.envelope)) runs.insert(std::move(*run));
  }
  if (!runs.empty()) return {runs.begin(), runs.end()};
  const auto add = [&](const Envelope& envelope) {
    if (auto run = finder.run_of(envelope)) runs.insert(std::move(*run));
    return false;  // reads nothing but whose it is
  };
  const Ids named = ids_of(entries, {Field::links, Field::parent});
  (void)reader.read(Field::tool_call_id, ids_of(entries, {Field::tool_call_id}), add);
  (void)reader.read(Field::event_id, named, add);
  (void)reader.read(Field::span, named, add);
  (void)reader.read(Field::links, ids_of(entries, {Field::event_id}), add);
  if (runs.size() > 1) return {};  // nobody knows which
  return {runs.begin(), runs.end()};
}

// All of some runs together.
Run whole_runs(std::span<const LedgerView> ledgers, const std::vector<RunKey>& runs,
               std::size_t most) {
  RunReader reader(ledgers, most);
  Run whole;
  std::set<Place> known;
  for (Run& run : read_runs(reader, runs)) {
    for (RunEntry& entry : run.entries) {
      if (known.insert(entry.place).second) whole.entries.push_back(std::move(entry));
    }
    whole.doubtful.merge(run.doubtful);
    whole.is_cut |= run.is_cut;
  }
  sort_by_time(whole.entries);
  return whole;
}

// The runs of some entries, or what is linked with them.
//   reader   has given these out
Members spread(std::span<const LedgerView> ledgers, RunReader& reader, RunEntries found,
               std::size_t most) {
  Members members;
  if (found.empty()) return members;
  members.asked = found.front().place;
  members.is_related = std::any_of(found.begin(), found.end(), opens_related);
  const std::vector<RunKey> runs =
      members.is_related ? std::vector<RunKey>() : runs_of(ledgers, reader, found);
  if (runs.empty()) {
    add_all_that_is_linked(ledgers, reader, found);
    members.whole.entries = std::move(found);
    members.whole.is_cut = reader.is_cut();
    sort_by_time(members.whole.entries);
  } else {
    members.whole = whole_runs(ledgers, runs, most);
    members.run = runs.front().id;
  }
  return members;
}

}  // namespace

Members find_members(std::span<const LedgerView> ledgers, std::string_view id, std::size_t most) {
  // One name may be that of a session and of a trace: neither hides the other.
  Members members;
  members.whole = whole_runs(
      ledgers, {{Field::session, std::string(id)}, {Field::trace, std::string(id)}}, most);
  RunReader reader(ledgers, most);
  RunEntries found = find_event(reader, id);
  if (members.whole.entries.empty()) return spread(ledgers, reader, std::move(found), most);
  members.run = id;
  const auto is_elsewhere = [&](const RunEntry& entry) {
    return std::none_of(members.whole.entries.begin(), members.whole.entries.end(),
                        [&](const RunEntry& member) { return member.place == entry.place; });
  };
  // A number is no id: it stands for an entry only where nothing has it.
  const auto other = std::find_if(found.begin(), found.end(), is_elsewhere);
  if (other != found.end() && has_as_id(*other, id)) members.also = other->place;
  return members;
}

Members members_around(std::span<const LedgerView> ledgers, const Place& place, std::size_t most) {
  RunReader reader(ledgers, most);
  return spread(ledgers, reader, reader.read(place), most);
}

}  // namespace audit::query
