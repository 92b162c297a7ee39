#include "ledger/segment_reader.hpp"

#include <audit/error.hpp>

#include <limits>

#include "base/bytes.hpp"

namespace audit::ledger {

namespace {

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ErrorCode::damaged, std::string(what), "run 'audit verify --rebuild-index'");
}

}  // namespace

std::uint64_t PageReader::varint() {
  std::uint64_t value = 0;
  at_ = base::get_varint(at_, end_, value);
  if (at_ == nullptr) refuse("a number in it is not as it must be");
  return value;
}

std::string_view PageReader::bytes(std::uint64_t count) {
  if (count > static_cast<std::uint64_t>(end_ - at_)) refuse("a term in it ends too early");
  const std::string_view piece(reinterpret_cast<const char*>(at_), count);
  at_ += count;
  return piece;
}

bool TermReader::next() {
  if (reader_.at_end()) {
    if (pages_ > 0) finish_page();
    if (pages_ == footer_->term_pages.size()) {
      if (next_offset_ != footer_->posting_bytes) refuse("it has postings of no term");
      return false;
    }
    load();
  }
  const bool is_restart = in_page_ % kRestartEvery == 0;
  read_spelling(is_restart);
  read_info(is_restart);
  ++in_page_;
  return true;
}

void TermReader::load() {
  read_page_(footer_->first_term_page() + pages_++, page_);
  if (page_.size() < 4 || page_.size() > kIndexPageBytes)
    refuse("a page of terms has a wrong length");
  restarts_ = base::load_be16(&page_[page_.size() - 2]);
  const std::size_t tail = 2 + 2 * restarts_;
  if (tail >= page_.size()) refuse("a page of terms has no terms");
  reader_ = {page_.data(), page_.data() + page_.size() - tail};
  in_page_ = 0;
}

void TermReader::finish_page() const {
  if (restarts_ != (in_page_ + kRestartEvery - 1) / kRestartEvery) {
    refuse("a page of terms has too many restart points");
  }
}

void TermReader::read_spelling(bool is_restart) {
  const std::size_t restart = in_page_ / kRestartEvery;
  const std::size_t restarts_at = page_.size() - 2 - 2 * restarts_;
  if (is_restart && (restart >= restarts_ ||
                     base::load_be16(&page_[restarts_at + 2 * restart]) != reader_.offset())) {
    refuse("a restart point is not where it must be");
  }
  const std::uint64_t shared = is_restart ? 0 : reader_.varint();
  if (shared > term_.size()) refuse("a term shares more than the one before it has");
  const auto kept = static_cast<std::size_t>(shared);
  const std::string_view rest = reader_.bytes(reader_.varint());
  if (rest <= std::string_view(term_).substr(kept)) refuse("its terms are not in order");
  term_.resize(kept);
  term_.append(rest);
  if (in_page_ == 0 && term_ != footer_->term_pages[pages_ - 1]) {
    refuse("its footer names another first term");
  }
}

void TermReader::read_info(bool is_restart) {
  const std::uint64_t entries = reader_.varint();
  if (entries == 0 || entries > footer_->entries) refuse("a term has a wrong number of entries");
  info_.entries = static_cast<std::uint32_t>(entries);
  info_.entries_bytes = reader_.varint();
  info_.positions_bytes = reader_.varint();
  info_.offset = is_restart ? reader_.varint() : next_offset_;
  const std::uint64_t room = footer_->posting_bytes - next_offset_;
  if (info_.offset != next_offset_ || info_.entries_bytes > room ||
      info_.positions_bytes > room - info_.entries_bytes) {
    refuse("the postings of a term are not where they must be");
  }
  next_offset_ += info_.entries_bytes + info_.positions_bytes;
}

bool IdReader::next() {
  const bool is_first = reader_.at_end();
  if (is_first) {
    if (pages_ == footer_->id_pages.size()) return false;
    load();
  }
  const std::uint64_t step = reader_.varint();
  const std::uint64_t entry = reader_.varint();
  if (is_first && step != 0) refuse("its footer names another first fingerprint");
  const std::uint64_t before = is_first ? footer_->id_pages[pages_ - 1] : fingerprint();
  if (step > std::numeric_limits<std::uint32_t>::max() - before || entry >= footer_->entries) {
    refuse("an id is not as it must be");
  }
  const std::uint64_t id = (before + step) << 32 | entry;
  if (has_id_ && id <= id_) refuse("its ids are not in order");
  id_ = id;
  has_id_ = true;
  return true;
}

void IdReader::load() {
  read_page_(footer_->first_id_page() + pages_++, page_);
  if (page_.empty() || page_.size() > kIdPageBytes) refuse("a page of ids has a wrong length");
  reader_ = {page_.data(), page_.data() + page_.size()};
}

}  // namespace audit::ledger
