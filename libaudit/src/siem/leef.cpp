// IBM QRadar LEEF 2.0: no escape is defined, so what would end a value becomes a blank.
#include <algorithm>

#include "siem/cut.hpp"
#include "siem/facts.hpp"
#include "siem/line_writer.hpp"
#include "siem/mapping.hpp"

namespace audit::siem {

namespace {

void append_value(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  out.append(text);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
}

class Leef final : public LineWriter {
 public:
  explicit Leef(const Origin& ledger) : mapping_("leef"), facts_(ledger, mapping_, false) {}

  void append(std::string& out, const Entry& entry) override {
    facts_.take(entry);
    out.append("LEEF:2.0|agentaudit|audit|").append(product_version()).append("|");
    out.append(facts_.kind().id).append("|x09|");
    bool is_first = true;
    for (const Row& row : mapping_.plan(entry.envelope)) {
      const auto found = facts_.find(row);
      if (!found) continue;
      if (!is_first) out.push_back('\t');
      is_first = false;
      out.append(row.to).append("=");
      const std::string_view text = visible(found->text, LineBreaks::kept, scratch_);
      append_value(out, cut(text, row.limit, found->text, scratch_));
    }
    out.push_back('\n');
  }

 private:
  Mapping mapping_;
  Facts facts_;
  std::string scratch_;
};

}  // namespace

std::unique_ptr<LineWriter> make_leef(const Origin& ledger, const LineOptions& /*options*/) {
  return std::make_unique<Leef>(ledger);
}

}  // namespace audit::siem
