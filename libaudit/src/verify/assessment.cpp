#include "verify/assessment.hpp"

#include <utility>

namespace audit::verify {

void Assessment::pass(std::string_view check, std::string detail) {
  report.checks.push_back({Check::Status::pass, std::string(check), std::move(detail)});
}

void Assessment::fail(std::string_view check, std::string detail) {
  report.checks.push_back({Check::Status::fail, std::string(check), std::move(detail)});
}

void Assessment::skip(std::string_view check, std::string detail) {
  report.checks.push_back({Check::Status::skipped, std::string(check), std::move(detail)});
}

void Assessment::refuse(std::string why) {
  unusable_.push_back(why + '.');
  fail("file", std::move(why));
}

void Assessment::give_up(std::string_view check, const std::string& why) {
  skip(check, why);
  unusable_.push_back(why + '.');
}

void Assessment::blame(std::string_view kind, std::string_view check, const std::string& why,
                       std::optional<std::uint64_t> seq) {
  fail(check, why);
  findings.add(kind, seq, why);
}

bool Assessment::check_kept(const std::vector<Known>& known, std::string_view origin, bool others,
                            const std::function<bool(const Known&)>& fits) {
  bool all_fit = true;
  for (const Known& one : known) {
    if (others && one.checkpoint && one.checkpoint->origin != origin) continue;
    report.known.push_back(one.file);
    if (!fits(one)) all_fit = false;
  }
  if (report.known.empty()) skip("known", "no checkpoint kept elsewhere was given");
  return !report.known.empty() && all_fit;
}

void Assessment::take(TimeStampResult&& stamps) {
  report.time_stamps = std::move(stamps.heads);
  for (Check& one : stamps.checks) report.checks.push_back(std::move(one));
  for (std::string& why : stamps.unusable) unusable_.push_back(std::move(why));
  for (std::string& limit : stamps.limits) report.limits.push_back(std::move(limit));
}

VerifyReport Assessment::conclude(bool is_shown) {
  if (is_tampered()) {
    report.verdict = Verdict::tampered;
  } else if (!findings.empty()) {
    report.verdict = Verdict::forked;
  } else {
    report.verdict = unusable_.empty() && is_shown ? Verdict::intact : Verdict::unverifiable;
  }
  report.limits.insert(report.limits.begin(), unusable_.begin(), unusable_.end());
  report.findings_not_listed = findings.not_listed();
  report.findings = std::move(findings.list());
  return std::move(report);
}

}  // namespace audit::verify
