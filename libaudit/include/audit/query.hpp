// audit/query.hpp - a question in the query language, and its answer.
//
// Place     ledger -> [query] -> export, report
// Format    audit-query(7)
// Threads   one thread at a time per object
//
//   auto question = audit::parse_query("decision:deny refund since:7d", now);
//   if (!question) return report(question.error());           // offset, message, hint
//   auto search = audit::Search(view, *question, {.limit = 50});
//   while (search.next()) print(search.entry());
#pragma once

#include <audit/error.hpp>
#include <audit/ledger.hpp>
#include <audit/time.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audit {

namespace match {
struct Node;  // libaudit/src/match/query.hpp
}

// A parsed question. Cheap to copy. The default asks for everything.
class Query {
 public:
  Query() = default;

  explicit Query(std::shared_ptr<const match::Node> root,
                 std::shared_ptr<const match::Node> calls = nullptr)
      : root_(std::move(root)), calls_(std::move(calls)) {}

  // Both must hold.
  [[nodiscard]] Query and_also(const Query& other) const;

  // True if it asks for everything.
  [[nodiscard]] bool matches_all() const noexcept { return root_ == nullptr && calls_ == nullptr; }

  // True if some part of it is about all of a call (call.approved:no), which an entry alone does not
  // answer: what was decided about a call, and what came of it, are entries of their own.
  [[nodiscard]] bool asks_about_calls() const noexcept { return calls_ != nullptr; }

  // True if some part of it names sys.* entries, which are otherwise left out.
  [[nodiscard]] bool asks_for_system_entries() const;

  // The question without that part of it.
  [[nodiscard]] Query about_entries() const { return Query(root_); }

  // True if `entry` (with its payload) is an answer: the slow and obvious way. What is asked about
  // calls is left out.
  [[nodiscard]] bool matches(const Entry& entry) const;

  // The first part that asks about what Disclosure::envelopes keeps back: words, paths into payloads,
  // fields taken from content. Its answer would tell what the view does not.
  [[nodiscard]] std::optional<ParseError> asks_about_content() const;

  // The words and phrases it looks for in text, folded: for highlighting.
  [[nodiscard]] std::vector<std::string> words() const;

  // How it was understood: a line for each part, what belongs to another two columns behind it. Texts
  // of the question stand in it as they are.
  [[nodiscard]] std::string outline() const;

  [[nodiscard]] const match::Node* root() const noexcept { return root_.get(); }

  [[nodiscard]] const match::Node* calls() const noexcept { return calls_.get(); }

 private:
  std::shared_ptr<const match::Node> root_;   // what is asked of each entry
  std::shared_ptr<const match::Node> calls_;  // and of the call it is about
};

// Parses a question. `now` is what spans such as since:7d count back from.
// The error's offset and length mark the bytes of `text` it is about.
[[nodiscard]] Parsed<Query> parse_query(std::string_view text, Timestamp now);

// The question `field:value` (or since, until) with `value` taken literally, whatever it holds, but
// for the comma that separates alternatives: what the program's filter flags mean.
[[nodiscard]] Parsed<Query> make_filter(std::string_view field, std::string_view value,
                                        Timestamp now);

struct SearchOptions {
  std::uint64_t limit = 0;  // 0: no limit
  Order order = Order::newest_first;
  FieldSet wanted = FieldSet::all();  // fields the caller will read; more may be filled
  bool with_payload = true;
  bool system_entries = false;  // sys.* too, though the question does not name them
  SequenceRange range{0, UINT64_MAX};
  bool use_index = true;  // false: scan; the answer is the same
  // Where the other entries of a call may be (Query::asks_about_calls); empty: in the view only. The
  // very view that is searched is one of them. They outlive the search.
  std::span<const LedgerView> beside{};

  // Believe of the index only what its own digests cover; a part that they do not is scanned.
  bool check_index = false;
  // Told of each entry that was read, with all that is wanted of it, and is no answer; of one that is
  // not there, an entry of its number and nothing else. With the segments of the index that were
  // believed, this is what the completeness of an answer rests on. Not by count().
  std::function<void(const Entry&)> passed_over{};

  bool explain = false;  // fill the last part of the statistics

  // When it turns true (also from a signal handler), next() says soon that there is no more, and
  // whatever counts ends with less than all.
  const std::atomic<bool>* stop = nullptr;

  [[nodiscard]] bool is_stopped() const noexcept {
    return stop != nullptr && stop->load(std::memory_order_relaxed);
  }
};

// What an answer rests on.
struct SearchStatistics {
  std::uint64_t ledgers = 1;      // that were asked; of several all that follows is the sum
  std::uint64_t size = 0;         // entries the answer covers: [0, size)
  std::uint64_t indexed = 0;      // of these the index held [0, indexed), the rest was scanned
  std::uint64_t not_indexed = 0;  // how many that is, where the index was asked
  std::uint64_t rows_read = 0;    // entries read from the ledger
  // What was asked about calls of runs too long to be read whole, and of these, what could not be
  // told: it is no answer.
  std::uint64_t judged_by_ids = 0;
  std::uint64_t not_judged = 0;
  bool index_asked = false;         // few entries are read without it
  std::string index_note;           // why the index was not used, else empty; the first of several
  std::uint64_t without_index = 0;  // of several ledgers: how many have such a note

  // The parts of the index that were believed; of several ledgers none. Their digests are what they
  // say themselves, unless SearchOptions::check_index was set.
  std::vector<IndexSegment> index_segments;

  // What the index said, where SearchOptions::explain asks for it.
  std::uint64_t segments = 0;  // of the index that were asked
  std::uint64_t sure = 0;      // entries in these that it is sure of
  std::uint64_t unsure = 0;    // entries in these that it cannot rule out
};

// Runs a question over a view: complete, whatever the state of the index.
class Search {
 public:
  //   view      outlives this object
  Search(const LedgerView& view, Query query, SearchOptions options = {});
  Search(const LedgerView&& view, Query query, SearchOptions options = {}) = delete;
  Search(Search&&) noexcept;
  Search& operator=(Search&&) noexcept;
  ~Search();

  // Steps to the next answer; false when there is none.  throws damaged, io
  [[nodiscard]] bool next();
  [[nodiscard]] const Entry& entry() const;

  // The number of answers, without reading what need not be read. Instead of next(), not beside it.
  [[nodiscard]] std::uint64_t count();

  [[nodiscard]] const SearchStatistics& statistics() const;

  // The same question over the same view, from the beginning; payloads are read for the caller or not.
  [[nodiscard]] Search again(bool with_payload) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Answers as they are committed, whatever process commits them.
class Following {
 public:
  // Begins with entry `from`, behind the last one if that is not there yet.
  //   question  not about calls: what is said about one may come at any time
  //   options   its limit, order and range do not matter
  //   disclosure  how much of its answers it hands out
  //   throws    what LedgerView::open throws; invalid_argument for a question about calls
  Following(std::filesystem::path ledger, Query question, SearchOptions options = {},
            Disclosure disclosure = Disclosure::all, std::uint64_t from = UINT64_MAX);
  Following(Following&&) noexcept;
  Following& operator=(Following&&) noexcept;
  ~Following();

  // Calls each(entry), oldest first, for the answers committed since the last call, until it says
  // false: the next call goes on behind that one. Cheap where nothing was committed: call it a few
  // times a second. What throws may be called again, and repeats nothing.
  //   throws    what LedgerView::open throws; damaged also where the file is another ledger by now,
  //             or entries that were seen are gone
  void poll(const std::function<bool(const Entry&)>& each);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
