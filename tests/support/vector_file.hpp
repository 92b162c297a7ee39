// vector_file.hpp - the files of tests/vectors.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace audit::test {

inline std::filesystem::path vector_path(const std::string& name) {
  return std::filesystem::path(AUDIT_TEST_VECTORS) / name;
}

inline std::string read_vector(const std::string& name) {
  std::ifstream in(vector_path(name), std::ios::binary);
  if (!in) throw std::runtime_error("no vector file " + name);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

}  // namespace audit::test
