// ui/result_file.hpp - the file of -o: written beside its place, moved there when it is complete.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "ui/terminal.hpp"

namespace audit::cli {

// Says so where the folder a file is to be written to is not there.
//   throws    not_found
void check_folder_of(const std::filesystem::path& file);

// Where a result can wait until it is ready: beside its file; for standard output and what is no file the
// folder for temporary files.
[[nodiscard]] std::filesystem::path spool_folder(const std::filesystem::path& file);

// A result that becomes visible as a whole or not at all. What is no regular file (a pipe,
// /dev/stdout) is written directly.
class ResultFile {
 public:
  //   hint      what to do where the file is there
  //   throws    already_exists if the file is there and not `overwrite`; permission, not_found, io
  ResultFile(std::filesystem::path file, bool overwrite, std::string hint = "--force replaces it");
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;
  // Leaves nothing behind unless commit() succeeded.
  ~ResultFile();

  void write(std::string_view bytes) { output_->write(bytes); }

  // Everything is on disk and in place on return.
  //   throws    already_exists if someone made the file meanwhile; io
  void commit();

 private:
  void open_beside();
  void put_in_place();
  [[noreturn]] void refuse() const;

  std::filesystem::path file_;
  std::filesystem::path beside_;  // empty: written directly
  bool overwrite_;
  std::string hint_;
  int fd_ = -1;
  std::unique_ptr<Output> output_;
};

}  // namespace audit::cli
