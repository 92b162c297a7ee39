#include <audit/text.hpp>

#include <fmt/format.h>

#include "commands/ci_report.hpp"
#include "ui/json.hpp"

namespace audit::cli {

namespace {

constexpr std::string_view kSchema = "https://json.schemastore.org/sarif-2.1.0.json";

// What is a result and no finding.
constexpr FindingKind kRequire{"require", "The verdict does not reach what --require demands"};
constexpr FindingKind kOther{"other", "Something is wrong that has no rule of its own"};

std::string rules_json() {
  std::vector<FindingKind> rules(finding_kinds().begin(), finding_kinds().end());
  rules.insert(rules.end(), {kRequire, kOther});
  std::vector<std::string> items;
  for (const auto& [id, text] : rules) {
    JsonObject rule;
    rule.add("id", id).add_raw("shortDescription", JsonObject().add("text", text).str());
    items.push_back(rule.str());
  }
  return json_array(items);
}

// A path as a reference of RFC 3986.
std::string uri_of(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') ||
                          std::string_view("/-._~").find(c) != std::string_view::npos;
    if (is_plain) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

std::string location_json(const std::string& ledger, const std::optional<std::uint64_t>& seq) {
  const std::string artifact = JsonObject().add("uri", uri_of(ledger)).str();
  JsonObject location;
  location.add_raw("physicalLocation", JsonObject().add_raw("artifactLocation", artifact).str());
  if (seq) {
    const std::string name = fmt::format("entry {}", *seq);
    location.add_raw("logicalLocations",
                     json_array({JsonObject().add("fullyQualifiedName", name).str()}));
  }
  return json_array({location.str()});
}

std::string result_json(std::string_view rule, const std::string& text, const std::string& ledger,
                        const std::optional<std::uint64_t>& seq) {
  JsonObject result;
  result.add("ruleId", rule).add("level", "error");
  result.add_raw("message", JsonObject().add("text", escape_controls(text)).str());
  return result.add_raw("locations", location_json(ledger, seq)).str();
}

class Run {
 public:
  void add(const LedgerVerdict& one) {
    if (!one.report) {
      notify(one.ledger, one.error);
    } else {
      add_findings(one.ledger, *one.report);
    }
    if (!is_intact(one)) return;  // what is wrong is the news
    for (const std::string& word : one.missing) {
      results_.push_back(result_json(kRequire.word, fmt::format("the verdict is not {}", word),
                                     one.ledger, std::nullopt));
    }
  }

  [[nodiscard]] std::string str() const {
    JsonObject driver;
    driver.add("name", "audit").add("version", AUDIT_VERSION).add_raw("rules", rules_json());
    JsonObject invocation;
    invocation.add("executionSuccessful", notifications_.empty());
    if (!notifications_.empty()) {
      invocation.add_raw("toolExecutionNotifications", json_array(notifications_));
    }
    JsonObject run;
    run.add_raw("tool", JsonObject().add_raw("driver", driver.str()).str());
    run.add_raw("invocations", json_array({invocation.str()}));
    return run.add_raw("results", json_array(results_)).str();
  }

 private:
  void add_findings(const std::string& ledger, const VerifyReport& report) {
    for (const Finding& finding : report.findings) {
      const std::string_view kind(finding.kind);
      results_.push_back(result_json(is_finding_kind(kind) ? kind : kOther.word, finding.message,
                                     ledger, finding.seq));
    }
    if (report.findings_not_listed > 0) {
      results_.push_back(result_json(
          kOther.word, fmt::format("{} more findings are not listed", report.findings_not_listed),
          ledger, std::nullopt));
    }
    if (report.verdict == Verdict::unverifiable) {
      notify(ledger, report.limits.empty() ? "unverifiable" : report.limits.front());
    }
  }

  void notify(const std::string& ledger, const std::string& text) {
    JsonObject notification;
    notification.add("level", "error");
    notification.add_raw("message", JsonObject().add("text", escape_controls(text)).str());
    notifications_.push_back(
        notification.add_raw("locations", location_json(ledger, std::nullopt)).str());
  }

  std::vector<std::string> results_;
  std::vector<std::string> notifications_;
};

}  // namespace

std::string sarif_json(std::span<const LedgerVerdict> verdicts) {
  Run run;
  for (const LedgerVerdict& one : verdicts) run.add(one);
  JsonObject document;
  document.add("$schema", kSchema).add("version", "2.1.0");
  return document.add_raw("runs", json_array({run.str()})).str() + "\n";
}

}  // namespace audit::cli
