#include <audit/error.hpp>
#include <audit/query.hpp>

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "ledger/evidence.hpp"

namespace audit {

namespace {

// A commit in the same tick of the file system's clock as the last look may leave no trace.
constexpr std::chrono::seconds kLookAnyway{1};

}  // namespace

struct Following::Impl {
  std::filesystem::path file;
  Query question;
  SearchOptions options;
  std::string ledger_id;
  std::uint64_t next = 0;  // the entry to go on from
  ledger::FileState seen;
  std::chrono::steady_clock::time_point looked;

  [[nodiscard]] bool has_changed() {
    const ledger::FileState now = ledger::FileState::of(base::real_file(file));
    const auto time = std::chrono::steady_clock::now();
    if (now == seen && time - looked < kLookAnyway) return false;
    seen = now;
    looked = time;
    return true;
  }

  void check(const LedgerView& view) const {
    if (view.ledger_id() == ledger_id && view.size() >= next) return;
    throw Error(ErrorCode::damaged,
                fmt::format("{} is not the file it was: it has {} entries, and had {}",
                            file.string(), view.size(), next),
                "run 'audit verify' with --known, and follow it again");
  }
};

Following::Following(std::filesystem::path ledger, Query question, SearchOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->file = std::move(ledger);
  impl_->question = std::move(question);
  impl_->options = options;
  impl_->options.limit = 0;
  impl_->options.order = Order::oldest_first;
  const LedgerView view = LedgerView::open(impl_->file);
  impl_->ledger_id = view.ledger_id();
  impl_->next = view.size();
}

Following::Following(Following&&) noexcept = default;
Following& Following::operator=(Following&&) noexcept = default;
Following::~Following() = default;

void Following::poll(const std::function<bool(const Entry&)>& each) {
  if (!impl_->has_changed()) return;
  // A view of its own for each look: one that stayed open would keep the ledger's log from ending.
  const LedgerView view = LedgerView::open(impl_->file);
  impl_->check(view);
  impl_->options.range = {impl_->next, view.size()};
  Search search(view, impl_->question, impl_->options);
  impl_->next = view.size();
  while (search.next()) {
    if (each(search.entry())) continue;
    impl_->next = search.entry().seq + 1;
    return;
  }
}

}  // namespace audit
