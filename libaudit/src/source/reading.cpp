#include "source/reading.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

namespace audit::source {

namespace {

// Longer names are content: the envelope holds what people filter, join and count.
constexpr std::size_t kMaxLabelBytes = 256;
constexpr std::size_t kMaxPhraseBytes = 64;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_token(std::string_view text) {
  return is_label(text) && text.find(' ') == std::string_view::npos;
}

bool is_phrase(std::string_view text) {
  return text.size() <= kMaxPhraseBytes && !has_control(text) &&
         std::count(text.begin(), text.end(), ' ') <= 2;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view data_class(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kClasses[] = {
      {"public", "public"},     {"internal", "internal"}, {"confidential", "confidential"},
      {"personal", "personal"}, {"pii", "personal"},      {"special", "special"},
      {"criminal", "criminal"}, {"phi", "phi"},           {"secret", "secret"},
  };
  const std::string word_lowered = lowered(word.substr(0, kMaxLabelBytes));
  for (const auto& [name, canonical] : kClasses) {
    if (word_lowered == name) return canonical;
  }
  return word;
}

std::string_view http_status(std::int64_t code) {
  if (code >= 100 && code < 400) return "ok";
  return code >= 400 && code < 600 ? "error" : "unknown";
}

Candidate of_text(std::string_view text) {
  if (text.empty()) return {};
  return {Found::value, {Hit::Form::text, 0, 0, text}};
}

Candidate of_number(const FoundNumber& number) {
  return {number.found, {Hit::Form::number, 0, number.value, {}}};
}

constexpr Candidate fault() { return {Found::fault, {}}; }

std::string_view word_of(const Scalar& scalar) {
  if (scalar.kind == Scalar::Kind::boolean) return scalar.truth ? "true" : "false";
  return scalar.kind == Scalar::Kind::text ? scalar.text : std::string_view();
}

// What a closed list says of a word; for words that are not in it `otherwise`, or if that is empty
// a fault.
Candidate of_word(const Scalar& scalar, std::string_view known, std::string_view otherwise) {
  if (!known.empty()) return of_text(known);
  if (scalar.kind == Scalar::Kind::number) return fault();
  if (says_nothing(word_of(scalar))) return {};
  return otherwise.empty() ? fault() : of_text(otherwise);
}

Candidate of_status(const Scalar& scalar, Vocabulary& words, std::string_view otherwise) {
  const std::string_view known = words.status(word_of(scalar));
  if (!known.empty()) return of_text(known);
  const FoundNumber code = read_integer(scalar);
  if (code.found == Found::value) return of_text(http_status(code.value));
  return of_word(scalar, known, otherwise);
}

Candidate of_status_code(const Scalar& scalar, Vocabulary& words) {
  const FoundNumber code = read_integer(scalar);
  if (code.found != Found::value) return of_word(scalar, words.status(word_of(scalar)), {});
  if (code.value == 0) return {};
  if (code.value <= 2) return of_text(code.value == 1 ? "ok" : "error");
  return of_text(http_status(code.value));
}

Candidate of_truth(const Scalar& scalar, std::string_view yes, std::string_view no) {
  const FoundNumber truth = read_boolean(scalar);
  if (truth.found != Found::value) return {truth.found, {}};
  return of_text(truth.value != 0 ? yes : no);
}

Candidate of_exit_code(const Scalar& scalar) {
  if (scalar.kind == Scalar::Kind::text && says_nothing(scalar.text)) return {};
  const auto code = scalar.kind == Scalar::Kind::number
                        ? scale_decimal(NumberText(*scalar.number).text(), 0)
                        : scale_decimal(scalar.text, 0);
  return code ? of_text(*code == 0 ? "ok" : "error") : fault();
}

// Words of log levels and finish reasons that stand for a failure.
Candidate of_failure_word(const Scalar& scalar) {
  static constexpr std::string_view kWords[] = {"error",     "err",   "critical", "fatal",
                                                "emergency", "alert", "severe",   "content_filter",
                                                "refusal"};
  if (scalar.kind != Scalar::Kind::text || scalar.text.size() > kMaxPhraseBytes) return {};
  const std::string word = lowered(scalar.text);
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords)
             ? of_text("error")
             : Candidate{};
}

bool is_error_present(const Scalar& scalar) {
  if (scalar.kind == Scalar::Kind::number) return scalar.number->d != 0;
  return scalar.kind == Scalar::Kind::text && !says_nothing(scalar.text);
}

Candidate of_error_present(const Scalar& scalar) {
  if (scalar.kind == Scalar::Kind::boolean) return of_text(scalar.truth ? "error" : "ok");
  return is_error_present(scalar) ? of_text("error") : Candidate{};
}

Candidate of_share_number(const Scalar& scalar) {
  return scalar.kind == Scalar::Kind::number ? of_number(read_share(scalar)) : Candidate{};
}

Candidate of_currency(const Scalar& scalar) {
  if (scalar.kind != Scalar::Kind::text || scalar.text.size() > kMaxLabelBytes) return fault();
  return of_text(scalar.text);
}

// A double from 2^53 on stands for more than one integer: as an id it would name several events.
bool is_exact(const base::JsonNumber& number) {
  constexpr double kLimit = 9007199254740992.0;
  return number.kind != base::JsonNumber::Kind::real || std::fabs(number.d) < kLimit;
}

// Texts of any content: the field's own limits are applied when all is known.
Candidate of_any_text(const Scalar& scalar, Hits& hits) {
  if (scalar.kind == Scalar::Kind::number) {
    if (!is_exact(*scalar.number)) return fault();
    return {Found::value, hits.digits(*scalar.number)};
  }
  return scalar.kind == Scalar::Kind::text ? of_text(scalar.text) : fault();
}

Candidate of_text_if(bool fits, const Scalar& scalar, Hits& hits) {
  if (scalar.kind == Scalar::Kind::text && !fits) return {};
  return of_any_text(scalar, hits);
}

Candidate of_kind(const Scalar& scalar, bool fits) {
  if (scalar.kind != Scalar::Kind::text || !fits) return fault();
  return of_text(scalar.text);
}

Candidate read_words(Reading reading, const Scalar& scalar, Vocabulary& words) {
  const std::string_view word = word_of(scalar);
  switch (reading) {
    case Reading::kind:
      return of_kind(scalar, is_label(word));
    case Reading::kind_phrase:
      return of_kind(scalar, is_phrase(word));
    case Reading::known_kind:
      return of_word(scalar, words.kind(word), {});
    case Reading::status:
      return of_status(scalar, words, "unknown");
    case Reading::known_status:
      return of_word(scalar, words.status(word), {});
    case Reading::status_code:
      return of_status_code(scalar, words);
    case Reading::failure:
      return of_truth(scalar, "error", "ok");
    case Reading::success:
      return of_truth(scalar, "ok", "error");
    case Reading::exit_code:
      return of_exit_code(scalar);
    case Reading::severity:
    case Reading::finish:
      return of_failure_word(scalar);
    case Reading::error_present:
      return of_error_present(scalar);
    case Reading::decision:
      return of_word(scalar, words.decision(word), "unknown");
    case Reading::known_decision:
      return of_word(scalar, words.decision(word), {});
    case Reading::blocked:
      return of_truth(scalar, "deny", {});
    case Reading::approval:
      return of_word(scalar, words.approval(word), {});
    case Reading::risk:
    case Reading::known_risk:
      return of_word(scalar, words.risk(word), {});
    case Reading::data_class:
      return of_word(scalar, data_class(word), {});
    default:
      return {};
  }
}

}  // namespace

bool is_label(std::string_view text) noexcept {
  return text.size() <= kMaxLabelBytes && !has_control(text);
}

Candidate read(Reading reading, const Scalar& scalar, Vocabulary& words, Hits& hits) {
  switch (reading) {
    case Reading::text:
    case Reading::hash:
    case Reading::list:
      return of_any_text(scalar, hits);
    case Reading::label:
      return of_text_if(is_label(scalar.text), scalar, hits);
    case Reading::token:
      return of_text_if(is_token(scalar.text), scalar, hits);
    case Reading::provider:
      return of_text_if(is_label(scalar.text), scalar, hits);
    case Reading::integer:
      return of_number(read_integer(scalar));
    case Reading::boolean:
      return of_number(read_boolean(scalar));
    case Reading::time:
      return of_number(read_time(scalar));
    case Reading::nanoseconds:
      return of_number(read_scaled(scalar, -3));
    case Reading::microseconds:
      return of_number(read_scaled(scalar, 0));
    case Reading::milliseconds:
      return of_number(read_scaled(scalar, 3));
    case Reading::seconds:
      return of_number(read_scaled(scalar, 6));
    case Reading::duration_text:
      return of_number(read_duration(scalar));
    case Reading::money:
    case Reading::dollars:
      return of_number(read_money(scalar));
    case Reading::dollar_micros:
      return of_number(read_scaled(scalar, 3));
    case Reading::nanos:
      return of_number(read_scaled(scalar, 0));
    case Reading::currency:
      return of_currency(scalar);
    case Reading::share:
      return of_number(read_share(scalar));
    case Reading::share_number:
      return of_share_number(scalar);
    case Reading::error_text:
      return is_error_present(scalar) ? of_any_text(scalar, hits) : Candidate{};
    default:
      return read_words(reading, scalar, words);
  }
}

}  // namespace audit::source
