// Several ledgers with times that go back and forth, asked together: held against a scan of each and
// a merge that looks at all that is left for every answer.
#include <audit/facet.hpp>
#include <audit/merged_search.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "raw_database.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {
namespace {

Query ask(std::string_view text) {
  return parse_query(text, parse_timestamp("2026-08-10T12:00:00Z").value()).value();
}

// Which ledger, which entry.
using Answer = std::pair<std::size_t, std::uint64_t>;

struct Lab {
  test::TempFolder folder;
  std::vector<LedgerView> views;

  // One ledger with as many entries for each of `counts`; half of them in the index.
  explicit Lab(const std::vector<int>& counts, unsigned seed = 5) : random_(seed) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const std::filesystem::path file = folder / (std::to_string(i) + ".ledger");
      create_ledger(file, {"example.com/" + std::to_string(i), {}, {}});
      Ledger ledger = Ledger::open(file);
      now_ = 0;
      append(ledger, i, counts[i] / 2);
      ledger.update_index();
      append(ledger, i, counts[i] - counts[i] / 2);
      views.push_back(LedgerView::open(file));
    }
  }

  // The slow and obvious way: every answer of each in its order; then, again and again, the best of
  // those that are first.
  [[nodiscard]] std::vector<Answer> merged(const Query& question, Order order) const {
    std::vector<std::vector<Entry>> answers(views.size());
    for (std::size_t i = 0; i < views.size(); ++i) {
      for (EntryCursor rows = views[i].entries({0, views[i].size()}, order); rows.next();) {
        const bool is_system = rows.entry().envelope.text(Field::type).starts_with("sys.");
        if (!is_system && question.matches(rows.entry())) answers[i].push_back(rows.entry());
      }
    }
    std::vector<Answer> merged;
    std::vector<std::size_t> at(views.size());
    for (;;) {
      std::optional<std::size_t> best;
      for (std::size_t i = 0; i < views.size(); ++i) {
        if (at[i] == answers[i].size()) continue;
        if (!best) best = i;
        const Timestamp mine = answers[i][at[i]].when();
        const Timestamp its = answers[*best][at[*best]].when();
        if (order == Order::newest_first ? mine > its : mine < its) best = i;
      }
      if (!best) return merged;
      merged.emplace_back(*best, answers[*best][at[*best]++].seq);
    }
  }

 private:
  // Times that mostly go on, that are the same in several ledgers, go back, or are left out.
  void append(Ledger& ledger, std::size_t number, int count) {
    std::vector<Event> events;
    for (; count > 0; --count) {
      Event& event = events.emplace_back();
      event.envelope.set_text(Field::type, random_() % 2 == 0 ? "tool.call" : "error");
      event.envelope.set_text(Field::agent, "agent-" + std::to_string(random_() % 4 + number));
      constexpr std::int64_t kStart = 1'785'000'000;
      now_ += static_cast<std::int64_t>(random_() % 3) - (random_() % 20 == 0 ? 40 : 0);
      if (random_() % 15 != 0) {
        event.envelope.set_number(Field::time, (kStart + now_) * 1'000'000'000);
      }
      event.payload = random_() % 3 == 0 ? R"({"text":"a refund"})" : R"({"text":"none"})";
    }
    if (!events.empty()) ledger.append(events);
  }

  std::mt19937 random_;
  std::int64_t now_ = 0;
};

std::vector<Answer> answers_of(MergedSearch search) {
  std::vector<Answer> answers;
  while (search.next()) answers.emplace_back(search.ledger(), search.entry().seq);
  return answers;
}

const Lab& the_lab() {
  static const Lab lab({700, 0, 900, 3, 350});
  return lab;
}

}  // namespace

TEST_CASE("answers of several ledgers are not merged as by hand") {
  for (const char* text : {"", "refund", "type:error refund", "agent:agent-6", "nothingsaysthis",
                           "seq:<20", "payload.text:none agent:agent-2"}) {
    for (const Order order : {Order::newest_first, Order::oldest_first}) {
      for (const bool use_index : {true, false}) {
        CAPTURE(text);
        CAPTURE(use_index);
        const SearchOptions options{.order = order, .use_index = use_index};
        const std::vector<Answer> expected = the_lab().merged(ask(text), order);
        CHECK(answers_of(MergedSearch(the_lab().views, ask(text), options)) == expected);
        CHECK(MergedSearch(the_lab().views, ask(text), options).count() == expected.size());
      }
    }
  }
}

