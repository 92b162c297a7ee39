// Prometheus text format: what was counted over all answers, with the ledger as a label.
#include "export/prometheus.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "event/value.hpp"
#include "export/word_counts.hpp"
#include "siem/cut.hpp"

namespace audit::exports {

namespace {

constexpr std::size_t kLongestLabel = 128;
constexpr std::int64_t kSecond = 1'000'000'000;

struct Tokens {
  Field field;
  std::string_view use;
};

constexpr std::array<Tokens, 5> kTokens = {{{Field::tokens_in, "in"},
                                            {Field::tokens_out, "out"},
                                            {Field::tokens_cache_read, "cache_read"},
                                            {Field::tokens_cache_write, "cache_write"},
                                            {Field::tokens_reasoning, "reasoning"}}};

class Counters {
 public:
  void add(const Entry& entry) {
    const Envelope& envelope = entry.envelope;
    ++count_;
    last_ = std::max(last_, nanoseconds(entry.received));
    types_.add(envelope.text(Field::type));
    decisions_.add(envelope.text(Field::decision));
    statuses_.add(envelope.text(Field::status));
    approvals_.add(envelope.text(Field::approval));
    if (envelope.text(Field::format) == "rules") {
      const std::string_view rule = envelope.text(Field::rule);
      alerts_.add(rule.empty() ? "(no name)" : rule);
    }
    for (const Tokens& tokens : kTokens) {
      const std::uint64_t spent = spent_on(envelope, tokens.field);
      if (spent > 0) tokens_.add(tokens.use, spent);
    }
    const std::string_view currency = envelope.text(Field::currency);
    const std::uint64_t cost = spent_on(envelope, Field::cost_nano);
    if (cost > 0) costs_.add(currency.empty() ? "USD" : currency, cost);
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  void write(std::string& out, const Provenance& from) {
    ledger_ = label("ledger", from.head.origin) + "," + label("ledger_id", from.ledger_id);
    gauge(out, "audit_ledger_entries", "entries of the ledger, its own too");
    event::append_integer(out, from.head.size);
    out += '\n';
    gauge(out, "audit_last_received_timestamp_seconds",
          "when the newest entry counted was received");
    event::append_decimal(out, last_, kSecond);
    out += '\n';
    family(out, "audit_entries_total", "entries by kind", "type", types_);
    family(out, "audit_decisions_total", "entries by decision", "decision", decisions_);
    family(out, "audit_results_total", "entries by status", "status", statuses_);
    family(out, "audit_approvals_total", "entries by state of approval", "approval", approvals_);
    family(out, "audit_alerts_total", "findings of rules", "rule", alerts_);
    family(out, "audit_tokens_total", "tokens by use", "use", tokens_);
    family(out, "audit_cost_total", "cost by currency", "currency", costs_, event::kCostUnit);
  }

 private:
  // What says that less than nothing was spent counts as nothing: a counter only grows.
  static std::uint64_t spent_on(const Envelope& envelope, Field field) {
    const auto spent = envelope.number(field);
    return spent && *spent > 0 ? static_cast<std::uint64_t>(*spent) : 0;
  }

  static std::string label(std::string_view name, std::string_view value) {
    std::string scratch;
    const std::string_view shown = siem::cut(
        siem::visible(value, siem::LineBreaks::spelt_out, scratch), kLongestLabel, value, scratch);
    std::string out = fmt::format("{}=\"", name);
    for (const char c : shown) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    return out + '"';
  }

  static void head(std::string& out, std::string_view name, std::string_view help,
                   std::string_view type) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }

  void gauge(std::string& out, std::string_view name, std::string_view help) const {
    head(out, name, help, "gauge");
    out += fmt::format("{}{{{}}} ", name, ledger_);
  }

  void family(std::string& out, std::string_view name, std::string_view help,
              std::string_view label_name, const WordCounts& counts, std::int64_t unit = 1) const {
    head(out, name, help, "counter");
    for (const auto& [word, count] : counts.all("(others)")) {
      out += fmt::format("{}{{{},{}}} ", name, ledger_, label(label_name, word));
      event::append_decimal(out, static_cast<std::int64_t>(count), unit);
      out += '\n';
    }
  }

  std::string ledger_;  // the labels that every line has
  std::uint64_t count_ = 0;
  std::int64_t last_ = 0;
  WordCounts types_;
  WordCounts decisions_;
  WordCounts statuses_;
  WordCounts approvals_;
  WordCounts alerts_;
  WordCounts tokens_;
  WordCounts costs_;
};

}  // namespace

FieldSet prometheus_fields(const ExportOptions& /*options*/) {
  FieldSet set{Field::type,   Field::decision, Field::status,    Field::approval,
               Field::format, Field::rule,     Field::cost_nano, Field::currency};
  for (const Tokens& tokens : kTokens) set.add(tokens.field);
  return set;
}

std::uint64_t write_prometheus(Rows& rows, const Provenance& from, const ExportOptions& /*options*/,
                               const Sink& sink) {
  Counters counters;
  while (rows.next()) counters.add(rows.entry());
  std::string out;
  counters.write(out, from);
  sink(out);
  return counters.count();
}

}  // namespace audit::exports
