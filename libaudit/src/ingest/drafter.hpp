// ingest/drafter.hpp - a record of the input as what the ledger is to hold of it.
//
// Threads   one
#pragma once

#include <audit/ingest.hpp>

#include <string_view>

#include "base/json.hpp"
#include "ingest/batch.hpp"
#include "ingest/lines.hpp"
#include "ingest/schemas.hpp"
#include "ingest/settings.hpp"
#include "ledger/writer.hpp"
#include "source/jsonl.hpp"
#include "source/otlp.hpp"
#include "source/recognise.hpp"
#include "source/record_reader.hpp"

namespace audit::ingest {

// Where a record comes from.
struct Origin {
  std::string_view source;
  source::Shape shape = source::Shape::lines;
  bool is_request = false;  // it was sent as a request of OTLP: if it is none, it is nothing else
};

class Drafter {
 public:
  // options   outlive the drafter
  explicit Drafter(const IngestOptions& options);

  // Holds what is drafted from now on against these.
  //   returns   their generation
  std::uint64_t judge_by(const DeclaredSchemas& declared);

  // Fills `record`, and appends its words to `text`. Not sealed yet.
  void draft(const Line& line, const Origin& origin, Record& record, std::string& text);

  // What comes now may be from somebody else, though the source has the same name: nothing that was
  // said before is about it.
  void begin_sender() { records_.forget(); }

  // Whether what was read as one document is one, and not lines after all.
  [[nodiscard]] bool is_document(const Line& line);

  // Whether it is a request in protobuf, to its end.
  [[nodiscard]] bool is_protobuf(const Line& line);

  // Computes what stands for the record in the chain, but for its place.
  void seal(Record& record);

  // Why a flagged record needs a look, in a sentence.
  [[nodiscard]] std::string explain(const Line& line, const Record& record);

 private:
  using Found = source::OtlpReader::Found;

  // What an entry says about who read it.
  struct Reader {
    std::string_view format;
    std::string_view mapping;
  };

  [[nodiscard]] Timestamp now() const;
  [[nodiscard]] bool is_otlp(const Line& line, const Origin& origin) const;
  void draft_json(const Line& line, const Origin& origin, Timestamp now, Record& record,
                  std::string& text);
  void flag_misread();
  void draft_line(const Line& line, base::JsonStatus status, Timestamp now, Record& record,
                  std::string& text);
  [[nodiscard]] bool draft_otlp(const Line& line, const Origin& origin, Timestamp now,
                                Record& record, std::string& text);
  [[nodiscard]] bool take_parts(const Line& line, const Origin& origin, const Reader& reader,
                                Record& record, std::string& text);
  void draft_whole(const Line& line, std::string_view kind, std::string_view flag, Record& record,
                   std::string& text);
  void draft_stub(const Line& line, Record& record, std::string& text);
  void mark(const Line& line, const Origin& origin, const Reader& reader, Record& record);

  const IngestOptions& options_;
  Settings settings_;
  Judge judge_;
  source::JsonlMapper jsonl_;
  source::OtlpReader otlp_;
  source::RecordReader records_;
  const source::Format* forced_;
  source::PartEvents events_;
  base::JsonReader json_;
  ledger::Sealer sealer_;
};

}  // namespace audit::ingest
