// Questions made at random, answered three ways: by the index, by a scan, and by the meaning they
// were made with, which is plain code over plain values and knows nothing of the query language.
#include <audit/query.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "temp_folder.hpp"

namespace audit {
namespace {

constexpr std::int64_t kStart = 1'785'000'000'000'000'000;

// One entry as plain values. Its texts are words with one blank between them.
struct Model {
  std::string type = "other";
  std::string agent;
  std::string tool;
  std::string event_id;
  std::string error;
  std::vector<std::string> flags;
  std::optional<std::int64_t> tokens;
  std::optional<bool> side_effect;
  std::optional<std::int64_t> time;
  bool has_payload = false;
  bool is_json = true;
  std::vector<std::string> texts;
  std::optional<int> number;  // in the payload
  std::int64_t when = 0;      // read back: the time, else when it was received
};

struct Question {
  std::string text;
  std::function<bool(const Model&, std::uint64_t seq)> holds;
};

// --- The ledger ---

const std::vector<std::string>& vocabulary() {
  static const std::vector<std::string> words = {"refund",
                                                 "order",
                                                 "ordered",
                                                 "paid",
                                                 "ok",
                                                 "a0",
                                                 "true",
                                                 "x",
                                                 "550e8400-e29b-41d4-a716-446655440000",
                                                 "deadbeefdeadbee1",
                                                 "deadbeefdeadbee1z",
                                                 "rare"};
  return words;
}

bool is_opaque(const std::string& word) {
  return word == "deadbeefdeadbee1" || word.find('-') != std::string::npos;
}

const std::vector<std::string>& agents() {
  static const std::vector<std::string> names = {
      "a0", "a1", "agent-7", "Agent-7", "order", std::string(300, 'l') + "ong", "true"};
  return names;
}

const std::vector<std::string>& types() {
  static const std::vector<std::string> names = {"tool.call", "tool.result", "llm.call", "error"};
  return names;
}

const std::vector<std::string>& ids() {
  static const std::vector<std::string> names = {"550e8400-e29b-41d4-a716-446655440000", "id-1",
                                                 "id-2", "refund"};
  return names;
}

class Maker {
 public:
  Model model() {
    Model model;
    model.type = any(types());
    if (odds(5)) model.agent = any(agents());
    if (odds(3)) model.tool = odds(3) ? "bash" : "git push";
    if (odds(2)) model.event_id = any(ids()) + (odds(4) ? "" : std::to_string(random_() % 1000));
    if (odds(1)) model.error = any(vocabulary());
    if (odds(1)) model.flags = {"schema"};
    if (odds(1)) model.flags.emplace_back("too-deep");
    if (odds(4)) model.tokens = static_cast<std::int64_t>(random_() % 100);
    if (odds(3)) model.side_effect = odds(3);
    if (odds(5)) model.time = kStart + static_cast<std::int64_t>(random_() % 1000);
    model.has_payload = odds(5);
    if (!model.has_payload) return model;
    model.is_json = !odds(1);
    for (auto count = random_() % 3 + 1; count > 0; --count) model.texts.push_back(sentence());
    if (!model.is_json) model.texts.resize(1);
    if (model.is_json && odds(3)) model.number = static_cast<int>(random_() % 50);
    return model;
  }

 private:
  bool odds(unsigned of_six) { return random_() % 6 < of_six; }

  const std::string& any(const std::vector<std::string>& list) {
    return list[random_() % list.size()];
  }

  std::string sentence() {
    std::string text = any(vocabulary());
    while (random_() % 4 != 0) text += " " + any(vocabulary());
    return text;
  }

