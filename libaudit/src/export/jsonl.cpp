// One entry a line, as append_entry_json() writes it.
#include "export/entry_json.hpp"
#include "export/lines.hpp"

namespace audit::exports {

namespace {

class Jsonl final : public siem::LineWriter {
 public:
  void append(std::string& out, const Entry& entry) override {
    json_.append(out, entry);
    out.push_back('\n');
  }

 private:
  EntryJson json_;
};

}  // namespace

std::unique_ptr<siem::LineWriter> make_jsonl(const siem::Origin& /*ledger*/,
                                             const ExportOptions& /*options*/) {
  return std::make_unique<Jsonl>();
}

}  // namespace audit::exports
