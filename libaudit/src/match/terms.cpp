#include "match/terms.hpp"

#include <audit/digest.hpp>
#include <audit/field.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "match/mistake.hpp"
#include "match/names.hpp"
#include "match/number.hpp"
#include "match/path_terms.hpp"
#include "match/text_terms.hpp"
#include "match/values.hpp"
#include "match/whole_terms.hpp"

namespace audit::match {

namespace {

constexpr const char* kAllFields = "all fields: audit-events(5)";
constexpr std::string_view kPayload = "payload.";
constexpr std::int64_t kNanosPerUnit = 1'000'000'000;  // of cost_nano

NodePtr node(Node::What what, Span span) {
  return std::make_shared<Node>(Node{std::move(what), span});
}

template <class Test>
Parsed<NodePtr> node_of(Parsed<Test> test, Span span) {
  if (!test) return tl::make_unexpected(std::move(test.error()));
  return node(std::move(*test), span);
}

tl::unexpected<ParseError> refuse_name(std::string_view name, Span span, bool may_be_text) {
  const std::string_view nearest = nearest_name(name);
  std::string hint;
  if (!nearest.empty()) hint = fmt::format("did you mean '{}'? ", nearest);
  if (nearest.empty() && may_be_text) hint = "quote it if the text itself is meant; ";
  return refuse(span, fmt::format("unknown field {}", shown(name)), hint + kAllFields);
}

// True for what is outside the envelope and in every entry.
bool is_always_there(std::string_view name) {
  return name == "seq" || name == "hash" || name == "received";
}

// A test of one name: field:values.
class FieldTest {
 public:
  FieldTest(std::string_view name, Span name_span, const std::vector<ValueToken>& values,
            Timestamp now)
      : name_(name), name_span_(name_span), values_(values), now_(now) {
    const Span last = values.back().span;
    span_ = {name_span.offset, last.offset + last.length - name_span.offset};
  }

  [[nodiscard]] Parsed<NodePtr> make() const {
    if (name_ == "since" || name_ == "until") return when();
    if (name_ == "has") return has();
    if (name_ == "payload") return payload_words();
    if (name_.starts_with(kPayload)) return payload_path();
    if (name_.starts_with("run.") || name_.starts_with("call.")) {
      return node_of(parse_whole_test(name_, name_span_, values_, now_), span_);
    }
    const std::optional<Field> field = field_named(name_);
    if (!field && values_[0].text.starts_with("//")) return refuse_address();
    if (!field && !is_always_there(name_)) return refuse_name(name_, name_span_, true);
    if (values_.size() == 1 && values_[0].star && values_[0].text.empty()) {
      return has_name(name_, span_);
    }
    if (name_ == "hash") return entry_hash();
    if (!field) return numbers(name_ == "seq" ? FieldType::integer : FieldType::time, {});
    switch (info(*field).type) {
      case FieldType::text:
      case FieldType::list:
      case FieldType::hash:
        return node_of(parse_texts(*field, values_), span_);
      default:
        return numbers(info(*field).type, field);
    }
  }

 private:
  // For "http://host/path", which reads like a field.
  [[nodiscard]] tl::unexpected<ParseError> refuse_address() const {
    return refuse(
        name_span_, fmt::format("unknown field {}", shown(name_)),
        fmt::format("quote an address as a phrase, and that for the shell: '\"{}://...\"'", name_));
  }

  // --- since:, until: ---

  [[nodiscard]] Parsed<NodePtr> when() const {
    const ValueToken& value = values_.front();
    if (values_.size() > 1 || value.comparison != Comparison::none || value.star) {
      return refuse(span_, fmt::format("{} takes one time", name_),
                    "write for instance since:7d until:2026-08-01, or time:>2026-08-01");
    }
    const Parsed<Timestamp> time = parse_time(value.text, now_);
    if (!time) return refuse_time(value, time.error());
    const Bound bound{Bound::Place::within, nanoseconds(*time), nanoseconds(*time)};
    Numbers test{Measure::when, {}, {}, false};
    test.any_of.push_back(name_ == "since" ? above(bound, true) : below(bound, false));
    normalize(test.any_of);
    return node(std::move(test), span_);
  }

  // Marks the very characters where the value was written without quotes and escapes.
  static tl::unexpected<ParseError> refuse_time(const ValueToken& value, ParseError error) {
    const bool plain = value.span.length == value.text.size() && error.length > 0;
    return refuse(plain ? Span{value.span.offset + error.offset, error.length} : value.span,
                  std::move(error.message), std::move(error.hint));
  }

  // --- has: ---

  [[nodiscard]] Parsed<NodePtr> has() const {
    return any_of_values([](const ValueToken& value) -> Parsed<NodePtr> {
      if (value.comparison == Comparison::none && !value.star) {
        return has_name(value.text, value.span);
      }
      return refuse(value.span, "has takes the name of a field", kAllFields);
    });
  }

