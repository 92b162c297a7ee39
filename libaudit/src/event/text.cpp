#include "event/text.hpp"

#include "event/otlp_text.hpp"

namespace audit::event {

namespace {

class TextCollector final : public base::JsonVisitor {
 public:
  explicit TextCollector(std::string& out) : out_(out) {}

  void string(std::string_view /*key*/, std::string_view value) override {
    out_.append(value);
    out_.push_back(kTextBreak);
  }

 private:
  std::string& out_;
};

}  // namespace

void append_json_text(const base::JsonReader& reader, std::string& out) {
  TextCollector collector(out);
  reader.walk(collector);
}

void append_json_text(const base::JsonValue& value, std::string& out) {
  TextCollector collector(out);
  value.walk(collector);
}

void append_other_text(std::string_view payload, std::string& out) {
  if (append_otlp_text(payload, out)) return;
  out.append(payload);
  out.push_back(kTextBreak);
}

void append_payload_text(base::JsonReader& reader, std::string_view payload, std::string& out) {
  if (!reader.append_strings(payload, kTextBreak, out)) append_other_text(payload, out);
}

}  // namespace audit::event
