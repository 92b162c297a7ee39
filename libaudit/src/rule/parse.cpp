// The text of a set of rules -> what it means, or where and why it means nothing.
#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/json_fault.hpp"
#include "base/nearest.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "event/kind.hpp"
#include "match/mistake.hpp"
#include "match/parser.hpp"
#include "match/slips.hpp"
#include "rule/set.hpp"
#include "rule/threshold.hpp"

namespace audit {

namespace rule {

namespace {

using base::JsonValue;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxTitleBytes = 200;
constexpr const char* kSeePage = "the format: audit-rules(5)";

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 4> kSetMembers{"schema", "name", "version", "rules"};
constexpr std::array<std::string_view, 9> kRuleMembers{
    "id", "title", "severity", "action", "when", "threshold", "after", "unless", "absent"};
constexpr std::array<std::string_view, 3> kOthersMembers{"query", "within", "by"};
constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 4> kActions{"flag", "alert", "block", "halt"};

std::string list_of(Names names) {
  std::string text;
  for (const std::string_view name : names)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  return text;
}

std::string hint_for(std::string_view word, Names names) {
  base::Nearest nearest(word);
  for (const std::string_view name : names) nearest.consider(name);
  if (!nearest.best().empty()) return fmt::format("did you mean '{}'?", nearest.best());
  return fmt::format("known are {}", list_of(names));
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

// Reads one set. What is wrong is thrown as a RuleError, and caught where reading began.
class SetReader {
 public:
  explicit SetReader(Timestamp now) : now_(now) {}

  std::shared_ptr<const Set> read(std::string_view text) {
    if (text.size() > kMaxRulesBytes) {
      fail({}, fmt::format("it has more than {} bytes", kMaxRulesBytes), kSeePage);
    }
    check_json(json_.parse(text), text);
    const JsonValue root = json_.root();
    check_members(root, kSetMembers, {});
    const std::string schema = text_in(root, "schema");
    if (schema != "audit.rules/1") {
      fail_at("schema", schema, "the schema is not audit.rules/1", kSeePage);
    }
    auto set = std::make_shared<Set>();
    set->name = name_in(root, "name");
    set->version = name_in(root, "version");
    set->digest = crypto::sha256(text);
    const std::optional<JsonValue> rules = root.member("rules");
    if (!rules || !rules->is_array()) fail("rules", "a list of rules is missing", kSeePage);
    rules->for_elements([&](const JsonValue& value) { read_rule(value, *set); });
    if (set->rules.empty()) fail("rules", "there is no rule in it", kSeePage);
    set->notes = std::move(notes_);
    return set;
  }

 private:
  [[noreturn]] void fail(std::string member, std::string message, std::string hint) const {
    throw RuleError{rule_, std::move(member), {}, {0, 0, std::move(message), std::move(hint)}};
  }

  // All of `text` is wrong.
  [[noreturn]] void fail_at(std::string member, std::string text, std::string message,
                            std::string hint) const {
    const std::size_t length = text.size();
    throw RuleError{rule_,
                    std::move(member),
                    std::move(text),
                    {0, length, std::move(message), std::move(hint)}};
  }

  [[noreturn]] void fail_in(std::string member, std::string text, ParseError problem) const {
    throw RuleError{rule_, std::move(member), std::move(text), std::move(problem)};
  }

  void check_json(base::JsonStatus status, std::string_view text) const {
    if (status == base::JsonStatus::ok) return;
    const std::optional<std::size_t> fault = base::find_json_fault(text);
    const std::string place = fault ? base::line_and_column(text, *fault) + ": " : std::string();
    if (status == base::JsonStatus::duplicate_key) {
      fail({}, place + "a member is named twice in one object", "keep one of the two");
    }
    fail({}, place + "it is not JSON", kSeePage);
  }

  void check_members(const JsonValue& object, Names known, std::string_view inside) const {
    if (!object.is_object()) {
      fail(std::string(inside), "an object is wanted", kSeePage);
    }
    object.for_members([&](std::string_view name, const JsonValue&) {
      if (std::find(known.begin(), known.end(), name) != known.end()) return;
      fail_at(std::string(inside), std::string(name), "unknown member " + match::shown(name),
              hint_for(name, known));
    });
  }

  [[nodiscard]] std::string text_in(const JsonValue& object, std::string_view name,
                                    std::string_view inside = {}) const {
    const std::optional<JsonValue> value = object.member(name);
    const std::string member = place(inside, name);
    if (!value) fail(member, fmt::format("'{}' is missing", name), kSeePage);
    if (value->kind() != JsonValue::Kind::string) fail(member, "a text is wanted", kSeePage);
    return std::string(value->text());
  }

  static std::string place(std::string_view inside, std::string_view name) {
    return inside.empty() ? std::string(name) : fmt::format("{}.{}", inside, name);
  }

  [[nodiscard]] std::string name_in(const JsonValue& object, std::string_view member) const {
    std::string text = text_in(object, member);
    if (!is_name(text)) {
      fail_at(std::string(member), text, "not a name", "1 to 64 letters, digits, '.', '_' and '-'");
    }
    return text;
  }

  [[nodiscard]] std::size_t word_in(const JsonValue& object, std::string_view member,
                                    Names words) const {
    const std::string text = text_in(object, member);
    const auto at = std::find(words.begin(), words.end(), text);
    if (at == words.end()) {
      fail_at(std::string(member), text, "unknown word " + match::shown(text),
              hint_for(text, words));
    }
    return static_cast<std::size_t>(at - words.begin());
  }

  // A word that a field cannot hold is a rule that never matches: refused. A kind may be one's own.
  void check_slips(const std::string& member, const std::string& text, const match::Node& root) {
    for (const match::Slip& slip : match::slips_in(root)) {
      const std::string_view field = name_of(slip.field);
      if (slip.is_impossible) {
        fail_in(member, text,
                {slip.span.offset, slip.span.length,
                 fmt::format("{} is never {}", field, match::shown(slip.value)),
                 slip.nearest.empty()
                     ? fmt::format("it is one of {}", list_of(event::closed_words(slip.field)))
                     : fmt::format("did you mean '{}'?", slip.nearest)});
      }
      notes_.push_back(
          fmt::format("rule '{}', {}: no kind that is known is called {}; did you mean "
                      "'{}'?",
                      rule_, member, match::shown(slip.value), slip.nearest));
    }
  }

  [[nodiscard]] match::NodePtr query_in(const JsonValue& object, std::string_view name,
                                        std::string_view inside = {}) {
    const std::string text = text_in(object, name, inside);
    const std::string member = place(inside, name);
    Parsed<match::NodePtr> root = match::parse(text, now_);
    if (!root) fail_in(member, text, std::move(root.error()));
    for (const match::Whole whole : {match::Whole::run, match::Whole::call}) {
      const match::Node* of_whole = *root == nullptr ? nullptr : match::first_of(whole, **root);
      if (of_whole == nullptr) continue;
      fail_in(member, text,
              {of_whole->span.offset, of_whole->span.length,
               "a rule asks about one event, and this is told by several",
               "name a field of the event, or what came before it with 'after'"});
    }
    if (*root != nullptr) check_slips(member, text, **root);
    return std::move(*root);
  }

  [[nodiscard]] std::optional<Others> others_in(const JsonValue& rule, std::string_view name) {
    const std::optional<JsonValue> object = rule.member(name);
    if (!object) return std::nullopt;
    check_members(*object, kOthersMembers, name);
    Others others;
    others.query = query_in(*object, "query", name);
    others.within_text = text_in(*object, "within", name);
    const Parsed<std::chrono::nanoseconds> span = parse_span(others.within_text);
    if (!span) fail_in(place(name, "within"), others.within_text, span.error());
    others.within = *span;
    if (!object->member("by")) return others;
    const std::string by = text_in(*object, "by", name);
    Parsed<Fields> fields = parse_fields(by);
    if (!fields) fail_in(place(name, "by"), by, std::move(fields.error()));
    others.by = std::move(*fields);
    return others;
  }

  void read_rule(const JsonValue& object, Set& set) {
    rule_ = fmt::format("number {}", set.rules.size() + 1);
    if (set.rules.size() == kMaxRules)
      fail({}, fmt::format("more than {} rules", kMaxRules), kSeePage);
    // Its id first, so that all else can be said to be about it.
    if (object.is_object() && object.member("id")) rule_ = name_in(object, "id");
    check_members(object, kRuleMembers, {});
    Rule rule;
    rule.id = name_in(object, "id");
    if (!ids_.insert(rule.id).second)
      fail_at("id", rule.id, "two rules have this id", "rename one");
    rule.title = object.member("title") ? title_in(object) : rule.id;
    rule.severity = static_cast<Severity>(word_in(object, "severity", kSeverities));
    rule.action = static_cast<Action>(word_in(object, "action", kActions));
    rule.when = query_in(object, "when");
    rule.after = others_in(object, "after");
    rule.unless = others_in(object, "unless");
    rule.absent = others_in(object, "absent");
    if (object.member("threshold")) {
      const std::string text = text_in(object, "threshold");
      Parsed<Threshold> threshold = parse_threshold(text);
      if (!threshold) fail_in("threshold", text, std::move(threshold.error()));
      rule.threshold = std::move(*threshold);
    }
    check_together(rule);
    set.rules.push_back(std::move(rule));
  }

  void check_together(const Rule& rule) const {
    if (!rule.absent) return;
    if (rule.threshold) {
      fail("absent", "a rule has a threshold or waits, not both", "make two rules of it");
    }
    if (rule.action == Action::block) {
      fail_at("action", "block", "what did not come cannot be blocked", "use alert or halt");
    }
  }

  [[nodiscard]] std::string title_in(const JsonValue& object) const {
    std::string title = text_in(object, "title");
    if (title.empty() || title.size() > kMaxTitleBytes || base::escape_controls(title) != title) {
      fail("title", "the title is empty, too long, or has characters that cannot be seen",
           fmt::format("at most {} bytes of plain text", kMaxTitleBytes));
    }
    return title;
  }

  Timestamp now_;
  base::JsonReader json_;
  std::string rule_;
  std::set<std::string> ids_;
  std::vector<std::string> notes_;
};

}  // namespace

}  // namespace rule

tl::expected<RuleSet, RuleError> parse_rules(std::string_view text, Timestamp now) {
  try {
    return RuleSet(rule::SetReader(now).read(text));
  } catch (const RuleError& error) {
    return tl::make_unexpected(error);
  }
}

}  // namespace audit
