// Any line: it is read without harm, and what is read of it can be stored.
#include <audit/event.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "check.hpp"
#include "event/commitment.hpp"
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

void check_envelope(const audit::Envelope& envelope) {
  check(envelope.has(audit::Field::type), "every event has a type");
  const std::string_view type = envelope.text(audit::Field::type);
  check(type != "sys" && !type.starts_with("sys."), "no event is a system entry");
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const audit::Envelope::Value value = envelope.at(i);
    if (value.kind != audit::ValueKind::text) continue;
    check(!value.text.empty() && value.text.size() <= audit::kMaxFieldBytes,
          "texts have their length");
    check(audit::base::is_utf8(value.text), "fields are UTF-8");
  }
}

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
  check_envelope(envelope);
  (void)audit::event::Committer().envelope(envelope, audit::event::Salt{});
  std::string text;
  audit::event::append_payload_text(reader, line, text);

  std::string quoted;
  audit::base::append_json_string(quoted, line);
  check(reader.parse(quoted) == audit::base::JsonStatus::ok, "what is written can be read");
  return 0;
}
