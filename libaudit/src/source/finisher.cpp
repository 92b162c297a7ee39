#include "source/finisher.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>

#include "base/words.hpp"
#include "event/kind.hpp"
#include "source/key_tree.hpp"
#include "source/scalar.hpp"

namespace audit::source {

namespace {

constexpr std::size_t kMaxReasonCharacters = 500;
constexpr std::size_t kMaxListElements = 1024;
constexpr std::int64_t kFutureNanos = 5LL * 60 * 1'000'000'000;

constexpr std::string_view kFlagNames[] = {"bad-utf8", "future-time", "reserved-kind", "too-large",
                                           "wrong-type"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_letter_or_digit(char c) { return is_upper(upper(c)) || (c >= '0' && c <= '9'); }

// What is shown as nothing, and letters of other scripts that are shown as those of "sys".
constexpr std::string_view kUnseen[] = {"\u00ad", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e",
                                        "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                                        "\u2060", "\u2061", "\u2062", "\u2063", "\u2064", "\u2066",
                                        "\u2067", "\u2068", "\u2069", "\ufe0e", "\ufe0f", "\ufeff"};
constexpr std::string_view kLikeS[] = {"\u0455", "\u0405", "\ua731", "\u01bd",
                                       "\u0282", "\u023f", "\u054f", "\ua4e2"};
constexpr std::string_view kLikeY[] = {"\u0443", "\u0423", "\u04af", "\u04ae", "\u04b1",
                                       "\u04b0", "\u028f", "\u0263", "\u03b3", "\u03a5",
                                       "\u10e7", "\u1eff", "\ua4ec", "\u01b4"};

void replace_all(std::string& text, std::span<const std::string_view> these, std::string_view by) {
  for (const std::string_view one : these) {
    for (std::size_t at = 0; (at = text.find(one, at)) != std::string::npos; at += by.size()) {
      text.replace(at, one.size(), by);
    }
  }
}

std::string as_shown(std::string_view kind) {
  std::string shown(kind);
  replace_all(shown, kUnseen, "");
  replace_all(shown, kLikeS, "s");
  replace_all(shown, kLikeY, "y");
  return shown;
}

// True if the first word is "sys", whatever stands around it and however it is spelled: only the
// program writes such kinds, and none may even look like one.
bool looks_reserved(std::string_view kind) {
  const bool ascii = std::none_of(kind.begin(), kind.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (!ascii) {
    const auto words = base::split_words(as_shown(kind));
    return !words.empty() && words.front().first == "sys";
  }
  const auto first = std::find_if(kind.begin(), kind.end(), is_letter_or_digit);
  const auto last = std::find_if_not(first, kind.end(), is_letter_or_digit);
  return last - first == 3 && upper(first[0]) == 'S' && upper(first[1]) == 'Y' &&
         upper(first[2]) == 'S';
}

}  // namespace

std::string_view first_characters(std::string_view text, std::size_t count) {
  if (text.size() <= count) return text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
    if (begins && count-- == 0) return text.substr(0, i);
  }
  return text;
}

void Finisher::finish(Hits& hits, Timestamp received, Envelope& envelope) {
  hits_ = &hits;
  envelope_ = &envelope;
  settle_kind();
  settle_approval();
  settle_messages();
  settle_tool();
  settle_score();
  settle_tokens();
  settle_currency();
  settle_provider();
  settle_time(received);
  write();
  flags_ = 0;
  states_.clear();
}

void Finisher::add_state(Field field, std::string_view state) {
  states_.append(name_of(field)).append("=").append(state).push_back('\n');
}

void Finisher::add_state(std::string_view state) { states_.append(state).push_back('\n'); }

void Finisher::settle_kind() {
  kind_ = hits_->text(Field::type);
  const Hit* hit = hits_->find(Field::type);
  const bool is_name = hit != nullptr && KeyTree::row_of(hit->rank).path == "name";
  if (is_name) hits_->drop(Hint::name);  // it is no tool's
  if (kind_.empty()) {
    kind_ = "other";
  } else if (looks_reserved(kind_)) {
    add(Flag::reserved_kind);
    kind_ = "other";
  } else {
    const std::string_view known = words_.kind(kind_);
    if (!known.empty()) kind_ = known;
  }
  hits_->set_text(Field::type, kind_);
}

// human_review with its answer is approval.granted or another of the five; and these five say what
// the approval is, if nothing else does.
void Finisher::settle_approval() {
  constexpr std::string_view kFamily = "approval";
  if (!kind_.starts_with(kFamily)) return;
  const std::string_view word = hits_->text(Hint::status_word);
  const std::string_view answer_of_status = words_.approval(word);
  if (kind_ == kFamily) {
    std::string_view answer = hits_->text(Field::approval);
    if (answer.empty()) answer = words_.approval(hits_->text(Hint::decision_word));
    if (answer.empty()) answer = answer_of_status;
    kind_ = event::approval_kind(answer);
    hits_->set_text(Field::type, kind_);
  }
  if (kind_.size() > kFamily.size() && !hits_->has(Field::approval)) {
    const auto state = words_.approval(kind_.substr(kFamily.size() + 1));
    if (!state.empty()) hits_->set_text(Field::approval, state);
  }
  if (!answer_of_status.empty() && hits_->text(Field::status) == "unknown") {
    hits_->drop(Field::status);
  }
}

// A log line's message tells what went wrong, or why something was decided.
void Finisher::settle_messages() {
  if (const auto message = hits_->text(Hint::message); !message.empty()) {
    const std::string_view status = hits_->text(Field::status);
    const bool failed = status == "error" || status == "timeout";
    const bool decided = hits_->has(Field::decision) || hits_->has(Field::approval);
    if (failed && !hits_->has(Field::error)) {
      hits_->set_text(Field::error, message);
    } else if (!failed && decided && !hits_->has(Field::reason)) {
      hits_->set_text(Field::reason, message);
    }
  }
  cut(Field::error, kMaxErrorCharacters);
  cut(Field::reason, kMaxReasonCharacters);
}

void Finisher::cut(Field field, std::size_t characters) {
  const std::string_view text = hits_->text(field);
  const std::string_view head = first_characters(text, characters);
  if (head.size() < text.size()) hits_->set_text(field, head);
}

void Finisher::settle_tool() {
  const std::string_view name = hits_->text(Hint::name);
  if (!name.empty() && kind_.starts_with("tool.") && !hits_->has(Field::tool)) {
    hits_->set_text(Field::tool, name);
  }
}

// "score" alone may be of anything.
void Finisher::settle_score() {
  const auto score = hits_->number(Hint::score);
  if (score && hits_->has(Field::risk) && !hits_->has(Field::risk_score)) {
    hits_->set_number(Field::risk_score, *score);
  }
}

// Whoever reports more cached tokens than input tokens does not count them as input; we do.
void Finisher::settle_tokens() {
  const auto input = hits_->number(Field::tokens_in);
  if (!input) return;
  std::int64_t cached = 0;
  std::int64_t all = 0;
  if (__builtin_add_overflow(hits_->number(Field::tokens_cache_read).value_or(0),
                             hits_->number(Field::tokens_cache_write).value_or(0), &cached) ||
      cached <= *input || __builtin_add_overflow(cached, *input, &all)) {
    return;
  }
  hits_->set_number(Field::tokens_in, all);
  add_state(Field::tokens_in, "derived");
}

// Costs are in dollars unless a currency says otherwise, and a key that says USD knows best. A cost
// in something that is no currency cannot be counted.
void Finisher::settle_currency() {
  const std::string_view currency = hits_->text(Field::currency);
  if (currency.empty()) return;
  const Hit* cost = hits_->find(Field::cost_nano);
  const Reading reading = cost == nullptr ? Reading::money : KeyTree::row_of(cost->rank).reading;
  if (reading == Reading::dollars || reading == Reading::dollar_micros) {
    hits_->set_text(Field::currency, "USD");
    return;
  }
  currency_.assign(currency);
  std::transform(currency_.begin(), currency_.end(), currency_.begin(), upper);
  const bool is_code =
      currency_.size() == 3 && std::all_of(currency_.begin(), currency_.end(), is_upper);
  if (is_code) {
    hits_->set_text(Field::currency, currency_);
  } else {
    add(Flag::wrong_type);
    hits_->drop(Field::currency);
    hits_->drop(Field::cost_nano);
  }
}

void Finisher::settle_provider() {
  const std::string_view provider = hits_->text(Field::provider);
  if (provider.empty()) return;
  provider_ = event::canonical_provider(provider);
  hits_->set_text(Field::provider, provider_);
}

void Finisher::settle_time(Timestamp received) {
  const auto time = hits_->number(Field::time);
  std::int64_t limit = 0;
  if (!time || __builtin_add_overflow(nanoseconds(received), kFutureNanos, &limit)) return;
  if (*time > limit) add(Flag::future_time);
  if (*time == kBeyondTime) hits_->drop(Field::time);  // no field can hold it
}

// False for a text that an envelope cannot hold; says so in the flags.
bool Finisher::accept(std::string_view text) {
  if (text.size() > kMaxFieldBytes) {
    add(Flag::too_large);
    return false;
  }
  if (text.find('\0') != std::string_view::npos) {
    add(Flag::wrong_type);
    return false;
  }
  return true;
}

// False also for a text that says that it is kept back; says so in the states.
bool Finisher::accept(Field field, std::string_view text) {
  if (!accept(text)) return false;
  if (!is_withheld(text) || field == Field::type) return true;
  add_state(field, "withheld");
  return false;
}

// Ascending, which is what an envelope takes fastest. So the few fields behind the flags are judged
// before the flags are written.
void Finisher::write() {
  constexpr auto kFlags = static_cast<std::size_t>(Field::flags);
  if (hits_->list().size() > kMaxListElements) add(Flag::too_large);
  hits_->for_fields(1, kFlags - 1, [this](Field field, const Hit& hit) {
    if (hit.form != Hit::Form::text || accept(field, hit.text)) write(field, hit);
  });
  hits_->for_fields(kFlags + 1, kFieldCount, [this](Field field, const Hit& hit) {
    if (hit.form == Hit::Form::text && !accept(field, hit.text)) hits_->drop(field);
  });
  write_flags();
  hits_->for_fields(kFlags + 1, kFieldCount,
                    [this](Field field, const Hit& hit) { write(field, hit); });
}

void Finisher::write(Field field, const Hit& hit) {
  switch (hit.form) {
    case Hit::Form::number:
      envelope_->set_number(field, hit.number);
      break;
    case Hit::Form::list:
      write_list(field);
      break;
    default:
      write_text(field, hits_->text(hit));
      break;
  }
}

void Finisher::write_list(Field field) {
  const std::size_t count = std::min(hits_->list().size(), kMaxListElements);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view element = hits_->text(hits_->list()[i]);
    if (accept(element)) envelope_->set_text(field, element);
  }
}

void Finisher::write_text(Field field, std::string_view text) {
  if (field >= Field::payload_hash && field <= Field::digest) {
    if (const auto digest = read_hash(text)) return envelope_->set_hash(field, *digest);
  }
  envelope_->set_text(field, text);
}

void Finisher::write_flags() {
  for (std::size_t i = 0; i < std::size(kFlagNames); ++i) {
    if ((flags_ >> i & 1U) != 0) envelope_->set_text(Field::flags, kFlagNames[i]);
  }
  std::string_view rest = states_;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    envelope_->set_text(Field::states, rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
}

}  // namespace audit::source