  static Parsed<NodePtr> has_name(std::string_view name, Span span) {
    if (is_always_there(name)) return node(AllOf{}, span);
    if (name == "payload") return node(HasPayload{}, span);
    if (name.starts_with(kPayload) && name.size() > kPayload.size()) {
      return node(any_value_at(name.substr(kPayload.size())), span);
    }
    if (const auto field = field_named(name)) return node(Has{*field}, span);
    return refuse_name(name, span, false);
  }

  // One test per value, any of which may hold.
  template <class Make>
  [[nodiscard]] Parsed<NodePtr> any_of_values(Make make) const {
    std::vector<NodePtr> parts;
    for (const ValueToken& value : values_) {
      Parsed<NodePtr> part = make(value);
      if (!part) return part;
      parts.push_back(std::move(*part));
    }
    return any_of(std::move(parts), span_);
  }

  // --- payload:, payload.a.b: ---

  [[nodiscard]] Parsed<NodePtr> payload_words() const {
    return any_of_values([](const ValueToken& value) -> Parsed<NodePtr> {
      if (value.comparison != Comparison::none) {
        return refuse(value.span, "payload takes words, which have no order",
                      "to compare a number in it, name its path: payload.amount:>1000");
      }
      if (value.text.empty()) return node(HasPayload{}, value.span);
      return node_of(parse_words(value.text, value.star, {}, value.span), value.span);
    });
  }

  [[nodiscard]] Parsed<NodePtr> payload_path() const {
    const std::string_view path = name_.substr(kPayload.size());
    if (path.empty()) {
      return refuse(name_span_, "no path after 'payload.'",
                    "name the keys that lead to the value: payload.input.amount:>1000");
    }
    return node_of(parse_path_test(path, values_, now_), span_);
  }

  // --- hash: ---

  [[nodiscard]] Parsed<NodePtr> entry_hash() const {
    Hash test;
    for (const ValueToken& value : values_) {
      std::string digits = base::to_lower_ascii(value.text);
      if (const auto digest = digest_from_base64(value.text)) digits = to_hex(*digest);
      const bool hex = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
      const bool fits = value.star ? digits.size() <= 64 : digits.size() == 64;
      if (!hex || !fits || value.comparison != Comparison::none) {
        return refuse(value.span, fmt::format("{} is not an entry's hash", shown(value.text)),
                      "write its 64 hexadecimal digits, or the first few and a star: hash:e100a7*");
      }
      test.any_of.push_back(std::move(digits));
    }
    return node(std::move(test), span_);
  }

  // --- Numbers, booleans and times ---

  // `field` is empty for seq and received.
  [[nodiscard]] Parsed<NodePtr> numbers(FieldType type, std::optional<Field> field) const {
    Numbers test{Measure::field, field.value_or(Field::type), {}, true};
    if (!field) test.measure = type == FieldType::integer ? Measure::seq : Measure::received;
    const std::int64_t unit = name_ == "cost" ? kNanosPerUnit : field ? info(*field).unit : 1;
    for (const ValueToken& value : values_) {
      if (value.star) {
        return refuse(value.span, fmt::format("'{}' is no text: a star has no meaning", name_),
                      kNumberHint);
      }
      const Parsed<Range> range =
          range_of(value, [&](std::string_view text) { return bound_of(type, unit, text); });
      if (!range) return tl::make_unexpected(range.error());
      test.any_of.push_back(*range);
      test.one_by_one &= range->first == range->last;
    }
    normalize(test.any_of);
    return node(std::move(test), span_);
  }

  [[nodiscard]] Parsed<Bound> bound_of(FieldType type, std::int64_t unit,
                                       std::string_view text) const {
    if (type == FieldType::time) return time_bound(text, now_);
    if (type == FieldType::boolean) return boolean_bound(text);
    if (const auto bound = parse_number(text, unit)) return *bound;
    return refuse({}, fmt::format("{} is not a number, which '{}' needs", shown(text), name_),
                  kNumberHint);
  }

  std::string_view name_;
  Span name_span_;
  const std::vector<ValueToken>& values_;
  Timestamp now_;
  Span span_;
};

}  // namespace

Parsed<NodePtr> text_test(const Token& token) {
  const bool bare = token.kind == Token::Kind::word;
  if (bare && token.star && token.text.empty()) return node(AllOf{}, token.span);
  if (!bare && token.text.empty()) {
    return refuse(token.span, "an empty phrase", "write words between the quotation marks");
  }
  std::string literal = bare && !token.star ? token.text : std::string();
  return node_of(parse_words(token.text, token.star, std::move(literal), token.span), token.span);
}

Parsed<NodePtr> field_test(std::string_view name, Span name_span,
                           const std::vector<ValueToken>& values, Timestamp now) {
  return FieldTest(name, name_span, values, now).make();
}

}  // namespace audit::match
