#include "match/predicate.hpp"

#include <audit/digest.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "event/text.hpp"
#include "match/path.hpp"
#include "match/words.hpp"

namespace audit::match {

namespace {

enum class Answer : std::uint8_t { no, yes, depends };  // depends: on the payload

Answer answer(bool value) { return value ? Answer::yes : Answer::no; }

Answer negated(Answer value) {
  return value == Answer::depends ? value : answer(value == Answer::no);
}

// What is asked about: an entry, or an event that may become one.
struct Subject {
  const Envelope& envelope;
  std::uint64_t seq;
  std::int64_t received;
  const Digest* hash;  // none: an event has no hash yet
  bool has_payload;
  std::string_view payload;
};

const Node& everything() {
  static const Node kEverything{AllOf{}, {}};
  return kEverything;
}

// One test or operator, compiled.
struct Step {
  enum class Kind : std::uint8_t {
    all,    // of the children
    any,    // of the children
    not_,   // its one child
    words,  // literal or words number `id`
    texts,
    numbers,
    hash,
    has,
    has_payload,
    path,
  };

  Kind kind;
  int cost = 0;
  std::uint32_t id = 0;        // words: the group; texts: its set of long lists
  const Node* node = nullptr;  // tests: what they ask
  std::vector<std::uint32_t> children;
};

// --- Tests of the envelope ---

// Beyond this many alternatives, a set is asked instead of one after the other.
constexpr std::size_t kLongList = 8;

struct ViewHash {
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>()(text);
  }
};

using TextSet = std::unordered_set<std::string_view, ViewHash>;

// The texts a field may be.
struct TextList {
  TextSet exact;                             // if there are many
  std::vector<const TextValue*> one_by_one;  // the others
};

TextList make_list(const Texts& test) {
  TextList list;
  const bool is_long = test.any_of.size() > kLongList;
  for (const TextValue& value : test.any_of) {
    if (is_long && !value.prefix) {
      list.exact.insert(value.text);
    } else {
      list.one_by_one.push_back(&value);
    }
  }
  return list;
}

bool holds(const TextList& list, std::string_view text) {
  if (!list.exact.empty() && list.exact.find(text) != list.exact.end()) return true;
  return std::any_of(list.one_by_one.begin(), list.one_by_one.end(), [&](const TextValue* value) {
    return value->prefix ? text.starts_with(value->text) : text == value->text;
  });
}

std::string hex_of(std::string_view bytes) {
  Digest digest;
  std::copy_n(bytes.begin(), std::min(bytes.size(), Digest::kSize), digest.bytes.begin());
  return to_hex(digest);
}

bool holds(const Texts& test, const TextList& list, const Envelope& envelope) {
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (value.field < test.field) continue;
    if (value.field > test.field) break;
    if (value.kind == ValueKind::text && holds(list, value.text)) return true;
    if (value.kind == ValueKind::hash && holds(list, hex_of(value.text))) return true;
  }
  return false;
}

bool holds(const std::vector<Range>& ranges, std::int64_t number) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), number,
                       [](std::int64_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && number <= std::prev(after)->last;
}

bool holds(const Numbers& test, const Subject& subject) {
  switch (test.measure) {
    case Measure::field: {
      const auto number = subject.envelope.number(test.field);
      return number && holds(test.any_of, *number);
    }
    case Measure::seq:
      return holds(test.any_of, static_cast<std::int64_t>(subject.seq));
    case Measure::received:
      return holds(test.any_of, subject.received);
    case Measure::when:
      break;
  }
  return holds(test.any_of, subject.envelope.number(Field::time).value_or(subject.received));
}

bool holds(const Hash& test, const Digest* hash) {
  if (hash == nullptr) return false;
  const std::string digits = to_hex(*hash);
  return std::any_of(test.any_of.begin(), test.any_of.end(),
                     [&](const std::string& wanted) { return digits.starts_with(wanted); });
}

}  // namespace

// The compiled question. Words are gathered into groups: a group is what one Step asks for, and
// holds when any of its literals is an envelope value or any of its runs of words is in the
// payload.
struct Predicate::Impl {
  std::vector<Step> steps;
  std::uint32_t root = 0;
  FieldSet fields;
  bool reads_payload = false;

  std::vector<TextList> lists;
  TextMap<std::vector<std::uint32_t>> literals;  // text -> groups
  WordFinder words;
  std::uint32_t groups = 0;

  // What is known of the subject in hand.
  const Subject* subject = nullptr;
  bool payload_may_be_read = false;
  bool literals_known = false;
  bool words_known = false;
  std::optional<bool> parsed;      // the payload is JSON and `reader` holds it
  std::vector<char> literal_hits;  // per group
  std::vector<char> word_hits;
  base::JsonReader reader;
  std::string text;

