#include "query/run_reader.hpp"

#include <audit/query.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "match/query.hpp"

namespace audit::query {

namespace {

match::NodePtr node_of(const WithIds& with) {
  match::Texts test{with.field, {}};
  test.any_of.reserve(with.ids.size());
  for (const std::string& id : with.ids) test.any_of.push_back({id, false});
  return std::make_shared<match::Node>(match::Node{std::move(test), {}});
}

// Nothing if there are no ids at all.
std::optional<Query> question_of(std::initializer_list<WithIds> any_of) {
  std::vector<match::NodePtr> parts;
  for (const WithIds& with : any_of) {
    if (!with.ids.empty()) parts.push_back(node_of(with));
  }
  if (parts.empty()) return std::nullopt;
  return Query(match::any_of(std::move(parts), {}));
}

}  // namespace

Ids ids_of(const RunEntries& entries, const FieldSet& fields) {
  Ids ids;
  for (const RunEntry& entry : entries) {
    for (std::size_t i = 0; i < entry.envelope.size(); ++i) {
      const Envelope::Value value = entry.envelope.at(i);
      if (fields.has(value.field) && value.kind != ValueKind::integer) {
        ids.insert(value_text(value));
      }
    }
  }
  return ids;
}

RunEntries RunReader::read(std::initializer_list<WithIds> any_of, const Wanted& wanted) {
  RunEntries entries;
  const std::optional<Query> question = question_of(any_of);
  if (!question) return entries;
  for (std::size_t i = 0; i < ledgers_.size(); ++i) {
    Search search(ledgers_[i], *question,
                  {.order = Order::oldest_first,
                   .wanted = run_fields(),
                   .with_payload = false,
                   .system_entries = true,
                   .stop = stop_});
    while (!is_cut_ && search.next()) {
      if (!wanted || wanted(search.entry().envelope)) take(i, search.entry(), entries);
    }
  }
  return entries;
}

RunEntries RunReader::read(Place place) {
  RunEntries entries;
  if (place.ledger >= ledgers_.size()) return entries;
  const auto entry = ledgers_[place.ledger].entry(place.seq);
  if (entry) take(place.ledger, *entry, entries);
  return entries;
}

std::size_t RunReader::count(Field field, const std::string& id, std::size_t most) const {
  const Ids ids{id};
  const Query question(node_of({field, ids}));
  std::size_t found = 0;
  for (const LedgerView& ledger : ledgers_) {
    Search search(ledger, question, {.limit = most, .wanted = {}, .with_payload = false});
    while (found < most && search.next()) ++found;
  }
  return found;
}

void RunReader::take(std::size_t ledger, const Entry& entry, RunEntries& out) {
  // The carrier of a record is no part of what happened; it never says of which run it is.
  const bool is_carrier = entry.envelope.text(Field::type) == "source.record" &&
                          !entry.envelope.has(Field::session) && !entry.envelope.has(Field::trace);
  if (is_carrier) return;
  const Place place{ledger, entry.seq};
  if (given_.contains(place)) return;
  is_cut_ |= given_count_ == most_;
  if (is_cut_) return;
  ++given_count_;
  given_.insert(place);
  out.push_back({place, entry.when(), entry.envelope});
}

}  // namespace audit::query