  std::mt19937 random_{11};
};

std::string payload_of(const Model& model) {
  if (!model.is_json) return "! " + model.texts.front();
  std::string json = R"({"s":[)";
  for (const std::string& text : model.texts) json += "\"" + text + "\",";
  json.back() = ']';
  if (model.number) json += R"(,"in":{"n":)" + std::to_string(*model.number) + "}";
  return json + "}";
}

Event event_of(const Model& model) {
  Event event;
  event.envelope.set_text(Field::type, model.type);
  event.envelope.set_text(Field::agent, model.agent);
  event.envelope.set_text(Field::tool, model.tool);
  event.envelope.set_text(Field::event_id, model.event_id);
  event.envelope.set_text(Field::error, model.error);
  for (const std::string& flag : model.flags) event.envelope.set_text(Field::flags, flag);
  if (model.tokens) event.envelope.set_number(Field::tokens_in, *model.tokens);
  if (model.side_effect) event.envelope.set_number(Field::side_effect, *model.side_effect ? 1 : 0);
  if (model.time) event.envelope.set_number(Field::time, *model.time);
  event.has_payload = model.has_payload;
  if (model.has_payload) event.payload = payload_of(model);
  return event;
}

// As many entries as `counts` says, each but the last ones in a segment of their own.
class RandomLedger {
 public:
  explicit RandomLedger(const std::vector<int>& counts) : file_(folder_ / "random.ledger") {
    create_ledger(file_, {"example.com/test", {}, {}});
    Ledger ledger = Ledger::open(file_);
    Maker maker;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      indexed_ = ledger.head().size;
      append(ledger, maker, counts[i]);
      if (i + 1 < counts.size()) ledger.update_index();
    }
    view_.emplace(LedgerView::open(file_));
    EntryCursor rows = view_->entries({0, view_->size()});
    std::vector<Model> in_order(view_->size());
    while (rows.next()) {
      const Entry& entry = rows.entry();
      Model& model = in_order[entry.seq];
      const auto number = entry.envelope.number(Field::position);
      if (!number) continue;  // entry 0
      model = models_[static_cast<std::size_t>(*number)];
      model.when = nanoseconds(entry.when());
    }
    models_ = std::move(in_order);
  }

  [[nodiscard]] const LedgerView& view() const { return *view_; }

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  // Entries [0, indexed()) are in the index, as it was made.
  [[nodiscard]] std::uint64_t indexed() const { return indexed_; }

  // By seq. That of entry 0 is no event's.
  [[nodiscard]] const std::vector<Model>& models() const { return models_; }

 private:
  void append(Ledger& ledger, Maker& maker, int count) {
    std::vector<Event> events;
    for (; count > 0; --count) {
      const Model model = maker.model();
      events.push_back(event_of(model));
      events.back().envelope.set_number(Field::position, static_cast<std::int64_t>(models_.size()));
      models_.push_back(model);
    }
    ledger.append(events);
  }

  test::TempFolder folder_;
  std::filesystem::path file_;
  std::optional<LedgerView> view_;
  std::uint64_t indexed_ = 0;
  std::vector<Model> models_;
};

const RandomLedger& the_ledger() {
  static const RandomLedger ledger({900, 430, 200, 150});
  return ledger;
}

// --- What the questions mean ---

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

bool has_run(const Model& model, const std::vector<std::string>& run, bool prefix) {
  for (const std::string& text : model.texts) {
    const auto words = words_of(text);
    for (std::size_t i = 0; i + run.size() <= words.size(); ++i) {
      bool all = true;
      for (std::size_t j = 0; j < run.size(); ++j) {
        const bool begins = prefix && j + 1 == run.size();
        all = all && (begins ? !is_opaque(words[i + j]) && words[i + j].starts_with(run[j])
                             : words[i + j] == run[j]);
      }
      if (all) return true;
    }
  }
  return false;
}

bool has_value(const Model& model, const std::string& value) {
  return model.type == value || model.agent == value || model.tool == value ||
         model.event_id == value || model.error == value ||
         std::find(model.flags.begin(), model.flags.end(), value) != model.flags.end();
}

// --- Making questions ---

template <class T>
rc::Gen<T> one_of(const std::vector<T>& list) {
  return rc::gen::elementOf(list);
}

rc::Gen<Question> bare_word() {
  return rc::gen::map(one_of(vocabulary()), [](const std::string& word) {
    return Question{word, [word](const Model& model, std::uint64_t) {
                      return has_run(model, {word}, false) || has_value(model, word);
                    }};
  });
}

rc::Gen<Question> prefix() {
  const std::vector<std::string> prefixes = {"o", "order", "re", "deadbeefdeadbee1", "x", "550e"};
  return rc::gen::map(one_of(prefixes), [](const std::string& word) {
    return Question{word + "*", [word](const Model& model, std::uint64_t) {
                      return has_run(model, {word}, true);
                    }};
  });
}

rc::Gen<Question> phrase() {
  const auto words = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 4), [](std::size_t count) {
    return rc::gen::container<std::vector<std::string>>(count, one_of(vocabulary()));
  });
  return rc::gen::map(rc::gen::pair(words, rc::gen::arbitrary<bool>()),
                      [](const std::pair<std::vector<std::string>, bool>& made) {
                        auto [run, star] = made;
                        // A star behind an id stands alone: an id has no beginning.
                        if (run.back().find('-') != std::string::npos) star = false;
                        std::string text = "\"";
                        for (const std::string& word : run) text += word + " ";
                        text.back() = '"';
                        if (star) text += "*";
                        return Question{text, [run = run, star](const Model& model, std::uint64_t) {
                                          return has_run(model, run, star);
                                        }};
                      });
}

