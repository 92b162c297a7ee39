#include "query/about_calls.hpp"

#include <iterator>
#include <utility>

#include "query/run_batch.hpp"
#include "query/run_reader.hpp"

namespace audit::query {

namespace {

// A request names the call, the approval the request, the result the approval: few steps lead from
// anything that is about a call to all else.
constexpr int kMaxRounds = 6;

bool is_action(const Envelope& envelope) { return family_of(envelope) == Family::action; }

RunEntries read_next(RunReader& reader, const RunEntries& fresh) {
  const Ids calls = ids_of(fresh, {Field::tool_call_id});
  const Ids requests = ids_of(fresh, {Field::request_id});
  const Ids own = ids_of(fresh, {Field::event_id, Field::span});
  const Ids named = ids_of(fresh, {Field::parent, Field::links});
  return reader.read({{Field::tool_call_id, calls},
                      {Field::request_id, requests},
                      {Field::parent, own},
                      {Field::links, own},
                      {Field::event_id, named},
                      {Field::span, named}},
                     is_action);
}

}  // namespace

AboutCalls read_about_calls(std::span<const LedgerView> ledgers, const std::vector<Place>& places,
                            const std::atomic<bool>* stop) {
  AboutCalls about;
  RunReader reader(ledgers, kMaxTraceEntries, stop);
  RunEntries fresh;
  for (const Place& place : places) {
    for (RunEntry& entry : reader.read(place)) {
      if (is_action(entry.envelope)) fresh.push_back(std::move(entry));
    }
  }
  for (int round = 0; round < kMaxRounds && !fresh.empty(); ++round) {
    RunEntries next = read_next(reader, fresh);
    std::move(fresh.begin(), fresh.end(), std::back_inserter(about.entries));
    fresh = std::move(next);
  }
  std::move(fresh.begin(), fresh.end(), std::back_inserter(about.entries));
  sort_by_time(about.entries);
  about.is_cut = reader.is_cut();
  return about;
}

}  // namespace audit::query
