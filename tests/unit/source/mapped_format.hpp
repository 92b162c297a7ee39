// What the lines of a file in a foreign format map to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "mapped_record.hpp"
#include "source/otlp.hpp"
#include "source/record_reader.hpp"

namespace audit::test {

// The events of one input, line by line, in the form of mapped_record(). Lines of no format give
// one of type "plain", and each event ends with "format=<name>".
class FormatLines {
 public:
  explicit FormatLines(std::string_view source = "file.jsonl") { reader_.begin_input(source); }

  std::vector<std::string> read(std::string_view line, const source::Format* forced = nullptr,
                                bool is_document = false) {
    std::vector<std::string> all;
    REQUIRE(json_.parse(line) == base::JsonStatus::ok);
    const auto found = reader_.read(line, json_, forced, is_document, source::kMaxParts,
                                    from_nanoseconds(kReceived), true, events_);
    if (found == source::RecordReader::Found::plain) return {"type=plain\n"};
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const source::Format* const format = reader_.format();
      all.push_back(to_lines(events_[i].envelope) +
                    "format=" + std::string(format != nullptr ? format->name : "jsonl") + "\n");
    }
    return all;
  }

  std::vector<std::string> read_all(std::string_view text) {
    std::vector<std::string> all;
    for (const std::string_view line : lines_of(text)) {
      for (std::string& event : read(line)) all.push_back(std::move(event));
    }
    return all;
  }

  source::PartEvents& events() { return events_; }

 private:
  base::JsonReader json_;
  source::RecordReader reader_;
  source::PartEvents events_;
};

}  // namespace audit::test