TEST_CASE("a limit of all answers is taken for one of each ledger") {
  const std::vector<Answer> all = the_lab().merged(Query(), Order::newest_first);
  for (const std::size_t limit : {1U, 2U, 50U, 300U, 5000U}) {
    std::vector<Answer> expected = all;
    expected.resize(std::min(limit, all.size()));
    CHECK(answers_of(MergedSearch(the_lab().views, Query(), {.limit = limit})) == expected);
  }
}

TEST_CASE("answers with the same times leave the order of the ledgers or of their numbers") {
  test::TempFolder folder;
  std::vector<LedgerView> views;
  for (const char* name : {"b", "a", "c"}) {
    create_ledger(folder / name, {"example.com/test", {}, {}});
    std::vector<Event> events(3);
    for (Event& event : events) {
      event.envelope.set_text(Field::type, "note");
      event.envelope.set_number(Field::time, 7);
    }
    Ledger::open(folder / name).append(events);
    views.push_back(LedgerView::open(folder / name));
  }
  using Answers = std::vector<Answer>;
  CHECK(answers_of(MergedSearch(views, Query())) ==
        Answers{{0, 3}, {0, 2}, {0, 1}, {1, 3}, {1, 2}, {1, 1}, {2, 3}, {2, 2}, {2, 1}});
  CHECK(answers_of(MergedSearch(views, Query(), {.limit = 4, .order = Order::oldest_first})) ==
        Answers{{0, 1}, {0, 2}, {0, 3}, {1, 1}});
}

TEST_CASE("answers are merged by time though the caller does not ask for it") {
  const SearchOptions options{.wanted = {Field::agent}, .with_payload = false};
  CHECK(answers_of(MergedSearch(the_lab().views, Query(), options)) ==
        the_lab().merged(Query(), Order::newest_first));
}

TEST_CASE("no ledgers, one, and many") {
  CHECK(answers_of(MergedSearch({}, Query())).empty());
  CHECK(MergedSearch({}, Query()).count() == 0);
  CHECK(count_by(std::span<const LedgerView>(), Query(), std::array{Field::agent}).rows.empty());
  const Lab many(std::vector<int>(40, 9), 77);
  CHECK(answers_of(MergedSearch(many.views, Query())) == many.merged(Query(), Order::newest_first));
  std::vector<Answer> one;
  for (Search search(many.views[7], Query()); search.next();)
    one.emplace_back(0, search.entry().seq);
  CHECK(answers_of(MergedSearch(std::span(many.views).subspan(7, 1), Query())) == one);
}

TEST_CASE("what a merged answer rests on is not the sum over the ledgers") {
  const SearchOptions options{.explain = true};
  MergedSearch merged(the_lab().views, ask("refund"), options);
  while (merged.next()) continue;
  SearchStatistics expected;
  for (const LedgerView& view : the_lab().views) {
    Search search(view, ask("refund"), options);
    while (search.next()) continue;
    expected.size += search.statistics().size;
    expected.indexed += search.statistics().indexed;
    expected.rows_read += search.statistics().rows_read;
    expected.sure += search.statistics().sure;
  }
  const SearchStatistics sum = merged.statistics();
  CHECK(sum.ledgers == the_lab().views.size());
  CHECK(sum.size == expected.size);
  CHECK(sum.indexed == expected.indexed);
  CHECK(sum.rows_read == expected.rows_read);
  CHECK(sum.sure == expected.sure);
  CHECK(sum.without_index == 0);
}

TEST_CASE("an index that cannot be used is told without its ledger") {
  const Lab lab({600, 600, 600});
  std::filesystem::remove(index_file(lab.views[1].file()));
  std::filesystem::remove(index_file(lab.views[2].file()));
  MergedSearch search(lab.views, ask("refund"));
  while (search.next()) continue;
  CHECK(search.statistics().without_index == 2);
  CHECK(search.statistics().index_note.starts_with(lab.views[1].file().string() + ": "));
}

