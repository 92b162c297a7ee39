#include "document/writer.hpp"

namespace audit::document {

std::size_t Writer::add_footnote(std::string_view text) {
  footnotes_.emplace_back(text);
  return footnotes_.size();
}

void Writer::finish() {
  if (!footnotes_.empty()) write_footnotes();
  write_end();
}

}  // namespace audit::document
