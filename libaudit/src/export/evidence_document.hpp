// export/evidence_document.hpp - the document that export --pdf writes, part by part, on any writer.
#pragma once

#include <audit/export.hpp>

#include <string>

#include "document/writer.hpp"
#include "export/rows.hpp"
#include "export/statistics.hpp"

namespace audit::exports {

// What all parts are told.
struct DocumentFacts {
  const Provenance& from;
  const ExportOptions& options;
  std::string hash;         // SHA-256 of the entries' numbers and hashes, as --csv prints them
  std::string note;         // the head as it was signed; empty if it is not at hand
  std::string key;          // the verifier key that signed it; empty if nobody knows
  std::string fingerprint;  // SHA-256 of that text
};

[[nodiscard]] DocumentFacts document_facts(const Provenance& from, const ExportOptions& options,
                                           Statistics& statistics);

[[nodiscard]] std::string document_title(const ExportOptions& options);

void describe_front(document::Writer& writer, const DocumentFacts& facts,
                    const Statistics& statistics);
void describe_summary(document::Writer& writer, const Statistics& statistics);
// Both read all rows.
void describe_decisions(document::Writer& writer, Rows& rows, const Statistics& statistics);
void describe_entries(document::Writer& writer, Rows& rows, const DocumentFacts& facts);
void describe_integrity(document::Writer& writer, const DocumentFacts& facts,
                        const Statistics& statistics);

}  // namespace audit::exports
