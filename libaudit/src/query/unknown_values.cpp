#include <audit/error.hpp>
#include <audit/facet.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <variant>

#include "base/nearest.hpp"
#include "base/text.hpp"
#include "ledger/segment.hpp"
#include "match/query.hpp"
#include "query/several.hpp"

namespace audit {

namespace {

// Nobody reads more of them.
constexpr std::size_t kMaxUnknown = 4;

// A longer value is no slip of the finger.
constexpr std::size_t kMaxTypedBytes = 64;

// A value somebody typed: of several the question may mean another, and so of the kinds a word
// stands for. Of ids there are too many, and none of them is spelt by hand.
bool is_one_value(const match::Texts& test) {
  return test.any_of.size() == 1 && !test.any_of.front().prefix &&
         test.any_of.front().text.size() <= kMaxTypedBytes &&
         ledger::indexing_of(test.field) == ledger::FieldIndexing::term;
}

void collect(const match::Node& node, std::vector<UnknownValue>& out) {
  if (const auto* all = std::get_if<match::AllOf>(&node.what)) {
    for (const match::NodePtr& part : all->parts) collect(*part, out);
  } else if (const auto* any = std::get_if<match::AnyOf>(&node.what)) {
    for (const match::NodePtr& part : any->parts) collect(*part, out);
  } else if (const auto* test = std::get_if<match::Texts>(&node.what)) {
    if (is_one_value(*test)) out.push_back({test->field, test->any_of.front().text, {}, {}});
  }
}

// The value of the facets that is nearest to `wanted`.
std::string nearest_of(const Facets& facets, std::string_view wanted) {
  if (wanted.empty()) return {};
  base::Nearest nearest(wanted, std::min(base::kMistypedBytes, wanted.size() - 1));
  for (const Facets::Row& row : facets.rows) {
    if (!row.values[0] || row.values[0]->size() > kMaxTypedBytes) continue;
    nearest.consider(*row.values[0]);
  }
  return std::string(nearest.best());
}

bool is_there(std::span<const LedgerView> views, const UnknownValue& value) {
  const Query query(std::make_shared<match::Node>(
      match::Node{match::Texts{value.field, {{value.value, false}}}, {}}));
  return std::any_of(views.begin(), views.end(), [&](const LedgerView& view) {
    return query::naming(view, views.size(), [&] {
      return Search(view, query, {.limit = 1, .wanted = {}, .with_payload = false}).next();
    });
  });
}

// The values the ledgers have in a field; none where there are too many.
Facets values_of(std::span<const LedgerView> views, Field field) {
  try {
    return count_by(views, Query(), std::array{field}, {.system_entries = true});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::limit) throw;
    return {};
  }
}

}  // namespace

std::vector<UnknownValue> unknown_values(const LedgerView& view, const Query& question) {
  return unknown_values(std::span(&view, 1), question);
}

std::vector<UnknownValue> unknown_values(std::span<const LedgerView> views, const Query& question) {
  std::vector<UnknownValue> unknown;
  if (question.root() != nullptr) collect(*question.root(), unknown);
  if (unknown.size() > kMaxUnknown) unknown.resize(kMaxUnknown);
  std::erase_if(unknown, [&](const UnknownValue& value) { return is_there(views, value); });
  std::map<Field, Facets> values;
  for (UnknownValue& value : unknown) {
    auto known = values.find(value.field);
    if (known == values.end()) {
      known = values.emplace(value.field, values_of(views, value.field)).first;
    }
    value.nearest = nearest_of(known->second, value.value);
    for (const Facets::Row& row : known->second.rows) {
      if (value.known.size() == kMaxToldValues) break;
      if (row.values[0] && row.values[0]->size() <= kMaxTypedBytes) {
        value.known.push_back(*row.values[0]);
      }
    }
  }
  return unknown;
}

}  // namespace audit
