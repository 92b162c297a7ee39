#include "rule/seen.hpp"

#include <algorithm>
#include <limits>

#include "crypto/sha256.hpp"
#include "event/value.hpp"

namespace audit::rule {

namespace {

// Stands behind the length of each value of a group, so that no two groups have one key.
constexpr char kBehindLength = ':';

// A longer id or value is not kept: the number of groups is bounded, and so must be their size.
constexpr std::size_t kMaxKept = 256;

}  // namespace

std::int64_t plus(std::int64_t time, std::chrono::nanoseconds span) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(time, span.count(), &sum) ? std::numeric_limits<std::int64_t>::max()
                                                          : sum;
}

bool is_apart_more_than(std::chrono::nanoseconds span, std::int64_t a, std::int64_t b) {
  return plus(std::min(a, b), span) < std::max(a, b);
}

std::int64_t when_of(const Seen& entry) {
  return std::min(entry.envelope.number(Field::time).value_or(entry.received), entry.received);
}

Named named(const Seen& entry) {
  const std::string_view id = entry.envelope.text(Field::event_id);
  return {entry.seq, entry.hash, std::string(id.size() <= kMaxKept ? id : std::string_view())};
}

void copy_where(const Envelope& from, Envelope& to) {
  for (const Field field :
       {Field::agent, Field::team, Field::environment, Field::session, Field::trace}) {
    to.set_text(field, from.text(field));
  }
}

Envelope where_of(const Envelope& envelope) {
  Envelope where;
  copy_where(envelope, where);
  return where;
}

bool values_of(const Fields& fields, const Envelope& envelope, std::vector<std::string>& values) {
  values.clear();
  for (const Field field : fields) {
    std::string value;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      if (envelope.at(i).field != field) continue;
      if (!value.empty()) value += ',';
      event::append_value(value, envelope.at(i));
    }
    if (value.empty()) return false;
    if (value.size() > kMaxKept) value = "sha256:" + to_hex(crypto::sha256(value));
    values.push_back(std::move(value));
  }
  return true;
}

std::string key_of(const std::vector<std::string>& values) {
  std::string key;
  for (const std::string& value : values) {
    event::append_integer(key, std::uint64_t{value.size()});
    key.append(1, kBehindLength).append(value);
  }
  return key;
}

}  // namespace audit::rule
