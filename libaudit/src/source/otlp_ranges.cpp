#include "source/otlp_ranges.hpp"

#include <utility>

#include "source/json_scanner.hpp"
#include "source/otlp_keys.hpp"

namespace audit::source {

namespace {

// Follows the frame of a request down to the parts.
class Finder {
 public:
  explicit Finder(std::string_view text) : scanner_(text) {}

  std::vector<OtlpRange> find() {
    if (scanner_.peek() == '{') {
      scanner_.object([this](std::string_view key) {
        list_ = otlp_list(key);
        const bool followed = list_ == OtlpList::span_resources || list_ == OtlpList::log_resources;
        objects(followed, [this] { resources(); });
      });
    }
    return std::move(ranges_);
  }

 private:
  void resources() {
    scanner_.object([this](std::string_view key) {
      objects(is_otlp_scopes(list_, key), [this] { scopes(); });
    });
  }

  void scopes() {
    scanner_.object([this](std::string_view key) {
      objects(is_otlp_parts(list_, key), [this] {
        const std::size_t offset = scanner_.offset();
        scanner_.skip();
        ranges_.push_back({offset, scanner_.offset() - offset});
      });
    });
  }

  // Visits the objects in the array that stands next; passes over anything else.
  template <class Visit>
  void objects(bool followed, Visit&& visit) {
    if (!followed || scanner_.peek() != '[') return scanner_.skip();
    scanner_.array([&] {
      if (scanner_.peek() == '{') {
        visit();
      } else {
        scanner_.skip();
      }
    });
  }

  JsonScanner scanner_;
  OtlpList list_ = OtlpList::none;
  std::vector<OtlpRange> ranges_;
};

}  // namespace

std::vector<OtlpRange> find_otlp_ranges(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::vector<OtlpRange> ranges = Finder(text.substr(skipped)).find();
  for (OtlpRange& range : ranges) range.offset += skipped;
  return ranges;
}

}  // namespace audit::source