template <class Get>
rc::Gen<Question> value_of(const std::string& name, const std::vector<std::string>& values,
                           Get get) {
  return rc::gen::map(one_of(values), [name, get](const std::string& value) {
    return Question{name + ":\"" + value + "\"", [value, get](const Model& model, std::uint64_t) {
                      return get(model) == value;
                    }};
  });
}

template <class Get>
rc::Gen<Question> beginning_of(const std::string& name, const std::vector<std::string>& values,
                               Get get) {
  return rc::gen::map(one_of(values), [name, get](const std::string& value) {
    return Question{name + ":" + value + "*", [value, get](const Model& model, std::uint64_t) {
                      return !get(model).empty() && get(model).starts_with(value);
                    }};
  });
}

rc::Gen<Question> either_agent() {
  return rc::gen::map(rc::gen::pair(one_of(agents()), one_of(agents())),
                      [](const std::pair<std::string, std::string>& two) {
                        return Question{"agent:" + two.first + "," + two.second,
                                        [two](const Model& model, std::uint64_t) {
                                          return model.agent == two.first ||
                                                 model.agent == two.second;
                                        }};
                      });
}

rc::Gen<Question> numbers() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(-5, 105), rc::gen::inRange(0, 40)),
                      [](const std::pair<int, int>& made) {
                        const auto [low, width] = made;
                        const int high = low + width;
                        return Question{
                            "tokens_in:" + std::to_string(low) + ".." + std::to_string(high),
                            [low = low, high](const Model& model, std::uint64_t) {
                              return model.tokens && low <= *model.tokens && *model.tokens <= high;
                            }};
                      });
}

rc::Gen<Question> sequence() {
  return rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 1900), [](std::uint64_t bound) {
    return Question{"seq:<" + std::to_string(bound),
                    [bound](const Model&, std::uint64_t seq) { return seq < bound; }};
  });
}

rc::Gen<Question> since() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(-10, 1010), [](std::int64_t offset) {
    const std::int64_t from = kStart + offset;
    return Question{"since:" + to_rfc3339(from_nanoseconds(from)),
                    [from](const Model& model, std::uint64_t) { return model.when >= from; }};
  });
}

rc::Gen<Question> at_path() {
  return rc::gen::map(rc::gen::inRange(0, 50), [](int bound) {
    return Question{"payload.in.n:>" + std::to_string(bound),
                    [bound](const Model& model, std::uint64_t) {
                      return model.number && *model.number > bound;
                    }};
  });
}

rc::Gen<Question> text_at_path() {
  return rc::gen::map(one_of(vocabulary()), [](const std::string& word) {
    return Question{"payload.s:\"" + word + "\"", [word](const Model& model, std::uint64_t) {
                      return model.is_json && std::find(model.texts.begin(), model.texts.end(),
                                                        word) != model.texts.end();
                    }};
  });
}

