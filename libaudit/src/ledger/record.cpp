#include "ledger/record.hpp"

#include <audit/error.hpp>

#include <fmt/format.h>

namespace audit::ledger {

namespace {

[[noreturn]] void throw_misplaced(std::uint64_t part, std::uint64_t carrier) {
  throw Error(ErrorCode::damaged,
              fmt::format("entry {} is not a part of the record in entry {}, as it says it is",
                          part, carrier),
              "run 'audit verify' on the ledger");
}

}  // namespace

Whole append_record(const LedgerView& view, const Entry& carrier, std::string& out) {
  if (carrier.payload_state == Entry::Payload::erased) return Whole::erased;
  if (carrier.envelope.text(Field::type) != "source.record") {
    out.append(carrier.payload);
    return Whole::yes;
  }
  const std::size_t begin = out.size();
  std::string_view rest = carrier.payload;
  EntryCursor parts = view.entries({carrier.seq + 1, view.size()});
  while (parts.next()) {
    const Entry& part = parts.entry();
    // Of an entry that was erased as a whole nothing tells whether it was a part: better no bytes
    // than wrong ones.
    if (part.payload_state == Entry::Payload::erased && part.envelope.empty()) return Whole::erased;
    const auto of = part.envelope.number(Field::part_of);
    if (!of || *of != static_cast<std::int64_t>(carrier.seq)) break;
    const auto offset = part.envelope.number(Field::part_offset);
    if (!offset) continue;  // told by a part, without bytes of its own
    if (part.payload_state != Entry::Payload::present) return Whole::erased;
    const std::size_t written = out.size() - begin;
    const auto at = static_cast<std::uint64_t>(*offset);
    if (at < written || at - written > rest.size() || at + part.payload.size() > kMaxRecordBytes) {
      throw_misplaced(part.seq, carrier.seq);
    }
    out.append(rest.substr(0, static_cast<std::size_t>(at) - written)).append(part.payload);
    rest.remove_prefix(static_cast<std::size_t>(at) - written);
  }
  out.append(rest);
  return Whole::yes;
}

}  // namespace audit::ledger
