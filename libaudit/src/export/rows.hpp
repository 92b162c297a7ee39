// export/rows.hpp - what an exporter is given: entries one by one, and where they come from.
//
// The namespace is `exports`: `export` is a keyword.
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/export.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace audit::exports {

// Entries in the order they are to be written. A Search is one; tests have their own.
class Rows {
 public:
  virtual ~Rows() = default;
  [[nodiscard]] virtual bool next() = 0;
  // The entry next() stepped to; replaced by the following next().
  [[nodiscard]] virtual const Entry& entry() const = 0;
  // Begins again before the first: the same entries once more, maybe without payloads. Not all can.
  virtual void restart(bool with_payload);
};

// Entries of several ledgers, and the name of the one that each is from.
class NamedRows : public Rows {
 public:
  [[nodiscard]] virtual std::string_view ledger() const = 0;
};

// The ledger the entries come from, at the state they were read from.
struct Provenance {
  std::string ledger_id;
  Checkpoint head;  // origin, size and root
  const LedgerView* view = nullptr;
};

// The formats. Each returns how many entries it wrote.
std::uint64_t write_raw(Rows& rows, const Provenance& from, const ExportOptions& options,
                        const Sink& sink);
std::uint64_t write_json(Rows& rows, const Provenance& from, const ExportOptions& options,
                         const Sink& sink);
std::uint64_t write_named_csv(NamedRows& rows, const ExportOptions& options, const Sink& sink);
std::uint64_t write_pdf(Rows& rows, const Provenance& from, const ExportOptions& options,
                        const Sink& sink);

}  // namespace audit::exports
