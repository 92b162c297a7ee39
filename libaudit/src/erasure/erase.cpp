#include <audit/erase.hpp>
#include <audit/retention.hpp>

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"
#include "erasure/scope.hpp"
#include "ledger/erasure.hpp"
#include "ledger/index_builder.hpp"
#include "ledger/writer.hpp"

namespace audit {

namespace {

constexpr std::chrono::milliseconds kAskAgainAfter{100};

static_assert(kMaxErasedPerTransaction == ledger::kMaxErasedAtOnce);

void check_text(std::string_view name, std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorCode::invalid_argument, fmt::format("the {} {}", name, why),
                "it is written into the ledger: who ordered this, and why");
  };
  const bool is_blank = text.find_first_not_of(" \t") == std::string_view::npos;
  if (is_blank) refuse("is missing");
  if (text.size() > kMaxErasureText)
    refuse(fmt::format("is longer than {} bytes", kMaxErasureText));
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
  if (has_control || !base::is_utf8(text)) refuse("is not one line of text");
}

class Erasing {
 public:
  Erasing(const std::filesystem::path& ledger, const ErasurePlan& plan, const ErasureOrder& order,
          const EraseOptions& options)
      : ledger_(ledger), options_(options), writer_(ledger, options.open), all_(plan.entries) {
    all_.insert(all_.end(), plan.carriers.begin(), plan.carriers.end());
    writer_.begin();  // so that the head is known, and a wrong key is noticed before anything else
    // What forbids it is known before the first of several transactions.
    if (all_.size() > kMaxErasedPerTransaction) {
      const ledger::ErasureWords words{name_of(plan.scope), order.authority, order.reason};
      writer_.check_erasable(plan.carriers, ledger::Taking(), words);
      writer_.check_erasable(plan.entries, erasure::taking_of(plan.scope), words);
    }
    writer_.abandon();
  }

  // Takes it out of `seqs`, so many in one transaction.
  //   returns   how many it took something from
  std::uint64_t take(std::span<const std::uint64_t> seqs, const ledger::Taking& taking,
                     const ledger::ErasureWords& words) {
    std::uint64_t taken = 0;
    while (!seqs.empty() && !must_stop()) {
      const auto some = seqs.first(std::min(seqs.size(), kMaxErasedPerTransaction));
      taken += take_some(some, taking, words);
      seqs = seqs.subspan(some.size());
      done_ += some.size();
      if (options_.progress) options_.progress(done_, all_.size());
    }
    return taken;
  }

  // Takes the words out of the files.
  void remove_words() {
    update_index();
    result.words_remain = !writer_.remove_words(options_.wait_for_readers);
    writer_.close();
  }

  // The same where something went wrong, which is what must be told.
  void try_to_remove_words() {
    try {
      remove_words();
    } catch (const Error&) {
      // They stay noted: whoever writes next tries again.
    }
  }

  [[nodiscard]] const Checkpoint& head() const { return writer_.head(); }

  ErasureResult result;

 private:
  [[nodiscard]] bool must_stop() {
    result.stopped = result.stopped || (options_.stop != nullptr && *options_.stop);
    return result.stopped;
  }

  std::uint64_t take_some(std::span<const std::uint64_t> seqs, const ledger::Taking& taking,
                          const ledger::ErasureWords& words) {
    try {
      writer_.begin();
      require_allowed();
      const std::uint64_t taken = writer_.erase(seqs, taking, words).size();
      if (taken > 0) result.erasures.push_back(writer_.size() - 1);
      writer_.commit();
      allowed_at_ = head().size;
      return taken;
    } catch (...) {
      writer_.abandon();
      throw;
    }
  }

  // Under the write lock, where nobody can declare anything in between; again only if others wrote.
  void require_allowed() {
    if (allowed_at_ == head().size) return;
    const LedgerView view = LedgerView::open(ledger_);
    const Timestamp now = options_.now.value_or(from_nanoseconds(writer_.transaction_time()));
    require_erasable(view, read_retention(view), all_, now);
    allowed_at_ = head().size;
  }

  // Makes anew what the index holds of entries that were erased. An index that is being built by
  // another process is left to that one, which does the same when it comes to the sys.erasure.
  void update_index() {
    const auto give_up = std::chrono::steady_clock::now() + options_.wait_for_readers;
    for (;;) {
      ledger::IndexBuilder builder(ledger_);
      if (builder.is_active()) {
        if (builder.watermark() > 0) {
          builder.catch_up(head().size);
          builder.finish(true);
        }
        result.index = builder.made();
        return;
      }
      if (std::chrono::steady_clock::now() >= give_up) return;
      std::this_thread::sleep_for(kAskAgainAfter);
    }
  }

  const std::filesystem::path& ledger_;
  const EraseOptions& options_;
  ledger::Writer writer_;
  std::uint64_t done_ = 0;
  std::vector<std::uint64_t> all_;  // that go, or may go
  std::uint64_t allowed_at_ = 0;    // the size of the ledger when they might
};

}  // namespace

ErasureResult erase(const std::filesystem::path& ledger, const ErasurePlan& plan,
                    const ErasureOrder& order, const EraseOptions& options) {
  check_text("reason", order.reason);
  check_text("authority", order.authority);
  Erasing erasing(ledger, plan, order, options);
  ErasureResult& result = erasing.result;
  try {
    // The records first: who is killed between the two and does it again finds the parts still there.
    result.carriers = erasing.take(plan.carriers, ledger::Taking(),
                                   {name_of(ErasureScope()), order.authority, order.reason});
    result.entries = erasing.take(plan.entries, erasure::taking_of(plan.scope),
                                  {name_of(plan.scope), order.authority, order.reason});
  } catch (const Error& error) {
    if (result.erasures.empty())
      throw Error(error.code(), error.message() + "; nothing was erased", error.hint());
    erasing.try_to_remove_words();
    throw Error(error.code(),
                fmt::format("{}; what was taken before it is gone, as entry {} says",
                            error.message(), fmt::join(result.erasures, ", ")),
                error.hint());
  }
  erasing.remove_words();
  result.head = erasing.head();
  return std::move(result);
}

}  // namespace audit
