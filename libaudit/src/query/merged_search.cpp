#include <audit/merged_search.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "query/several.hpp"

namespace audit {

namespace {

constexpr std::size_t kNone = SIZE_MAX;

}  // namespace

struct MergedSearch::Impl {
  // A ledger whose next answer is known.
  struct Ready {
    Timestamp when;
    std::size_t ledger;
  };

  std::span<const LedgerView> views;
  Query question;
  SearchOptions options;
  std::vector<std::optional<Search>> searches;  // nothing: it has no more answers
  std::vector<Ready> ready;                     // a heap: the next answer is that of the first
  std::size_t current = kNone;                  // the ledger of the answer in hand
  std::uint64_t found = 0;
  bool started = false;
  std::vector<SearchStatistics> ended;  // of searches that are over, in their places

  // Whether `a` comes after `b`.
  [[nodiscard]] bool is_later(const Ready& a, const Ready& b) const {
    if (a.when == b.when) return a.ledger > b.ledger;
    return (a.when < b.when) == (options.order == Order::newest_first);
  }

  [[nodiscard]] auto order() const {
    return [this](const Ready& a, const Ready& b) { return is_later(a, b); };
  }

  void start() {
    started = true;
    searches.resize(views.size());
    ended.resize(views.size());
    for (std::size_t i = 0; i < views.size(); ++i) {
      searches[i].emplace(views[i], question, options);
      advance(i);
    }
  }

  void advance(std::size_t ledger) {
    Search& search = *searches[ledger];
    if (query::naming(views[ledger], views.size(), [&] { return search.next(); })) {
      ready.push_back({search.entry().when(), ledger});
      std::push_heap(ready.begin(), ready.end(), order());
      return;
    }
    ended[ledger] = search.statistics();
    searches[ledger].reset();
  }

  bool next() {
    if (options.limit != 0 && found == options.limit) return false;
    if (!started) start();
    if (current != kNone) advance(std::exchange(current, kNone));
    if (ready.empty()) return false;
    std::pop_heap(ready.begin(), ready.end(), order());
    current = ready.back().ledger;
    ready.pop_back();
    ++found;
    return true;
  }

  std::uint64_t count() {
    ended.clear();
    std::uint64_t sum = 0;
    for (const LedgerView& view : views) {
      Search search(view, question, options);
      sum += query::naming(view, views.size(), [&] { return search.count(); });
      ended.push_back(search.statistics());
    }
    return sum;
  }

  [[nodiscard]] SearchStatistics statistics() const {
    SearchStatistics sum = query::none();
    for (std::size_t i = 0; i < ended.size(); ++i) {
      const bool goes_on = i < searches.size() && searches[i];
      query::add_to(sum, goes_on ? searches[i]->statistics() : ended[i], views[i], views.size());
    }
    return sum;
  }
};

MergedSearch::MergedSearch(std::span<const LedgerView> views, Query query, SearchOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->views = views;
  impl_->question = std::move(query);
  impl_->options = options;
  impl_->options.wanted.add(Field::time);
  impl_->options.beside = views;
}

MergedSearch::MergedSearch(MergedSearch&&) noexcept = default;
MergedSearch& MergedSearch::operator=(MergedSearch&&) noexcept = default;
MergedSearch::~MergedSearch() = default;

bool MergedSearch::next() { return impl_->next(); }

const Entry& MergedSearch::entry() const { return impl_->searches[impl_->current]->entry(); }

std::size_t MergedSearch::ledger() const { return impl_->current; }

std::uint64_t MergedSearch::count() { return impl_->count(); }

SearchStatistics MergedSearch::statistics() const { return impl_->statistics(); }

}  // namespace audit
