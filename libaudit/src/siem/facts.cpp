#include "siem/facts.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "event/value.hpp"

namespace audit::siem {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;  // in nanoseconds
constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kShareUnit = 1'000'000;
constexpr std::int64_t kPercent = kShareUnit / 100;

// Rounds towards the past, so that a time before 1970 is not moved to the next millisecond.
std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

void Facts::take(const Entry& entry) {
  entry_ = &entry;
  places_.fill(kAbsent);
  const Envelope& envelope = entry.envelope;
  for (std::size_t i = envelope.size(); i-- > 0;) {
    places_[static_cast<std::size_t>(envelope.at(i).field)] = static_cast<std::uint16_t>(i);
  }
  kind_ = &kinds_.of(envelope.text(Field::type));
  severity_ = kinds_.severity(*kind_, envelope);
}

bool Facts::is_list(const Source& source) {
  return source.kind == Source::Kind::field && info(source.field).type == FieldType::list;
}

bool Facts::applies(const Row& row) const {
  const auto has = [this](Field field) {
    return places_[static_cast<std::size_t>(field)] != kAbsent;
  };
  return (row.if_any.empty() || std::any_of(row.if_any.begin(), row.if_any.end(), has)) &&
         std::none_of(row.unless_any.begin(), row.unless_any.end(), has);
}

std::optional<Facts::Found> Facts::find(const Row& row) {
  if (!applies(row)) return std::nullopt;
  if (!row.constants.empty()) return Found{row.constants[0].text, row.constants[0].is_bare};
  for (const Source& source : row.from) {
    const auto found = value_of(source, row.form);
    if (!found) continue;
    if (row.words.empty()) {
      return Found{found->text, found->is_bare && row.form != Form::string};
    }
    for (const auto& [word, other] : row.words) {
      if (word == found->text || word == "*") return Found{other.text, other.is_bare};
    }
  }
  return std::nullopt;
}

std::optional<Facts::Found> Facts::scratch_text() {
  if (scratch_.empty()) return std::nullopt;
  return Found{scratch_};
}

std::optional<Facts::Found> Facts::value_of(const Source& source, Form form) {
  using Kind = Source::Kind;
  scratch_.clear();
  switch (source.kind) {
    case Kind::field:
    case Kind::cost:
      return field_value(source.field, form);
    case Kind::seq:
      event::append_integer(scratch_, entry_->seq);
      return Found{scratch_, true};
    case Kind::hash:
      event::append_hex(scratch_, base::bytes_of(entry_->hash));
      return Found{scratch_};
    case Kind::received:
      return time_value(entry_->received, form);
    case Kind::when:
      return time_value(entry_->when(), form);
    case Kind::end:
      return end_value(form);
    case Kind::ledger:
      return Found{ledger_.ledger_id};
    case Kind::origin:
      return Found{ledger_.name};
    case Kind::severity: {
      const Constant& word = mapping_.severity(severity_);
      return Found{word.text, word.is_bare};
    }
    case Kind::name:
      return Found{kind_->name};
    case Kind::version:
      return Found{product_version()};
    case Kind::message:
      make_message();
      return scratch_text();
    case Kind::policy_version:
      make_policy();
      return scratch_text();
    case Kind::payload:
      if (!with_payload_ || entry_->payload_state != Entry::Payload::present) return std::nullopt;
      if (base::is_utf8(entry_->payload)) return Found{entry_->payload};
      scratch_ = "base64:" + base::to_base64(entry_->payload);
      return Found{scratch_};
  }
  return std::nullopt;
}

std::optional<Facts::Found> Facts::field_value(Field field, Form form) {
  const std::size_t place = places_[static_cast<std::size_t>(field)];
  if (place == kAbsent) return std::nullopt;
  const Envelope::Value value = entry_->envelope.at(place);
  if (info(field).type == FieldType::list) return list_value(place);
  if (value.kind == ValueKind::text) return Found{value.text};
  if (value.kind == ValueKind::integer) {
    if (info(field).type == FieldType::time) {
      return time_value(from_nanoseconds(value.number), form);
    }
    return number_value(value, form);
  }
  event::append_value(scratch_, value);
  return Found{scratch_};
}

std::optional<Facts::Found> Facts::list_value(std::size_t place) {
  const Envelope& envelope = entry_->envelope;
  const Field field = envelope.at(place).field;
  for (; place < envelope.size() && envelope.at(place).field == field; ++place) {
    if (!scratch_.empty()) scratch_.append("; ");
    event::append_value(scratch_, envelope.at(place));
  }
  return scratch_text();
}

std::optional<Facts::Found> Facts::time_value(Timestamp time, Form form) {
  const std::int64_t ms = floor_div(nanoseconds(time), kMillisecond);
  if (form == Form::unix_ms) {
    event::append_integer(scratch_, ms);
    return Found{scratch_, true};
  }
  if (form == Form::unix_seconds) {
    event::append_decimal(scratch_, ms, kSecondMs);
    return Found{scratch_, true};
  }
  event::append_time(scratch_, time);
  return Found{scratch_};
}

// It stands still where its length is not known, or leads beyond all times.
std::optional<Facts::Found> Facts::end_value(Form form) {
  std::int64_t end = nanoseconds(entry_->when());
  const std::int64_t begin = end;
  const auto us = entry_->envelope.number(Field::duration_us);
  std::int64_t span = 0;
  const bool is_known = us && *us > 0 && !__builtin_mul_overflow(*us, std::int64_t{1000}, &span);
  if (!is_known || __builtin_add_overflow(begin, span, &end)) end = begin;
  return time_value(from_nanoseconds(end), form);
}

std::optional<Facts::Found> Facts::number_value(const Envelope::Value& value, Form form) {
  if (value.field == Field::cost_nano) {
    event::append_decimal(scratch_, value.number, event::kCostUnit);
    return Found{scratch_, true};
  }
  std::int64_t other = 0;
  switch (form) {
    case Form::span_ns:
      if (__builtin_mul_overflow(value.number, std::int64_t{1000}, &other)) return std::nullopt;
      event::append_integer(scratch_, other);
      return Found{scratch_, true};
    case Form::span_ms:
      event::append_integer(scratch_, floor_div(value.number, 1000));
      return Found{scratch_, true};
    case Form::percent:
      event::append_decimal(scratch_, value.number, kPercent);
      return Found{scratch_, true};
    case Form::whole_percent:
      event::append_integer(scratch_, floor_div(value.number, kPercent));
      return Found{scratch_, true};
    default:
      event::append_value(scratch_, value);
      return Found{scratch_, true};
  }
}

// "tool.call crm.update allow ok": words of the envelope that are not taken from content.
void Facts::make_message() {
  const Envelope& envelope = entry_->envelope;
  const auto add_first = [&](std::initializer_list<Field> fields) {
    for (const Field field : fields) {
      const std::string_view text = envelope.text(field);
      if (text.empty()) continue;
      if (!scratch_.empty()) scratch_.push_back(' ');
      scratch_.append(text);
      return;
    }
  };
  add_first({Field::type});
  add_first({Field::tool, Field::model, Field::policy, Field::rule, Field::action});
  add_first({Field::decision, Field::approval});
  add_first({Field::status});
}

void Facts::make_policy() {
  const Envelope& envelope = entry_->envelope;
  scratch_.append(envelope.text(Field::policy));
  const std::string_view version = envelope.text(Field::rule_version);
  if (!scratch_.empty() && !version.empty()) scratch_.append("@").append(version);
}

}  // namespace audit::siem
