// export/entry_json.hpp - one entry as one line of JSON.
#pragma once

#include <audit/ledger.hpp>

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace audit::exports {

// append_entry_json() with buffers that are kept from one entry to the next.
class EntryJson {
 public:
  void append(std::string& out, const Entry& entry);

  // The same without a payload, whether it was read or not.
  void append_envelope(std::string& out, const Entry& entry);

 private:
  void append_head(std::string& out, const Entry& entry);
  void append_payload(std::string& out, std::string_view payload);
  // The JSON document that may stand inside a line as it is, without the white space around it;
  // else empty.
  [[nodiscard]] std::string_view embeddable(std::string_view payload);

  base::JsonReader reader_;
};

}  // namespace audit::exports
