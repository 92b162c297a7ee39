// What a request of OTLP maps to, and a short way to say what it must.
#pragma once

#include <audit/event.hpp>
#include <audit/field.hpp>
#include <audit/time.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "mapped_line.hpp"
#include "source/otlp.hpp"

namespace audit::test {

inline std::string read_data(const std::string& name) {
  std::ifstream file(std::string(AUDIT_TEST_DATA) + "/" + name, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The lines of a text, without their ends.
inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The events of a request, one "type\nname=value\n..." each; those left out are not there.
inline std::vector<std::string> mapped_record(std::string_view json) {
  source::OtlpReader reader;
  source::OtlpEvents events;
  std::vector<std::string> all;
  const auto found = reader.read_json(json, false, from_nanoseconds(kReceived), true, events);
  REQUIRE(found == source::OtlpReader::Found::parts);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!events[i].is_dropped) all.push_back(to_lines(events[i].envelope));
  }
  return all;
}

// `wanted` is a type and what else must hold: name=value, -name for a field that must not be there,
// +name for one that must. A blank in a value is written ^.
inline void check_event(const std::string& event, std::string_view wanted) {
  INFO(event);
  INFO(wanted);
  std::istringstream words{std::string(wanted)};
  std::string word;
  words >> word;
  CHECK(event.starts_with("type=" + word + "\n"));
  const std::string lines = "\n" + event;
  while (words >> word) {
    std::replace(word.begin(), word.end(), '^', ' ');
    if (word[0] == '-' || word[0] == '+') {
      CHECK((lines.find("\n" + word.substr(1) + "=") != std::string::npos) == (word[0] == '+'));
    } else {
      CHECK(lines.find("\n" + word + "\n") != std::string::npos);
    }
  }
}

inline void check_events(const std::vector<std::string>& events,
                         const std::vector<std::string_view>& wanted) {
  std::string all;
  for (const std::string& event : events) all += event + "\n";
  INFO(all);
  REQUIRE(events.size() == wanted.size());
  for (std::size_t i = 0; i < events.size(); ++i) check_event(events[i], wanted[i]);
}

}  // namespace audit::test