  // --- Compiling ---

  std::uint32_t add(Step step) {
    steps.push_back(std::move(step));
    return static_cast<std::uint32_t>(steps.size() - 1);
  }

  std::uint32_t compile(const Node& node) {
    return std::visit([&](const auto& what) { return compile(what, node); }, node.what);
  }

  std::uint32_t compile(const AllOf& all, const Node&) {
    return add_operator(Step::Kind::all, compile_each(all.parts));
  }

  // Words under one OR become one group, asked with one look.
  std::uint32_t compile(const AnyOf& any, const Node&) {
    std::vector<NodePtr> others;
    std::optional<std::uint32_t> group;
    for (const NodePtr& part : any.parts) {
      if (const auto* test = std::get_if<Text>(&part->what)) {
        if (!group) group = new_group();
        add_to_group(*test, steps[*group].id);
      } else {
        others.push_back(part);
      }
    }
    std::vector<std::uint32_t> children = compile_each(others);
    if (group) children.push_back(*group);
    return add_operator(Step::Kind::any, std::move(children));
  }

  std::uint32_t compile(const Not& no, const Node&) {
    const std::uint32_t child = compile(*no.part);
    return add_operator(Step::Kind::not_, {child});
  }

  std::uint32_t compile(const Text& test, const Node&) {
    const std::uint32_t group = new_group();
    add_to_group(test, steps[group].id);
    return group;
  }

  std::uint32_t compile(const Texts& test, const Node& node) {
    fields.add(test.field);
    lists.push_back(make_list(test));
    return add({Step::Kind::texts, 2, static_cast<std::uint32_t>(lists.size() - 1), &node, {}});
  }

  std::uint32_t compile(const Numbers& test, const Node& node) {
    if (test.measure == Measure::field) fields.add(test.field);
    if (test.measure == Measure::when) fields.add(Field::time);
    return add({Step::Kind::numbers, 1, 0, &node, {}});
  }

  std::uint32_t compile(const Hash&, const Node& node) {
    return add({Step::Kind::hash, 3, 0, &node, {}});
  }

  std::uint32_t compile(const Has& test, const Node& node) {
    fields.add(test.field);
    return add({Step::Kind::has, 1, 0, &node, {}});
  }

  std::uint32_t compile(const HasPayload&, const Node& node) {
    return add({Step::Kind::has_payload, 1, 0, &node, {}});
  }

  std::uint32_t compile(const Path&, const Node& node) {
    reads_payload = true;
    return add({Step::Kind::path, 50, 0, &node, {}});
  }

  std::uint32_t compile(const OfWhole&, const Node&) { return add_operator(Step::Kind::any, {}); }

  std::vector<std::uint32_t> compile_each(const std::vector<NodePtr>& parts) {
    std::vector<std::uint32_t> children;
    for (const NodePtr& part : parts) children.push_back(compile(*part));
    return children;
  }

  std::uint32_t add_operator(Step::Kind kind, std::vector<std::uint32_t> children) {
    int cost = 0;
    for (const std::uint32_t child : children) cost = std::max(cost, steps[child].cost);
    std::stable_sort(children.begin(), children.end(), [&](std::uint32_t a, std::uint32_t b) {
      return steps[a].cost < steps[b].cost;
    });
    return add({kind, cost + 1, 0, nullptr, std::move(children)});
  }

  std::uint32_t new_group() {
    reads_payload = true;
    return add({Step::Kind::words, 100, groups++, nullptr, {}});
  }

  void add_to_group(const Text& test, std::uint32_t group) {
    words.add(test.words, test.prefix, group);
    if (test.literal.empty()) return;
    fields = FieldSet::all();
    literals[test.literal].push_back(group);
  }

  // --- Asking ---

  bool ask(const Subject& about) {
    begin(about);
    return answer_to(root);
  }

  void begin(const Subject& about) {
    subject = &about;
    literals_known = words_known = false;
    parsed.reset();
  }

  bool answer_to(std::uint32_t question) {
    payload_may_be_read = false;
    const Answer from_envelope = evaluate(question);
    if (from_envelope != Answer::depends) return from_envelope == Answer::yes;
    payload_may_be_read = true;
    return evaluate(question) == Answer::yes;
  }

