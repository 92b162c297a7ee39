// export/plain_table.hpp - entries as a plain table of HTML, for a reader whose browser runs no scripts.
#pragma once

#include <string>
#include <string_view>

namespace audit::exports {

// Text where markup could stand: spelt out, and cut off after kMaxCell characters.
inline constexpr std::size_t kMaxCell = 200;
void append_html(std::string& out, std::string_view text);

//   entries   lines as audit-bundle(5) has them
//   throws    internal, if one is no such line
[[nodiscard]] std::string plain_table(std::string_view entries);

}  // namespace audit::exports
