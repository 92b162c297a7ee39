// A file of schemas, and behind its first NUL a payload: refused with a place, or held against it in
// bounded time; and what reads JSON to point out faults agrees with what reads it to use it.
#include <audit/schemas.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/json_fault.hpp"
#include "check.hpp"

using audit::fuzz::check;

namespace {

// Numbers of some hundred digits are JSON, and yet cannot be used.
void compare_readers(std::string_view text) {
  audit::base::JsonReader json;
  const audit::base::JsonStatus status = json.parse(text);
  const auto fault = audit::base::find_json_fault(text);
  if (status == audit::base::JsonStatus::ok) check(!fault, "what is JSON has no fault");
  if (fault) check(*fault <= text.size(), "the fault is in the text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostBytes = 16384;
  if (size > kMostBytes) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t end = all.find('\0');
  const std::string_view text = all.substr(0, end);
  const std::string_view payload = end == std::string_view::npos ? "" : all.substr(end + 1);
  compare_readers(text);
  compare_readers(payload);
  const auto schemas = audit::parse_schemas(text);
  if (!schemas) {
    check(!schemas.error().problem.message.empty(), "it is said what is wrong");
    return 0;
  }
  for (const std::string& kind : schemas->kinds()) {
    const std::string why = schemas->misfit(kind, payload);
    check(why.size() <= 256, "a reason is short");
    check(why.find_first_of("\n\x1b") == std::string::npos, "and on one line");
    check(why == schemas->misfit(kind, payload), "asked twice, answered the same");
  }
  return 0;
}
