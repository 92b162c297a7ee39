// siem/line_writer.hpp - entries as lines that a SIEM takes.
//
// Threads   one thread at a time per object
// Format    audit-siem(5)
#pragma once

#include <audit/ledger.hpp>

#include <memory>
#include <string>
#include <string_view>

#include "siem/source.hpp"

namespace audit::siem {

class LineWriter {
 public:
  LineWriter() = default;
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  virtual ~LineWriter() = default;

  // Appends what stands before the first line.
  virtual void begin(std::string& /*out*/) {}

  // Appends the line of an entry, with its LF.
  virtual void append(std::string& out, const Entry& entry) = 0;
};

struct LineOptions {
  bool with_payload = false;  // where the format has room for it
  bool bulk = false;          // ecs: an action line before each
};

//   ledger    its names outlive the writer
//   throws    internal if the format's table is not as it should be
std::unique_ptr<LineWriter> make_cef(const Origin& ledger, const LineOptions& options);
std::unique_ptr<LineWriter> make_leef(const Origin& ledger, const LineOptions& options);
std::unique_ptr<LineWriter> make_ecs(const Origin& ledger, const LineOptions& options);
std::unique_ptr<LineWriter> make_ocsf(const Origin& ledger, const LineOptions& options);
std::unique_ptr<LineWriter> make_syslog(const Origin& ledger, const LineOptions& options);
std::unique_ptr<LineWriter> make_sentinel(const Origin& ledger, const LineOptions& options);
std::unique_ptr<LineWriter> make_otlp(const Origin& ledger, const LineOptions& options);

// The fields that the table of this name reads of entries.
[[nodiscard]] FieldSet fields_of_table(std::string_view name);

}  // namespace audit::siem
