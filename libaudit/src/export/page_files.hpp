// export/page_files.hpp - the parts of a page that are always the same: libaudit/data/page, as it was when
// the library was built.
#pragma once

#include <string_view>

namespace audit::exports {

struct PageFiles {
  std::string_view frame;   // page.html; a name between two '@' stands for what goes there
  std::string_view style;   // page.css
  std::string_view script;  // the scripts, one after the other
};

[[nodiscard]] PageFiles page_files() noexcept;

}  // namespace audit::exports
