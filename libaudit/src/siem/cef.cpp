// ArcSight Common Event Format: seven header fields between pipes, then key=value.
#include "siem/cut.hpp"
#include "siem/facts.hpp"
#include "siem/line_writer.hpp"
#include "siem/mapping.hpp"

namespace audit::siem {

namespace {

// In the header a backslash and a pipe; kinds and their names have neither.
void append_header(std::string& out, const Facts& facts, const Mapping& mapping) {
  out.append("CEF:0|agentaudit|audit|").append(product_version()).append("|");
  out.append(facts.kind().id).append("|").append(facts.kind().name).append("|");
  out.append(mapping.severity(facts.severity()).text).append("|");
}

// Values lose blanks at their end in many readers, and are no lines.
void append_extension(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '\\':
        out.append("\\\\");
        break;
      case '=':
        out.append("\\=");
        break;
      case '\r':
        if (i + 1 == text.size() || text[i + 1] != '\n') out.append("\\r");
        break;
      case '\n':
        out.append("\\n");
        break;
      default:
        out.push_back(text[i]);
    }
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

class Cef final : public LineWriter {
 public:
  explicit Cef(const Origin& ledger) : mapping_("cef"), facts_(ledger, mapping_, false) {}

  void append(std::string& out, const Entry& entry) override {
    facts_.take(entry);
    append_header(out, facts_, mapping_);
    bool is_first = true;
    for (const Row& row : mapping_.plan(entry.envelope)) {
      const auto found = facts_.find(row);
      const std::string_view value = found ? shown(found->text, row.limit) : std::string_view();
      if (value.empty()) continue;
      if (!is_first) out.push_back(' ');
      is_first = false;
      out.append(row.to).append("=");
      append_extension(out, value);
      if (row.label.empty()) continue;
      out.append(" ").append(row.to).append("Label=").append(row.label);
    }
    out.push_back('\n');
  }

 private:
  std::string_view shown(std::string_view text, std::size_t limit) {
    const std::string_view trimmed = trim(text);
    return cut(visible(trimmed, LineBreaks::kept, scratch_), limit, text, scratch_);
  }

  Mapping mapping_;
  Facts facts_;
  std::string scratch_;
};

}  // namespace

std::unique_ptr<LineWriter> make_cef(const Origin& ledger, const LineOptions& /*options*/) {
  return std::make_unique<Cef>(ledger);
}

}  // namespace audit::siem
