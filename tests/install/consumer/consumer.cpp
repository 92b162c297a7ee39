// A program of someone else's: records two events, reads them back, has the ledger verified.
#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <filesystem>
#include <iostream>

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path file = arguments[1];
  const audit::Created made = audit::create_ledger(file, {.origin = "example.com/consumer"});

  audit::Event event;
  event.envelope.set_text(audit::Field::type, "tool.call");
  event.envelope.set_text(audit::Field::tool, "refund");
  event.payload = R"({"type":"tool.call","tool":"refund"})";
  auto ledger = audit::Ledger::open(file);
  const auto outcomes = ledger.append(std::vector<audit::Event>{event, event});
  ledger.close();

  const auto view = audit::LedgerView::open(file);
  const auto entry = view.entry(outcomes.back().seq);
  if (view.size() != 3 || !entry || entry->payload != event.payload) {
    std::cerr << "want 3 entries and the payload as it was, got " << view.size() << " entries\n";
    return 1;
  }
  const auto key = audit::parse_verify_key(made.verify_key);
  if (!key) return 1;
  const auto report = audit::verify_ledger(file, {.keys = {*key}});
  std::cout << to_string(report.verdict) << '\n';
  return report.verdict == audit::Verdict::intact ? 0 : 1;
}
