#include "query/run_reader.hpp"

#include <audit/error.hpp>
#include <audit/query.hpp>

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "match/query.hpp"

namespace audit::query {

namespace {

Query any_of(Field field, const Ids& ids) {
  match::Texts test{field, {}};
  test.any_of.reserve(ids.size());
  for (const std::string& id : ids) test.any_of.push_back({id, false});
  return Query(std::make_shared<match::Node>(match::Node{std::move(test), {}}));
}

}  // namespace

RunEntries RunReader::read(Field field, const Ids& ids, const Wanted& wanted) {
  RunEntries entries;
  if (ids.empty()) return entries;
  const Query question = any_of(field, ids);
  for (std::size_t i = 0; i < ledgers_.size(); ++i) {
    Search search(ledgers_[i], question,
                  {.order = Order::oldest_first,
                   .wanted = run_fields(),
                   .with_payload = false,
                   .system_entries = true});
    while (search.next()) {
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
  const Query question = any_of(field, {id});
  std::size_t found = 0;
  for (const LedgerView& ledger : ledgers_) {
    Search search(ledger, question, {.limit = most, .wanted = {}, .with_payload = false});
    while (found < most && search.next()) ++found;
  }
  return found;
}

void RunReader::take(std::size_t ledger, const Entry& entry, RunEntries& out) {
  // The carrier of a record is no part of what happened.
  if (entry.envelope.text(Field::type) == "source.record") return;
  if (!given_.insert({ledger, entry.seq}).second) return;
  if (given_.size() > most_) {
    throw Error(ErrorCode::limit,
                fmt::format("more than {} entries belong to it, too many for one picture", most_),
                "audit search session:ID --by type says what they are");
  }
  out.push_back({{ledger, entry.seq}, entry.when(), entry.envelope});
}

}  // namespace audit::query