TEST_CASE("a count over several ledgers is not the sum of the counts") {
  using Counts = std::map<std::vector<std::optional<std::string>>, std::uint64_t>;
  const std::array fields{Field::agent, Field::type};
  Counts expected;
  std::map<Timestamp, std::uint64_t> bars;
  for (const LedgerView& view : the_lab().views) {
    for (EntryCursor rows = view.entries({1, view.size()}); rows.next();) {
      const Entry& entry = rows.entry();
      if (!ask("refund").matches(entry)) continue;
      ++expected[{std::string(entry.envelope.text(Field::agent)),
                  std::string(entry.envelope.text(Field::type))}];
      ++bars[std::chrono::floor<std::chrono::days>(entry.when())];
    }
  }
  Counts counts;
  const Facets facets = count_by(the_lab().views, ask("refund"), fields);
  for (const Facets::Row& row : facets.rows) counts[row.values] += row.count;
  CHECK(counts == expected);
  CHECK(counts.size() == facets.rows.size());
  CHECK(std::is_sorted(facets.rows.begin(), facets.rows.end(), [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : a.values < b.values;
  }));
  CHECK(facets.statistics.ledgers == the_lab().views.size());

  const Histogram histogram =
      count_over_time(the_lab().views, ask("refund"), std::chrono::hours(24));
  std::map<Timestamp, std::uint64_t> told;
  for (const Histogram::Bar& bar : histogram.bars) {
    if (bar.count > 0) told[bar.from] = bar.count;
  }
  CHECK(told == bars);
}

TEST_CASE("a value that some ledger has is told to be in none, or one of the other is not near") {
  const auto told = [](std::string_view text) {
    std::vector<std::string> lines;
    for (const UnknownValue& unknown : unknown_values(the_lab().views, ask(text))) {
      lines.push_back(unknown.value + " " + unknown.nearest);
    }
    return lines;
  };
  using Lines = std::vector<std::string>;
  CHECK(told("agent:agent-7") == Lines{});  // in the last one alone
  CHECK(told("agent:agnt-7") == Lines{"agnt-7 agent-7"});
  CHECK(told("agent:nobody type:error") == Lines{"nobody "});
}

TEST_CASE("a ledger that is damaged half way is taken for one that ends there, or not named") {
  Lab lab({300, 300});
  const std::filesystem::path bad = lab.views[1].file();
  lab.views.clear();
  test::RawDatabase(bad).run("UPDATE entry SET more = x'ff' WHERE seq = 20");
  std::filesystem::remove(index_file(bad));
  for (const char* name : {"0.ledger", "1.ledger"}) {
    lab.views.push_back(LedgerView::open(lab.folder / name));
  }
  const auto message_of = [](const auto& work) -> std::string {
    try {
      work();
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::damaged);
      return error.message();
    }
    return {};
  };
  const std::string expected = bad.string() + ": entry 20 cannot be read";
  CHECK(message_of([&] {
          (void)answers_of(MergedSearch(lab.views, Query()));
        }).starts_with(expected));
  CHECK(message_of([&] {
          (void)MergedSearch(lab.views, ask("refund")).count();
        }).starts_with(expected));
  CHECK(message_of([&] {
          (void)count_by(lab.views, ask("refund"), std::array{Field::agent});
        }).starts_with(expected));
}

TEST_CASE("where two histories part is not found") {
  test::TempFolder folder;
  const auto event = [](const std::string& text) {
    std::vector<Event> events(1);
    events[0].envelope.set_text(Field::type, "note");
    events[0].payload = text;
    return events;
  };
  const auto a = folder / "a.ledger";
  const auto b = folder / "b.ledger";
  const auto copy = [&](const std::filesystem::path& to) {
    std::filesystem::copy_file(a, to, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(default_key_file(a), default_key_file(to),
                               std::filesystem::copy_options::overwrite_existing);
  };
  const auto between = [](const std::filesystem::path& one, const std::filesystem::path& other) {
    const LedgerView view = LedgerView::open(one);
    const LedgerView of = LedgerView::open(other);
    CHECK(first_difference(view, of) == first_difference(of, view));
    return first_difference(view, of);
  };
  create_ledger(a, {"example.com/test", {}, {}});
  for (std::uint64_t size = 1; size < 12; ++size) {
    copy(b);
    CHECK(between(a, b) == std::nullopt);
    Ledger::open(a).append(event("one"));
    CHECK(between(a, b) == std::nullopt);
    Ledger other = Ledger::open(b);
    for (std::uint64_t more = 0; more < 9; ++more) {
      other.append(event("other"));
      CHECK(between(a, b) == size);
    }
  }
  create_ledger(folder / "c.ledger", {"example.com/test", {}, {}});
  CHECK(between(a, folder / "c.ledger") == 0);
}

}  // namespace audit