rc::Gen<Question> fixed() {
  using Asked = const Model&;
  return rc::gen::elementOf(std::vector<Question>{
      {"has:tool", [](Asked m, std::uint64_t) { return !m.tool.empty(); }},
      {"has:agent", [](Asked m, std::uint64_t) { return !m.agent.empty(); }},
      {"has:error", [](Asked m, std::uint64_t) { return !m.error.empty(); }},
      {"has:tokens_in", [](Asked m, std::uint64_t) { return m.tokens.has_value(); }},
      {"has:side_effect", [](Asked m, std::uint64_t) { return m.side_effect.has_value(); }},
      {"has:payload", [](Asked m, std::uint64_t) { return m.has_payload; }},
      {"has:payload.in", [](Asked m, std::uint64_t) { return m.number.has_value(); }},
      {"side_effect:true", [](Asked m, std::uint64_t) { return m.side_effect == true; }},
      {"side_effect:no", [](Asked m, std::uint64_t) { return m.side_effect == false; }},
      {"type:tool", [](Asked m, std::uint64_t) { return m.type.starts_with("tool."); }},
      {"flags:too-deep",
       [](Asked m, std::uint64_t) {
         return std::find(m.flags.begin(), m.flags.end(), "too-deep") != m.flags.end();
       }},
      {"hash:*", [](Asked, std::uint64_t) { return true; }},
      {"payload:rare", [](Asked m, std::uint64_t) { return has_run(m, {"rare"}, false); }},
      {"agent-7", [](Asked m, std::uint64_t) { return m.agent == "agent-7"; }},
  });
}

rc::Gen<Question> test_of_one_thing() {
  const auto agent = [](const Model& model) -> const std::string& { return model.agent; };
  const auto id = [](const Model& model) -> const std::string& { return model.event_id; };
  const auto error = [](const Model& model) -> const std::string& { return model.error; };
  const auto tool = [](const Model& model) -> const std::string& { return model.tool; };
  return rc::gen::oneOf(bare_word(), prefix(), phrase(), value_of("agent", agents(), agent),
                        value_of("event_id", ids(), id), value_of("error", vocabulary(), error),
                        value_of("tool", {"bash", "git push", "git"}, tool),
                        beginning_of("agent", {"a", "A", "agent-", std::string(250, 'l')}, agent),
                        beginning_of("event_id", {"id-", "550e"}, id), either_agent(), numbers(),
                        sequence(), since(), at_path(), text_at_path(), fixed());
}

Question combine(int how, const Question& a, const Question& b) {
  switch (how) {
    case 0:
      return {"(" + a.text + ") AND (" + b.text + ")",
              [a, b](const Model& m, std::uint64_t s) { return a.holds(m, s) && b.holds(m, s); }};
    case 1:
      return {"(" + a.text + " OR " + b.text + ")",
              [a, b](const Model& m, std::uint64_t s) { return a.holds(m, s) || b.holds(m, s); }};
    case 2:
      return {"-(" + a.text + ") (" + b.text + ")",
              [a, b](const Model& m, std::uint64_t s) { return !a.holds(m, s) && b.holds(m, s); }};
    default:
      return {"NOT (" + a.text + ")",
              [a](const Model& m, std::uint64_t s) { return !a.holds(m, s); }};
  }
}

rc::Gen<Question> question(int depth) {
  if (depth == 0) return test_of_one_thing();
  const auto combined =
      rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 4), question(depth - 1), question(depth - 1)),
                   [](const std::tuple<int, Question, Question>& made) {
                     return combine(std::get<0>(made), std::get<1>(made), std::get<2>(made));
                   });
  return rc::gen::oneOf(test_of_one_thing(), combined, combined);
}

// --- The property ---

std::vector<std::uint64_t> answer(const LedgerView& view, const Query& query, bool use_index) {
  SearchOptions options;
  options.use_index = use_index;
  Search search(view, query, options);
  std::vector<std::uint64_t> numbers;
  while (search.next()) numbers.push_back(search.entry().seq);
  return numbers;
}

// The first entry that is in one answer only, else empty. Both are newest first.
std::string difference(const std::vector<std::uint64_t>& got,
                       const std::vector<std::uint64_t>& expected) {
  const auto [one, other] = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
  if (one == got.end() && other == expected.end()) return {};
  if (other == expected.end() || (one != got.end() && *one > *other)) {
    return "too much: " + std::to_string(*one);
  }
  return "missing: " + std::to_string(*other);
}

// Newest first; entry 0 is the ledger's own.
std::vector<std::uint64_t> meant(const Question& asked, const std::vector<Model>& models) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t seq = models.size(); seq-- > 1;) {
    if (asked.holds(models[seq], seq)) numbers.push_back(seq);
  }
  return numbers;
}

