// RFC 5424: facility log audit, one element of structured data for the entry.
#include <algorithm>

#include "event/value.hpp"
#include "siem/cut.hpp"
#include "siem/facts.hpp"
#include "siem/line_writer.hpp"
#include "siem/mapping.hpp"

namespace audit::siem {

namespace {

constexpr int kFacilityLogAudit = 13;
constexpr std::size_t kLongestHost = 255;
constexpr std::size_t kLongestId = 32;
constexpr std::uint64_t kLastSequenceId = 2'147'483'647;
// Receivers should take 2,048 octets, and most take 8,192.
constexpr std::size_t kLongestLine = 8192;
// What each text is cut to in a line that would be longer.
constexpr std::size_t kShort = 63;
constexpr std::size_t kLongestMessage = 512;

// Printable ASCII, as the header wants it.
bool is_name(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// RFC 3339 with at most six digits of a second.
std::string time_text(Timestamp time) {
  std::string text;
  event::append_time(text, std::chrono::floor<std::chrono::microseconds>(time));
  return text;
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == ']') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

class Syslog final : public LineWriter {
 public:
  explicit Syslog(const Origin& ledger) : mapping_("syslog"), facts_(ledger, mapping_, false) {}

  void append(std::string& out, const Entry& entry) override {
    facts_.take(entry);
    const std::size_t start = out.size();
    append_line(out, SIZE_MAX);
    if (out.size() - start <= kLongestLine) return;
    out.resize(start);
    append_line(out, kShort);
  }

 private:
  void append_line(std::string& out, std::size_t most) {
    append_header(out);
    append_element(out, most);
    append_meta(out);
    message_ = facts_.kind().id;
    // The byte order mark says that the message is UTF-8.
    const std::string_view text = find_message();
    out.append(" \xef\xbb\xbf")
        .append(cut(visible(text, LineBreaks::spelt_out, scratch_), std::min(kLongestMessage, most),
                    text, scratch_));
    out.push_back('\n');
  }

  void append_header(std::string& out) {
    const Entry& entry = facts_.entry();
    out.push_back('<');
    const std::string& severity = mapping_.severity(facts_.severity()).text;
    event::append_integer(out, std::int64_t{8 * kFacilityLogAudit + severity[0] - '0'});
    out.append(">1 ").append(time_text(entry.when())).append(" ");
    const std::string_view host = entry.envelope.text(Field::host);
    out.append(is_name(host, kLongestHost) ? host : "-").append(" audit - ");
    const std::string& id = facts_.kind().id;
    out.append(is_name(id, kLongestId) ? id : "-");
  }

  void append_element(std::string& out, std::size_t most) {
    out.append(" [audit@32473");
    for (const Row& row : mapping_.plan(facts_.entry().envelope)) {
      const auto found = facts_.find(row);
      if (!found) continue;
      const std::size_t limit = row.limit == 0 ? 0 : std::min(row.limit, most);
      const std::string_view text = visible(found->text, LineBreaks::spelt_out, scratch_);
      append_parameter(out, row.to, cut(text, limit, found->text, scratch_));
    }
    out.push_back(']');
  }

  // A gap in these shows a lost message where all entries are sent; it wraps to 1.
  void append_meta(std::string& out) const {
    const std::uint64_t seq = facts_.entry().seq;
    if (seq == 0) return;
    out.append("[meta sequenceId=\"");
    event::append_integer(out, (seq - 1) % kLastSequenceId + 1);
    out.append("\"]");
  }

  std::string_view find_message() {
    static const Row kMessage = [] {
      Row row;
      row.from.push_back({Source::Kind::message, Field{}});
      return row;
    }();
    const auto found = facts_.find(kMessage);
    return found ? found->text : message_;
  }

  Mapping mapping_;
  Facts facts_;
  std::string scratch_;
  std::string_view message_;
};

}  // namespace

std::unique_ptr<LineWriter> make_syslog(const Origin& ledger, const LineOptions& /*options*/) {
  return std::make_unique<Syslog>(ledger);
}

}  // namespace audit::siem
