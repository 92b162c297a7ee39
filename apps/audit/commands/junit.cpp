#include <audit/text.hpp>

#include <fmt/format.h>

#include "commands/ci_report.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kShownFindings = 50;

// Text that nothing in it makes mark-up: what XML cannot hold is spelt out.
std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : escape_controls(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// One <testsuite>.
class Suite {
 public:
  explicit Suite(std::string name) : name_(std::move(name)) {}

  void pass(std::string_view test) { add(test, ""); }

  void skip(std::string_view test, std::string_view why) {
    ++skipped_;
    add(test, fmt::format("<skipped message=\"{}\"/>", xml_text(why)));
  }

  void fail(std::string_view test, std::string_view why, std::string_view details = {}) {
    ++failures_;
    add(test, fmt::format("<failure message=\"{}\">{}</failure>", xml_text(why), details));
  }

  void error(std::string_view test, std::string_view why) {
    ++errors_;
    add(test, fmt::format("<error message=\"{}\"/>", xml_text(why)));
  }

  [[nodiscard]] std::string str() const {
    return fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n{}"
        "  </testsuite>\n",
        xml_text(name_), tests_, failures_, errors_, skipped_, cases_);
  }

 private:
  void add(std::string_view test, const std::string& outcome) {
    ++tests_;
    cases_ += fmt::format("    <testcase name=\"{}\" classname=\"audit.verify\"", xml_text(test));
    cases_ += outcome.empty() ? "/>\n" : fmt::format(">{}</testcase>\n", outcome);
  }

  std::string name_;
  std::string cases_;
  std::size_t tests_ = 0;
  std::size_t failures_ = 0;
  std::size_t errors_ = 0;
  std::size_t skipped_ = 0;
};

// The first findings, a line each.
std::string details_of(const VerifyReport& report) {
  std::string lines;
  std::size_t shown = 0;
  for (const Finding& finding : report.findings) {
    if (++shown > kShownFindings) {
      return lines + fmt::format("... and {} more\n", report.findings.size() - kShownFindings +
                                                          report.findings_not_listed);
    }
    const std::string place = finding.seq ? fmt::format("entry {}: ", *finding.seq) : "";
    lines += xml_text(fmt::format("{}{}: {}", place, finding.kind, finding.message)) + "\n";
  }
  return lines;
}

void add_verdict(Suite& suite, const VerifyReport& report) {
  const std::string verdict(to_string(report.verdict));
  if (report.verdict == Verdict::intact) {
    suite.pass("verdict");
  } else if (report.verdict == Verdict::unverifiable) {
    suite.error("verdict",
                report.limits.empty() ? verdict : verdict + ": " + report.limits.front());
  } else {
    suite.fail("verdict", verdict, details_of(report));
  }
}

void add_checks(Suite& suite, const VerifyReport& report) {
  for (const Check& check : report.checks) {
    if (check.status == Check::Status::pass) suite.pass(check.name);
    if (check.status == Check::Status::skipped) suite.skip(check.name, check.detail);
    if (check.status == Check::Status::fail) suite.fail(check.name, check.detail);
  }
}

}  // namespace

std::string junit_xml(std::span<const LedgerVerdict> verdicts) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"audit verify\">\n";
  for (const LedgerVerdict& one : verdicts) {
    Suite suite(one.ledger);
    if (!one.report) {
      suite.error("verdict", one.error);
    } else {
      add_verdict(suite, *one.report);
      add_checks(suite, *one.report);
    }
    const std::vector<std::string> none;
    for (const std::string& word : is_intact(one) ? one.missing : none) {
      suite.fail("require " + word, "the verdict does not reach it");
    }
    out += suite.str();
  }
  return out + "</testsuites>\n";
}

}  // namespace audit::cli