  Answer evaluate(std::uint32_t number) {
    const Step& step = steps[number];
    switch (step.kind) {
      case Step::Kind::all:
        return evaluate_all(step);
      case Step::Kind::any:
        return evaluate_any(step);
      case Step::Kind::not_:
        return negated(evaluate(step.children.front()));
      case Step::Kind::words:
        return has_words(step.id);
      case Step::Kind::texts:
        return answer(holds(std::get<Texts>(step.node->what), lists[step.id], subject->envelope));
      case Step::Kind::numbers:
        return answer(holds(std::get<Numbers>(step.node->what), *subject));
      case Step::Kind::hash:
        return answer(holds(std::get<Hash>(step.node->what), subject->hash));
      case Step::Kind::has:
        return answer(subject->envelope.has(std::get<Has>(step.node->what).field));
      case Step::Kind::has_payload:
        return answer(subject->has_payload);
      case Step::Kind::path:
        return has_path(std::get<Path>(step.node->what));
    }
    return Answer::no;
  }

  Answer evaluate_all(const Step& step) {
    Answer result = Answer::yes;
    for (const std::uint32_t child : step.children) {
      const Answer part = evaluate(child);
      if (part == Answer::no) return part;
      if (part == Answer::depends) result = part;
    }
    return result;
  }

  Answer evaluate_any(const Step& step) {
    Answer result = Answer::no;
    for (const std::uint32_t child : step.children) {
      const Answer part = evaluate(child);
      if (part == Answer::yes) return part;
      if (part == Answer::depends) result = part;
    }
    return result;
  }

  Answer has_words(std::uint32_t group) {
    if (!literals_known) find_literals();
    if (literal_hits[group] != 0) return Answer::yes;
    if (!subject->has_payload) return Answer::no;
    if (!payload_may_be_read) return Answer::depends;
    if (!words_known) find_words();
    return answer(word_hits[group] != 0);
  }

  Answer has_path(const Path& test) {
    if (!subject->has_payload) return Answer::no;
    if (!payload_may_be_read) return Answer::depends;
    return answer(is_json() && match::holds(test, reader));
  }

  void find_literals() {
    literals_known = true;
    literal_hits.assign(groups, 0);
    if (literals.empty()) return;
    const Envelope& envelope = subject->envelope;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const Envelope::Value value = envelope.at(i);
      if (value.kind == ValueKind::text) find_literal(value.text);
      if (value.kind == ValueKind::hash) find_literal(hex_of(value.text));
    }
  }

  void find_literal(std::string_view value) {
    if (literals.size() == 1 && literals.begin()->first != value) return;
    const auto at = literals.find(value);
    if (at == literals.end()) return;
    for (const std::uint32_t group : at->second) literal_hits[group] = 1;
  }

  bool is_json() {
    if (!parsed) {
      const base::JsonStatus status = reader.parse(subject->payload);
      parsed = status == base::JsonStatus::ok || status == base::JsonStatus::duplicate_key;
    }
    return *parsed;
  }

  void find_words() {
    words_known = true;
    text.clear();
    word_hits = literal_hits;  // what is known to hold need not be looked for
    if (!parsed && !words.may_occur_in(subject->payload)) return;
    if (is_json()) {
      event::append_json_text(reader, text);
    } else {
      event::append_other_text(subject->payload, text);
    }
    words.find(text, word_hits);
  }
};

Predicate::Predicate(const Node* root) : impl_(std::make_unique<Impl>()) {
  impl_->root = impl_->compile(root != nullptr ? *root : everything());
}

Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;
Predicate::~Predicate() = default;

const FieldSet& Predicate::fields() const noexcept { return impl_->fields; }

bool Predicate::needs_payload() const noexcept { return impl_->reads_payload; }

bool Predicate::matches(const Entry& entry) {
  return impl_->ask({entry.envelope, entry.seq, nanoseconds(entry.received), &entry.hash,
                     entry.payload_state == Entry::Payload::present, entry.payload});
}

bool Predicate::matches(const Event& event, std::uint64_t seq, Timestamp received) {
  return impl_->ask(
      {event.envelope, seq, nanoseconds(received), nullptr, event.has_payload, event.payload});
}

struct Predicates::State {
  Predicate::Impl impl;
  std::vector<std::uint32_t> roots;
  std::optional<Subject> subject;
};

Predicates::Predicates() : state_(std::make_unique<State>()) {}

Predicates::Predicates(Predicates&&) noexcept = default;
Predicates& Predicates::operator=(Predicates&&) noexcept = default;
Predicates::~Predicates() = default;

std::size_t Predicates::add(const Node* root) {
  state_->roots.push_back(state_->impl.compile(root != nullptr ? *root : everything()));
  return state_->roots.size() - 1;
}

void Predicates::look_at(const Envelope& envelope, bool has_payload, std::string_view payload,
                         std::uint64_t seq, Timestamp received) {
  state_->subject.emplace(
      Subject{envelope, seq, nanoseconds(received), nullptr, has_payload, payload});
  state_->impl.begin(*state_->subject);
}

bool Predicates::matches(std::size_t number) {
  return state_->impl.answer_to(state_->roots[number]);
}

}  // namespace audit::match
