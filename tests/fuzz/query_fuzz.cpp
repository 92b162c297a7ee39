// Any question: parsed or refused with a place in it, and asked of an entry.
#include <audit/query.hpp>

#include <cstdint>
#include <string_view>

#include "check.hpp"

using audit::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostBytes = 4096;
  if (size > kMostBytes) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto now = audit::from_nanoseconds(1'700'000'000'000'000'000);
  const auto query = audit::parse_query(text, now);
  if (!query) {
    check(query.error().offset <= text.size(), "the mistake is in the question");
    check(!query.error().message.empty(), "it is said what it is");
    return 0;
  }
  audit::Entry entry;
  entry.seq = 7;
  entry.received = now;
  entry.envelope.set_text(audit::Field::type, "tool.call");
  entry.envelope.set_text(audit::Field::agent, "billing-agent");
  entry.envelope.set_number(audit::Field::cost_nano, 500'000'000);
  entry.payload_state = audit::Entry::Payload::present;
  entry.payload = R"({"text":"a refund was made","input":{"amount":1200,"list":[1,"x",null]}})";
  (void)query->matches(entry);
  (void)query->words();
  (void)query->asks_for_system_entries();
  const audit::Query both = query->and_also(*query);
  check(both.matches(entry) == query->matches(entry), "asked twice, answered the same");
  return 0;
}
