#include "query/membership.hpp"

#include <audit/digest.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <string>
#include <utility>

namespace audit::query {

namespace {

// Whoever follows links from links reaches everything that is to be reached long before.
constexpr int kMaxRounds = 64;

// Arguments that so many calls share are those of a call without any: they link nothing.
constexpr std::size_t kCommon = 1000;

std::string text_of(const Envelope::Value& value) {
  if (value.kind != ValueKind::hash || value.text.size() != Digest::kSize) {
    return std::string(value.text);
  }
  Digest digest;
  std::copy(value.text.begin(), value.text.end(), digest.bytes.begin());
  return to_hex(digest);
}

// All values of some fields.
Ids ids_of(const RunEntries& entries, const FieldSet& fields) {
  Ids ids;
  for (const RunEntry& entry : entries) {
    for (std::size_t i = 0; i < entry.envelope.size(); ++i) {
      const Envelope::Value value = entry.envelope.at(i);
      if (fields.has(value.field) && value.kind != ValueKind::integer) ids.insert(text_of(value));
    }
  }
  return ids;
}

bool has_no_run(const Envelope& envelope) {
  return !envelope.has(Field::session) && !envelope.has(Field::trace);
}

void append(RunEntries& to, RunEntries from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

// What somebody noticed or opened, and not what an agent did.
bool is_signal(const RunEntry& entry) {
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

// The entries that have the id as their own.
RunEntries find_event(RunReader& reader, std::string_view id) {
  for (const Field field : {Field::event_id, Field::span, Field::tool_call_id, Field::request_id,
                            Field::correlation_id}) {
    RunEntries found = reader.read(field, {std::string(id)});
    if (!found.empty()) return found;
  }
  return read_number(reader, id);
}

// What the traces of some sessions have beside them. A trace may hold entries of other sessions, too:
// those are another run's.
void add_traces(RunReader& reader, RunEntries& entries) {
  const Ids sessions = ids_of(entries, {Field::session});
  append(entries,
         reader.read(Field::trace, ids_of(entries, {Field::trace}), [&](const Envelope& envelope) {
           return !envelope.has(Field::session) || sessions.empty() ||
                  sessions.contains(envelope.text(Field::session));
         }));
}

void add_rest_of_run(RunReader& reader, RunEntries& entries) {
  append(entries, reader.read(Field::session, ids_of(entries, {Field::session})));
  add_traces(reader, entries);
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

void add_all_that_is_linked(RunReader& reader, RunEntries& entries) {
  RunEntries fresh = entries;
  for (int round = 0; round < kMaxRounds && !fresh.empty(); ++round) {
    fresh = linked_with(reader, fresh);
    append(entries, fresh);
  }
}

// What is about `fresh` entries without a run of its own, or links to one of them.
RunEntries about(RunReader& reader, const RunEntries& fresh) {
  const Ids own = ids_of(fresh, {Field::event_id});
  RunEntries next =
      reader.read(Field::tool_call_id, ids_of(fresh, {Field::tool_call_id}), has_no_run);
  append(next, reader.read(Field::links, own));
  append(next, reader.read(Field::parent, own, has_no_run));
  append(next,
         reader.read(Field::event_id, ids_of(fresh, {Field::links, Field::parent}), has_no_run));
  return next;
}

}  // namespace

void add_what_is_about(RunReader& reader, RunEntries& entries) {
  RunEntries fresh = entries;
  for (int round = 0; round < kMaxRounds && !fresh.empty(); ++round) {
    fresh = about(reader, fresh);
    append(entries, fresh);
    // What another run's entry is about is that run's matter.
    std::erase_if(fresh, [](const RunEntry& entry) { return !has_no_run(entry.envelope); });
  }
}

void sort_by_time(RunEntries& entries) {
  std::sort(entries.begin(), entries.end(), [](const RunEntry& a, const RunEntry& b) {
    return a.when != b.when ? a.when < b.when : a.place < b.place;
  });
}

Members find_members(RunReader& reader, std::string_view id) {
  const Ids ids{std::string(id)};
  Members members;
  members.entries = reader.read(Field::session, ids);
  if (!members.entries.empty()) add_traces(reader, members.entries);
  append(members.entries, reader.read(Field::trace, ids));
  if (members.entries.empty()) {
    members.entries = find_event(reader, id);
    if (members.entries.empty()) return members;
    members.asked = members.entries.front().place;
    members.is_related = std::any_of(members.entries.begin(), members.entries.end(), is_signal);
    if (!members.is_related) add_rest_of_run(reader, members.entries);
  }
  if (members.is_related) {
    add_all_that_is_linked(reader, members.entries);
  } else {
    add_what_is_about(reader, members.entries);
  }
  sort_by_time(members.entries);
  return members;
}

}  // namespace audit::query
