// Splunk HTTP Event Collector: the entry as JSONL has it, in the collector's envelope.
#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "event/value.hpp"
#include "export/entry_json.hpp"
#include "export/lines.hpp"
#include "siem/nested.hpp"

namespace audit::exports {

namespace {

// The collector takes no event that is much longer.
constexpr std::size_t kLongestPayload = std::size_t{1} << 20;

class Splunk final : public siem::LineWriter {
 public:
  Splunk(const siem::Origin& ledger, bool with_payload)
      : envelope_("splunk", ledger, with_payload), with_payload_(with_payload) {}

  void append(std::string& out, const Entry& entry) override {
    envelope_.append(out, entry);
    out.pop_back();  // the brace that ended it
    out.append(",\"event\":");
    if (with_payload_ && entry.payload.size() <= kLongestPayload) {
      json_.append(out, entry);
    } else {
      json_.append_envelope(out, entry);
      if (with_payload_) append_elision(out, entry.payload);
    }
    out.append("}\n");
  }

 private:
  static void append_elision(std::string& out, std::string_view payload) {
    out.pop_back();
    out.append(",\"payload_bytes\":");
    event::append_integer(out, std::uint64_t{payload.size()});
    out.append(",\"payload_sha256\":\"").append(to_hex(crypto::sha256(payload))).append("\"}");
  }

  siem::NestedWriter envelope_;
  EntryJson json_;
  bool with_payload_;
};

}  // namespace

std::unique_ptr<siem::LineWriter> make_splunk(const siem::Origin& ledger,
                                              const ExportOptions& options) {
  return std::make_unique<Splunk>(ledger, options.payload);
}

}  // namespace audit::exports
