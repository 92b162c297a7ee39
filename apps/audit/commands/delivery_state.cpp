#include "commands/delivery_state.hpp"

#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/text.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "ui/result_file.hpp"

namespace audit::cli {

namespace {

constexpr const char* kFormat = "audit.delivery/1";

}  // namespace

DeliveryState::DeliveryState(std::filesystem::path file, const LedgerView& view)
    : file_(std::move(file)) {
  std::error_code failed;
  if (file_.empty()) return;
  check_folder_of(file_);
  if (std::filesystem::exists(file_, failed)) read(view);
}

void DeliveryState::refuse(const char* why) const {
  throw Error(ErrorCode::configuration, fmt::format("{} {}", escape_controls(file_.string()), why),
              "name another file to begin anew, or remove this one");
}

void DeliveryState::read(const LedgerView& view) {
  constexpr std::size_t kLongest = 256;
  std::ifstream file(file_);
  std::string line;
  std::getline(file, line);
  std::istringstream words(line.substr(0, kLongest));
  std::string format;
  std::string ledger;
  std::string hash;
  std::uint64_t seq = 0;
  if (!(words >> format >> ledger >> seq >> hash) || format != kFormat) {
    refuse("does not say what was delivered");
  }
  if (ledger != view.ledger_id()) refuse("is of another ledger");
  const auto there = view.hash(seq);
  if (!there || to_hex(*there) != hash) {
    refuse("is of another history of this ledger: the entry that was delivered last is not in it");
  }
  next_ = seq + 1;
}

void DeliveryState::set_delivered(const LedgerView& view, std::uint64_t seq) {
  next_ = seq + 1;
  if (file_.empty()) return;
  const auto hash = view.hash(seq);
  if (!hash) return;
  ResultFile file(file_, true);
  file.write(fmt::format("{} {} {} {}\n", kFormat, view.ledger_id(), seq, to_hex(*hash)));
  file.commit();
}

}  // namespace audit::cli
