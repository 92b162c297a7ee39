// pdf_tools.hpp - reads PDFs with other people's programs (poppler-utils, qpdf), where installed.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <unistd.h>

namespace audit::test {

// A PDF as a file for as long as the object lives.
class PdfFile {
 public:
  explicit PdfFile(std::string_view bytes) {
    std::string name = (std::filesystem::temp_directory_path() / "audit-pdf-XXXXXX").string();
    const int fd = mkstemp(name.data());
    REQUIRE(fd >= 0);
    close(fd);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  PdfFile(const PdfFile&) = delete;
  PdfFile& operator=(const PdfFile&) = delete;

  ~PdfFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  // What `tool options FILE more` prints; nothing, and a word about it, if it is not installed.
  [[nodiscard]] std::optional<std::string> run(const std::string& tool, const std::string& options,
                                               const std::string& more = "") const {
    if (std::system(("command -v " + tool + " >/dev/null 2>&1").c_str()) != 0) {
      MESSAGE("SKIPPED: " << tool << " is not installed, the PDF was not read back with it");
      return std::nullopt;
    }
    const std::string command =
        tool + " " + options + " '" + path_.string() + "' " + more + " 2>/dev/null";
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    char buffer[4096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      output.append(buffer, n);
    }
    CHECK(pclose(pipe) == 0);
    return output;
  }

  // Its text, laid out as on the page.
  [[nodiscard]] std::optional<std::string> text() const {
    return run("pdftotext", "-layout -enc UTF-8", "-");
  }

 private:
  std::filesystem::path path_;
};

inline std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto i = text.find(part); i != std::string_view::npos; i = text.find(part, i + 1)) ++count;
  return count;
}

}  // namespace audit::test
