// ledger/known_record.hpp - whether a record that holds several events arrived before, byte for byte.
//
// Threads   one
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/database.hpp"
#include "ledger/row.hpp"

namespace audit::ledger {

struct RecordDraft;

class KnownRecords {
 public:
  enum class Match : std::uint8_t {
    no,
    yes,
    erased,  // of what it would have to be compared with, something is gone
  };

  //   database   the writer's own connection: entries of the open transaction count
  explicit KnownRecords(const Database& database);

  // Looks for the record among those that its parts were stored with.
  //   requires  Writer has looked up each part: `seq`, `carrier`, `was_erased`
  //   carrier   becomes the number of the record's own entry, unless there is none
  [[nodiscard]] Match find(const RecordDraft& record, std::uint64_t& carrier);

 private:
  [[nodiscard]] Match compare(const RecordDraft& record, std::uint64_t carrier);

  WordReader words_;
  RowReader reader_;
  Statement select_;
  Row row_;
  std::vector<std::uint64_t> carriers_;
};

}  // namespace audit::ledger
