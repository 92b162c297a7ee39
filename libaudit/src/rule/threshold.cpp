#include "rule/threshold.hpp"

#include <audit/time.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "match/mistake.hpp"
#include "match/names.hpp"
#include "match/number.hpp"

namespace audit::rule {

namespace {

constexpr const char* kGrammar = "write for instance: count >= 20 in 5m by agent";
constexpr const char* kAllFields = "all fields: audit-events(5)";
constexpr std::chrono::hours kLongestSpan{24 * 366};
constexpr std::int64_t kNanosPerUnit = 1'000'000'000;  // of cost_nano

using match::refuse;
using match::Span;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

ParseError moved(ParseError error, std::size_t by) {
  error.offset += by;
  return error;
}

// A text in words: what stands between blanks and the signs of the language.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { skip_blanks(); }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

  [[nodiscard]] std::size_t position() const { return at_; }

  [[nodiscard]] Span here() const { return {at_, at_end() ? 0 : word_at(at_).size()}; }

  // Passes over `wanted` if it stands here.
  bool take(std::string_view wanted) {
    if (word_at(at_) != wanted) return false;
    at_ += wanted.size();
    skip_blanks();
    return true;
  }

  std::string_view take_word() {
    const std::string_view word = word_at(at_);
    at_ += word.size();
    skip_blanks();
    return word;
  }

 private:
  static bool is_sign(char c) { return c == '(' || c == ')' || c == ',' || c == '>' || c == '='; }

  [[nodiscard]] std::string_view word_at(std::size_t at) const {
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with(">=")) return rest.substr(0, 2);
    if (!rest.empty() && is_sign(rest[0])) return rest.substr(0, 1);
    const auto* const end =
        std::find_if(rest.begin(), rest.end(), [](char c) { return is_blank(c) || is_sign(c); });
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Parsed<Field> field_in(std::string_view word, Span span) {
  if (const auto field = match::field_named(word)) return *field;
  const std::string_view near = match::nearest_name(word);
  const std::string hint =
      near.empty() || !match::field_named(near) ? "" : fmt::format("did you mean '{}'? ", near);
  if (word.empty()) return refuse(span, "a field is missing", kAllFields);
  return refuse(span, fmt::format("unknown field {}", match::shown(word)), hint + kAllFields);
}

Parsed<Fields> take_fields(Scanner& scanner) {
  Fields fields;
  for (;;) {
    const Span span = scanner.here();
    const Parsed<Field> field = field_in(scanner.take_word(), span);
    if (!field) return tl::make_unexpected(field.error());
    if (std::find(fields.begin(), fields.end(), *field) != fields.end()) {
      return refuse(span, "the field is named twice", "name it once");
    }
    if (fields.size() == kMaxJoinFields) {
      return refuse(span, fmt::format("more than {} fields", kMaxJoinFields),
                    "leave out those that follow from others");
    }
    fields.push_back(*field);
    if (scanner.at_end()) return fields;
    if (!scanner.take(",")) {
      return refuse(scanner.here(), "a comma or the end is missing here", kGrammar);
    }
  }
}

// `count` or `sum(FIELD)`.
Parsed<std::optional<Field>> take_measure(Scanner& scanner, std::int64_t& unit) {
  unit = 1;
  if (scanner.take("count")) return std::nullopt;
  if (!scanner.take("sum")) {
    return refuse(scanner.here(), "neither 'count' nor 'sum(...)'", kGrammar);
  }
  if (!scanner.take("(")) return refuse(scanner.here(), "'(' is missing after sum", kGrammar);
  const Span span = scanner.here();
  const std::string_view name = scanner.take_word();
  const Parsed<Field> field = field_in(name, span);
  if (!field) return tl::make_unexpected(field.error());
  if (info(*field).type != FieldType::integer) {
    return refuse(span, fmt::format("{} is no number", match::shown(name)),
                  "numbers are for instance cost, tokens_out and duration_us");
  }
  if (!scanner.take(")")) return refuse(scanner.here(), "')' is missing", kGrammar);
  unit = name == "cost" ? kNanosPerUnit : info(*field).unit;
  return *field;
}

// What must be reached.
Parsed<std::int64_t> take_amount(Scanner& scanner, std::int64_t unit) {
  const bool or_equal = scanner.take(">=");
  if (!or_equal && !scanner.take(">")) {
    return refuse(scanner.here(), "'>=' or '>' is missing", kGrammar);
  }
  const Span span = scanner.here();
  const auto bound = match::parse_number(scanner.take_word(), unit);
  if (!bound) return refuse(span, "a number is missing", kGrammar);
  const match::Range range = match::above(*bound, or_equal);
  if (range.first < 1 || range.first > range.last) {
    return refuse(span, "the threshold is reached always, or never", "name an amount above zero");
  }
  return range.first;
}

}  // namespace

Parsed<std::chrono::nanoseconds> parse_span(std::string_view text) {
  const Parsed<std::chrono::nanoseconds> span = parse_duration(text);
  if (!span) return span;
  if (*span < std::chrono::seconds(1) || *span > kLongestSpan) {
    return refuse({0, text.size()}, "the span is not between one second and 366 days",
                  "write for instance 90s, 10m, 36h or 7d");
  }
  return span;
}

Parsed<Fields> parse_fields(std::string_view text) {
  Scanner scanner(text);
  return take_fields(scanner);
}

Parsed<Threshold> parse_threshold(std::string_view text) {
  Scanner scanner(text);
  Threshold threshold;
  threshold.text = text;
  std::int64_t unit = 1;
  const auto measure = take_measure(scanner, unit);
  if (!measure) return tl::make_unexpected(measure.error());
  threshold.summed = *measure;
  const Span amount_span = scanner.here();
  const Parsed<std::int64_t> amount = take_amount(scanner, unit);
  if (!amount) return tl::make_unexpected(amount.error());
  threshold.least = *amount;
  if (!threshold.summed && threshold.least > kMaxCount) {
    return refuse(amount_span, fmt::format("a count is at most {}", kMaxCount), kGrammar);
  }
  if (!scanner.take("in")) return refuse(scanner.here(), "'in' and a span are missing", kGrammar);
  const std::size_t at = scanner.position();
  const Parsed<std::chrono::nanoseconds> span = parse_span(scanner.take_word());
  if (!span) return tl::make_unexpected(moved(span.error(), at));
  threshold.span = *span;
  if (scanner.at_end()) return threshold;
  if (!scanner.take("by")) return refuse(scanner.here(), "'by' or the end is missing", kGrammar);
  Parsed<Fields> by = take_fields(scanner);
  if (!by) return tl::make_unexpected(std::move(by.error()));
  threshold.by = std::move(*by);
  return threshold;
}

}  // namespace audit::rule
