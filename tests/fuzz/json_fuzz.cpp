// Any line: it is read without harm, and what is read of it can be stored.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "check_event.hpp"
#include "event/text.hpp"
#include "source/jsonl.hpp"

namespace {

using audit::fuzz::check;

// Follows the walk and knows how deep it is.
class Follower final : public audit::base::JsonVisitor {
 public:
  void begin_object(std::string_view key) override { open(key); }

  void end_object() override { --depth_; }

  void begin_array(std::string_view key) override { open(key); }

  void end_array() override { --depth_; }

  void string(std::string_view key, std::string_view value) override {
    check(audit::base::is_utf8(key) && audit::base::is_utf8(value), "texts are UTF-8");
  }

  void finish() const { check(depth_ == 0, "what was opened is closed"); }

 private:
  void open(std::string_view key) {
    check(audit::base::is_utf8(key), "keys are UTF-8");
    check(++depth_ <= audit::base::kMaxJsonDepth, "no deeper than allowed");
  }

  std::size_t depth_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static audit::base::JsonReader reader;
  static audit::source::JsonlMapper mapper;
  const audit::base::JsonStatus status = reader.parse(line);
  if (status == audit::base::JsonStatus::ok || status == audit::base::JsonStatus::duplicate_key) {
    Follower follower;
    reader.walk(follower);
    follower.finish();
  }
  audit::Envelope envelope;
  check(mapper.map(line, false, audit::from_nanoseconds(1'700'000'000'000'000'000), envelope) ==
            status,
        "both readers agree");
  audit::fuzz::check_envelope(envelope);
  std::string text;
  audit::event::append_payload_text(reader, line, text);

  std::string quoted;
  audit::base::append_json_string(quoted, line);
  check(reader.parse(quoted) == audit::base::JsonStatus::ok, "what is written can be read");
  return 0;
}
