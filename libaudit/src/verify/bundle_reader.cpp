#include "verify/bundle_reader.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace audit::verify {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;

[[noreturn]] void refuse(std::string why) { throw NotABundle{std::move(why)}; }

}  // namespace

BundleReader::BundleReader(const std::filesystem::path& file)
    : file_(file), fd_(base::open_file(file, O_RDONLY)), buffer_(kBufferBytes, '\0') {}

// What is read and not yet taken; empty only at the end of the file.
std::string_view BundleReader::fill() {
  while (begin_ == end_) {
    const ssize_t got = ::read(fd_.value(), buffer_.data(), buffer_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_errno("read", file_, errno);
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
    read_ += end_;
    if (got == 0) break;
  }
  return std::string_view(buffer_).substr(begin_, end_ - begin_);
}

std::string BundleReader::take(std::size_t bytes) {
  std::string taken;
  while (taken.size() < bytes) {
    const std::string_view here = fill();
    if (here.empty()) refuse("it ends too early");
    const std::size_t more = std::min(here.size(), bytes - taken.size());
    taken.append(here.substr(0, more));
    begin_ += more;
  }
  return taken;
}

void BundleReader::next() {
  const std::string padding = take(base::tar_padding(member_.bytes));
  if (padding.find_first_not_of('\0') != std::string::npos) {
    refuse(fmt::format("there is something behind the end of {}", member_.name));
  }
  const auto member = base::read_tar_header(take(base::kTarBlock));
  if (!member) refuse("the archive is not written in the one way a bundle is written");
  member_ = *member;
  left_ = member_.bytes;
}

// What can be taken of the content without waiting; empty only at its end.
std::string_view BundleReader::content() {
  if (left_ == 0) return {};
  const std::string_view here = fill();
  if (here.empty()) refuse("it ends too early");
  return here.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(here.size(), left_)));
}

void BundleReader::consume(std::size_t bytes) {
  hasher_.update(buffer_.data() + begin_, bytes);
  begin_ += bytes;
  left_ -= bytes;
}

std::string BundleReader::text(std::size_t limit) {
  if (member_.bytes > limit) refuse(fmt::format("{} is too long", member_.name));
  std::string text;
  for (std::string_view here = content(); !here.empty(); here = content()) {
    text.append(here);
    consume(here.size());
  }
  return text;
}

bool BundleReader::line(std::string& line, std::size_t limit) {
  line.clear();
  for (std::string_view here = content(); !here.empty(); here = content()) {
    const std::size_t end = here.find('\n');
    const std::size_t more = std::min(end, here.size());
    if (line.size() + more > limit) {
      refuse(fmt::format("{} has a line of more than {} bytes", member_.name, limit));
    }
    line.append(here.substr(0, more));
    consume(end == std::string_view::npos ? more : more + 1);
    if (end != std::string_view::npos) return true;
  }
  if (!line.empty()) refuse(fmt::format("the last line of {} does not end", member_.name));
  return false;
}

void BundleReader::skip() {
  for (std::string_view here = content(); !here.empty(); here = content()) consume(here.size());
}

void BundleReader::expect_end() {
  if (take(base::tar_padding(member_.bytes) + 2 * base::kTarBlock).find_first_not_of('\0') !=
          std::string::npos ||
      !fill().empty()) {
    refuse("there is something behind its end");
  }
}

}  // namespace audit::verify
