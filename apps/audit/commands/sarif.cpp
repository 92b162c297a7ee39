#include <audit/text.hpp>

#include <map>

#include <fmt/format.h>

#include "commands/ci_report.hpp"
#include "ui/json.hpp"

namespace audit::cli {

namespace {

constexpr std::string_view kSchema = "https://json.schemastore.org/sarif-2.1.0.json";

// What the kinds of findings mean (audit/verify.hpp).
const std::map<std::string, std::string_view>& rules() {
  static const std::map<std::string, std::string_view> kRules{
      {"chain", "An entry does not follow from the one before it"},
      {"checkpoint", "A signed checkpoint is missing, too much, or of other entries"},
      {"encoding", "An entry is not stored as the format demands"},
      {"entry", "The content of an entry does not match its hash"},
      {"erasure", "Content is gone that no erasure names"},
      {"erasure-undone", "Content is there that was erased"},
      {"forked", "Two signed heads contradict each other"},
      {"hash", "The stored hash of an entry is not its hash"},
      {"head", "The signed head is missing or of other entries"},
      {"index", "The search index contradicts the evidence"},
      {"key", "The ledger is signed by another key than the one given"},
      {"missing", "An entry is not there"},
      {"order", "A row stands where it does not belong"},
      {"require", "The verdict does not reach what --require demands"},
      {"proof", "An entry does not lead to the root that was signed"},
      {"rolled-back", "The ledger is behind a checkpoint that was kept"},
      {"schema", "The file has another schema than a ledger"},
      {"signature", "A signature is missing or does not verify"},
      {"structure", "SQLite cannot make sense of the file"},
      {"subtree", "A stored hash of the tree is wrong or missing"},
      {"system", "An entry about the ledger itself is not as it must be"},
      {"word", "The dictionary of values is not as it must be"},
  };
  return kRules;
}

std::string rules_json() {
  std::vector<std::string> items;
  for (const auto& [id, text] : rules()) {
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
    for (const std::string& word : one.missing) {
      results_.push_back(result_json("require", fmt::format("the verdict is not {}", word),
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
      const std::string_view rule = rules().contains(finding.kind) ? finding.kind : "structure";
      results_.push_back(result_json(rule, finding.message, ledger, finding.seq));
    }
    if (report.findings_not_listed > 0) {
      results_.push_back(result_json(
          "structure", fmt::format("{} more findings are not listed", report.findings_not_listed),
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
