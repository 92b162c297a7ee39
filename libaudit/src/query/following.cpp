#include <audit/error.hpp>
#include <audit/query.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/file.hpp"
#include "ledger/evidence.hpp"

namespace audit {

namespace {

// A commit in the same tick of the file system's clock as the last look may leave no trace: it is
// looked anyway a second later. Where that shows nothing, each time twice as late, for clocks that
// are slow and not for the work it is.
constexpr std::chrono::seconds kLookAnyway{1};
constexpr std::chrono::seconds kLookAnywayAtLast{64};

// Answers that are held at a time.
constexpr std::size_t kTogether = 1000;
constexpr std::size_t kBytesTogether = std::size_t{1} << 20;

}  // namespace

struct Following::Impl {
  // What one look at the ledger gave.
  struct Found {
    std::vector<Entry> answers;
    std::uint64_t next = 0;  // the entry behind what was looked at
    Digest last;             // the hash of the one before it
    bool is_all = false;
  };

  std::filesystem::path file;
  Disclosure disclosure = Disclosure::all;
  Query question;
  SearchOptions options;
  std::string ledger_id;
  std::uint64_t next = 0;  // the entry to go on from
  Digest last;             // the hash of the one before it
  ledger::FileState seen;
  std::chrono::steady_clock::time_point looked;
  std::chrono::seconds patience = kLookAnyway;

  [[nodiscard]] ledger::FileState state() const {
    return ledger::FileState::of(base::real_file(file));
  }

  [[nodiscard]] bool may_have_changed(const ledger::FileState& now) const {
    return now != seen || std::chrono::steady_clock::now() - looked >= patience;
  }

  void check(const LedgerView& view) const {
    const bool is_as_it_was = view.size() >= next && (next == 0 || view.hash(next - 1) == last);
    if (view.ledger_id() == ledger_id && is_as_it_was) return;
    throw Error(ErrorCode::damaged,
                fmt::format("{} is not the ledger it was: its {} entries that were seen are no "
                            "longer all there",
                            file.string(), next),
                "run 'audit verify' with --known, and follow it again");
  }

  // Ends its look before anybody is told: one that stayed open while a reader takes his time would
  // keep the ledger's log from ending.
  [[nodiscard]] Found look() const {
    const LedgerView view = LedgerView::open(file, disclosure);
    check(view);
    SearchOptions rest = options;
    rest.range = {next, view.size()};
    Found found;
    std::size_t bytes = 0;
    for (Search search(view, question, rest); search.next();) {
      found.answers.push_back(search.entry());
      bytes += search.entry().payload.size();
      found.next = search.entry().seq + 1;
      found.last = search.entry().hash;
      if (found.answers.size() == kTogether || bytes > kBytesTogether) return found;
    }
    found.next = view.size();
    found.last = view.hash(found.next - 1).value_or(Digest{});
    found.is_all = true;
    return found;
  }
};

Following::Following(std::filesystem::path ledger, Query question, SearchOptions options,
                     Disclosure disclosure, std::uint64_t from)
    : impl_(std::make_unique<Impl>()) {
  if (question.asks_about_calls()) {
    throw Error(ErrorCode::invalid_argument, "what is asked about a call cannot be followed",
                "what is said about it may come at any time: ask again later");
  }
  impl_->file = std::move(ledger);
  impl_->disclosure = disclosure;
  impl_->question = std::move(question);
  impl_->options = options;
  impl_->options.limit = 0;
  impl_->options.order = Order::oldest_first;
  const LedgerView view = LedgerView::open(impl_->file);
  impl_->ledger_id = view.ledger_id();
  impl_->next = std::min(from, view.size());
  if (impl_->next > 0) impl_->last = view.hash(impl_->next - 1).value_or(Digest{});
}

Following::Following(Following&&) noexcept = default;
Following& Following::operator=(Following&&) noexcept = default;
Following::~Following() = default;

void Following::poll(const std::function<bool(const Entry&)>& each) {
  const ledger::FileState now = impl_->state();
  if (!impl_->may_have_changed(now)) return;
  for (bool is_all = false; !is_all;) {
    const Impl::Found found = impl_->look();
    for (const Entry& entry : found.answers) {
      impl_->next = entry.seq + 1;
      impl_->last = entry.hash;
      if (!each(entry)) return;
    }
    impl_->next = found.next;
    impl_->last = found.last;
    is_all = found.is_all;
  }
  impl_->patience =
      now == impl_->seen ? std::min(impl_->patience * 2, kLookAnywayAtLast) : kLookAnyway;
  impl_->seen = now;
  impl_->looked = std::chrono::steady_clock::now();
}

}  // namespace audit