TEST_CASE("index, scan and meaning give one answer to random questions") {
  const auto& models = the_ledger().models();
  CHECK(rc::check("index == scan == meaning", [&] {
    const Question asked = *question(3);
    const Parsed<Query> query = parse_query(asked.text, from_nanoseconds(kStart));
    if (!query) RC_FAIL(asked.text + ": " + query.error().message);
    const std::vector<std::uint64_t> expected = meant(asked, models);
    RC_LOG(asked.text);
    RC_TAG(expected.empty() ? "none" : expected.size() > 1000 ? "many" : "some");
    RC_ASSERT(difference(answer(the_ledger().view(), *query, false), expected) == "");
    RC_ASSERT(difference(answer(the_ledger().view(), *query, true), expected) == "");
    RC_ASSERT(Search(the_ledger().view(), *query).count() == expected.size());
  }));
}

// --- Whatever state the index is in ---

// AUDIT_QUESTIONS: how many, for those who have the time.
std::uint64_t question_count() {
  const char* const asked = std::getenv("AUDIT_QUESTIONS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 15;
}

// Whoever wants to show that an answer is complete is told of each entry that was looked at: none of
// them is an answer, none is told twice, and what the index does not hold is among them.
void check_passed_over(const LedgerView& view, const Query& query, std::string_view question_text,
                       Order order, const std::vector<std::uint64_t>& expected) {
  std::vector<bool> seen(static_cast<std::size_t>(view.size()));
  bool any_twice = false;
  bool all_read = true;
  const auto see = [&](std::uint64_t seq) {
    any_twice = any_twice || seen[static_cast<std::size_t>(seq)];
    seen[static_cast<std::size_t>(seq)] = true;
  };
  SearchOptions options;
  options.order = order;
  options.check_index = true;
  options.passed_over = [&](const Entry& entry) {
    all_read = all_read && entry.hash == view.hash(entry.seq);
    see(entry.seq);
  };
  Search search(view, query, options);
  std::vector<std::uint64_t> answers;
  while (search.next()) {
    see(search.entry().seq);
    answers.push_back(search.entry().seq);
  }
  if (order == Order::oldest_first) std::reverse(answers.begin(), answers.end());
  CHECK(difference(answers, expected) == "");
  CHECK(all_read);
  CHECK_FALSE(any_twice);
  std::uint64_t covered = 0;
  for (const IndexSegment& segment : search.statistics().index_segments) {
    covered += segment.range.count();
  }
  CHECK(covered <= search.statistics().indexed);
  if (!search.statistics().index_asked) return;
  CHECK(search.statistics().index_note.empty() == (search.statistics().indexed > 0));
  if (question_text.find("seq:") != std::string_view::npos) return;  // others are not looked at
  const auto told = static_cast<std::uint64_t>(std::count(seen.begin(), seen.end(), true));
  CHECK(told + covered >= view.size());
}

void ask_all(const RandomLedger& ledger, std::uint64_t indexed, std::uint64_t seed) {
  const LedgerView view = LedgerView::open(ledger.file());
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < question_count(); ++i) {
    const Question asked = question(3)(rc::Random(seed + i), 8).value();
    CAPTURE(asked.text);
    const Parsed<Query> query = parse_query(asked.text, from_nanoseconds(kStart));
    REQUIRE(query.has_value());
    const std::vector<std::uint64_t> expected = meant(asked, ledger.models());
    found += expected.size();
    CHECK(difference(answer(view, *query, true), expected) == "");
    Search counting(view, *query);
    CHECK(counting.count() == expected.size());
    if (counting.statistics().index_asked) CHECK(counting.statistics().indexed == indexed);
    check_passed_over(view, *query, asked.text,
                      i % 2 == 0 ? Order::newest_first : Order::oldest_first, expected);
  }
  CHECK(found > 0);
}

TEST_CASE("the answer changes with the state of the index: lagging, fresh, missing, made anew") {
  const RandomLedger ledger({13'500, 5000, 2000, 1000});
  const std::uint64_t size = ledger.view().size();
  REQUIRE(size > 20'000);  // some are sent twice, and stored once
  REQUIRE(ledger.indexed() < size);
  ask_all(ledger, ledger.indexed(), 1);
  Ledger::open(ledger.file()).update_index();
  ask_all(ledger, size, 100'000);
  std::filesystem::remove(index_file(ledger.file()));
  ask_all(ledger, 0, 200'000);
  Ledger::open(ledger.file()).update_index();
  ask_all(ledger, size, 300'000);
}

}  // namespace
}  // namespace audit
