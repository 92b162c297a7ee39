// Hand-made entries to ask questions about.
#pragma once

#include <audit/query.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace audit::test {

inline Timestamp at(std::string_view text) { return parse_timestamp(text).value(); }

// What spans count back from.
inline Timestamp noon() { return at("2026-08-10T12:00:00Z"); }

class EntryBuilder {
 public:
  EntryBuilder& seq(std::uint64_t seq) {
    entry_.seq = seq;
    return *this;
  }

  EntryBuilder& received(std::string_view time) {
    entry_.received = at(time);
    return *this;
  }

  EntryBuilder& set(Field field, std::string_view text) {
    entry_.envelope.set_text(field, text);
    return *this;
  }

  EntryBuilder& set(Field field, std::int64_t number) {
    entry_.envelope.set_number(field, number);
    return *this;
  }

  EntryBuilder& time(std::string_view time) { return set(Field::time, nanoseconds(at(time))); }

  EntryBuilder& payload(std::string_view bytes) {
    entry_.payload_state = Entry::Payload::present;
    entry_.payload = bytes;
    return *this;
  }

  operator Entry() const { return entry_; }  // NOLINT(google-explicit-constructor)

 private:
  Entry entry_;
};

inline Query ask(std::string_view text) {
  const Parsed<Query> query = parse_query(text, noon());
  if (!query) {
    FAIL_CHECK("'" << text << "' was refused: " << query.error().message);
    return Query();
  }
  return *query;
}

inline bool matches(std::string_view text, const Entry& entry) { return ask(text).matches(entry); }

// Checks that every query holds of the entry, or that none does.
inline void check_all(const Entry& entry, const std::vector<std::string>& queries, bool expected) {
  for (const std::string& text : queries) {
    CAPTURE(text);
    CHECK(matches(text, entry) == expected);
  }
}

}  // namespace audit::test
