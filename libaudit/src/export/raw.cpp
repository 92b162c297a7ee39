// The bytes of each record exactly as they arrived: lines one after the other, each ended by one LF,
// and records that are no lines one by one.
#include <audit/error.hpp>

#include <fmt/format.h>

#include "base/text.hpp"
#include "export/output.hpp"
#include "export/rows.hpp"
#include "ledger/record.hpp"

namespace audit::exports {

namespace {

// What a rule found (audit-rules(5)), and what was masked, never arrived as a record.
bool is_own(std::string_view format) { return format == "rules" || format == "redaction"; }

class RawWriter {
 public:
  // view   null: there are no records but lines
  RawWriter(const LedgerView* view, const ExportOptions& options, const Sink& sink)
      : view_(view), options_(options), output_(sink) {}

  std::uint64_t write(Rows& rows) {
    while (rows.next()) take(rows.entry());
    output_.flush();
    if (gone_ > 0 && options_.remark) {
      options_.remark(
          fmt::format("{} left out: of what they held, a part was erased",
                      gone_ == 1 ? "1 record was" : fmt::format("{} records were", gone_)));
    }
    return count_;
  }

 private:
  // Nearly all entries are a line, which stands in the payload.
  void take(const Entry& entry) {
    if (is_own(entry.envelope.text(Field::format))) return;
    const auto of = entry.envelope.number(Field::part_of);
    if (of && view_ != nullptr) return take_record(*of);
    if (entry.payload_state != Entry::Payload::present) return;
    const bool is_line = view_ == nullptr || (entry.envelope.text(Field::type) != "source.record" &&
                                              entry.payload.find('\n') == std::string::npos);
    if (!is_line) return take_record(static_cast<std::int64_t>(entry.seq));
    output_.buffer().append(entry.payload).push_back('\n');
    output_.row_done();
    ++count_;
  }

  // The record in entry `seq`, once, whichever of its parts were answers.
  void take_record(std::int64_t seq) {
    if (seq < 0 || last_ == static_cast<std::uint64_t>(seq)) return;
    last_ = static_cast<std::uint64_t>(seq);
    const std::optional<Entry> carrier = view_->entry(*last_);
    bytes_.clear();
    if (!carrier || ledger::append_record(*view_, *carrier, bytes_) != ledger::Whole::yes) {
      ++gone_;
      return;
    }
    if (carrier->envelope.number(Field::record_end) == ledger::kNoLine) {
      write_apart(*carrier);
    } else {
      output_.buffer().append(bytes_).push_back('\n');
      output_.row_done();
    }
    ++count_;
  }

  void write_apart(const Entry& carrier) {
    const std::string_view source = carrier.envelope.text(Field::source);
    if (!options_.on_record) {
      output_.flush();
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("the record in entry {} is no line ({})", carrier.seq,
                              base::escape_controls(source)),
                  "-o FOLDER writes such records to files of their own");
    }
    options_.on_record({carrier.seq, source, bytes_});
  }

  const LedgerView* view_;
  const ExportOptions& options_;
  Output output_;
  std::optional<std::uint64_t> last_;
  std::string bytes_;
  std::uint64_t count_ = 0;
  std::uint64_t gone_ = 0;
};

}  // namespace

std::uint64_t write_raw(Rows& rows, const Provenance& from, const ExportOptions& options,
                        const Sink& sink) {
  return RawWriter(from.view, options, sink).write(rows);
}

}  // namespace audit::exports
