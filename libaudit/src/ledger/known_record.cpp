#include "ledger/known_record.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "ledger/writer.hpp"

namespace audit::ledger {

namespace {

// A record is compared with no more than this many: its parts may each have come with another.
constexpr std::size_t kMostCompared = 16;

// The record read from its beginning, while what is stored says what must stand there.
class Comparison {
 public:
  Comparison(const RecordDraft& record, std::string_view rest) : record_(record), rest_(rest) {}

  // What is left of the record up to here, and then a part.
  [[nodiscard]] bool take_part(std::uint64_t offset, std::string_view payload) {
    if (!take_rest_to(offset) || record_.bytes.substr(at_, payload.size()) != payload) return false;
    at_ += payload.size();
    return true;
  }

  // A part whose bytes are gone: the record must have had it in this very place. To be asked in the
  // order of the places.
  [[nodiscard]] bool take_erased(std::uint64_t offset) {
    for (; next_ < record_.count; ++next_) {
      const PartDraft& part = record_.parts[next_];
      if (!part.draft.has_payload || part.offset < offset) continue;
      if (part.offset > offset || !part.was_erased || !take_rest_to(offset)) return false;
      at_ += part.draft.payload.size();
      return true;
    }
    return false;
  }

  [[nodiscard]] bool is_at_end() const { return record_.bytes.substr(at_) == rest_; }

 private:
  [[nodiscard]] bool take_rest_to(std::uint64_t offset) {
    if (offset < at_ || offset - at_ > rest_.size() || offset > record_.bytes.size()) return false;
    const auto length = static_cast<std::size_t>(offset) - at_;
    if (record_.bytes.substr(at_, length) != rest_.substr(0, length)) return false;
    rest_.remove_prefix(length);
    at_ += length;
    return true;
  }

  const RecordDraft& record_;
  std::string_view rest_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;  // of the record's parts, to be looked at
};

}  // namespace

KnownRecords::KnownRecords(const Database& database)
    : words_(database),
      reader_(words_, {Field::type, Field::part_of, Field::part_offset},
              RowReader::Parts::with_payload),
      select_(database.prepare(fmt::format("SELECT {} FROM entry WHERE seq >= ?1 ORDER BY seq",
                                           reader_.column_list()))) {}

KnownRecords::Match KnownRecords::find(const RecordDraft& record, std::uint64_t& carrier) {
  carriers_.clear();
  for (std::size_t i = 0; i < record.count && carriers_.size() < kMostCompared; ++i) {
    const std::optional<std::uint64_t>& of = record.parts[i].carrier;
    if (!of || std::find(carriers_.begin(), carriers_.end(), *of) != carriers_.end()) continue;
    carriers_.push_back(*of);
  }
  Match best = Match::no;
  for (const std::uint64_t one : carriers_) {
    const Match match = compare(record, one);
    select_.reset();
    if (match == Match::no) continue;
    carrier = one;
    if (match == Match::yes) return match;
    best = match;
  }
  return best;
}

// The record of an entry against its parts, which stand behind it (audit-ledger(5), "Records and
// parts").
KnownRecords::Match KnownRecords::compare(const RecordDraft& record, std::uint64_t carrier) {
  select_.bind(1, static_cast<std::int64_t>(carrier));
  if (!select_.step()) return Match::no;
  reader_.read(select_, row_);
  if (row_.entry.payload_state == Entry::Payload::erased) return Match::erased;
  const std::string rest = std::move(row_.entry.payload);
  Comparison comparison(record, rest);
  while (select_.step()) {
    reader_.read(select_, row_);
    const Entry& part = row_.entry;
    const bool is_erased = part.payload_state == Entry::Payload::erased;
    const auto of = part.envelope.number(Field::part_of);
    // Of an entry that was erased as a whole nothing tells whether it was a part.
    if (is_erased && part.envelope.empty()) return Match::erased;
    if (of != static_cast<std::int64_t>(carrier)) break;
    const auto offset = part.envelope.number(Field::part_offset);
    if (!offset) continue;  // told by a part, without bytes of its own
    const auto at = static_cast<std::uint64_t>(*offset);
    if (is_erased ? !comparison.take_erased(at) : !comparison.take_part(at, part.payload)) {
      return Match::no;
    }
  }
  return comparison.is_at_end() ? Match::yes : Match::no;
}

}  // namespace audit::ledger
