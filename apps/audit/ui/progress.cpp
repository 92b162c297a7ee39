#include "ui/progress.hpp"

#include <audit/error.hpp>
#include <audit/text.hpp>

namespace audit::cli {

namespace {

constexpr std::chrono::milliseconds kDelay{500};
constexpr std::chrono::milliseconds kInterval{100};

}  // namespace

Progress::Progress(Context& context)
    : err_(context.err),
      enabled_(context.err.is_terminal() && !context.globals.quiet && !context.globals.json),
      next_(start_ + kDelay) {}

Progress::~Progress() {
  try {
    erase();
  } catch (const Error&) {
    // stderr is gone: nobody is left to see the line
  }
}

bool Progress::is_due() const { return enabled_ && Clock::now() >= next_; }

void Progress::show(std::string_view text) {
  if (!is_due()) return;
  next_ = Clock::now() + kInterval;
  const std::size_t room = err_.columns() > 1 ? err_.columns() - 1 : 1;
  err_.print("\r{}\x1b[K", truncate_to_width(escape_controls(text), room));
  err_.flush();
  drawn_ = true;
}

void Progress::erase() {
  if (!drawn_) return;
  drawn_ = false;
  err_.write("\r\x1b[K");
  err_.flush();
}

std::chrono::milliseconds Progress::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
}

std::string progress_text(std::string_view verb, std::uint64_t done, std::uint64_t total,
                          std::string_view noun) {
  if (total == 0) return fmt::format("{} {} {}", verb, grouped(done), noun);
  const auto percent =
      static_cast<unsigned>(100.0 * static_cast<double>(done) / static_cast<double>(total));
  return fmt::format("{} {:3} %  {} of {} {}", verb, percent, grouped(done), grouped(total), noun);
}

}  // namespace audit::cli
