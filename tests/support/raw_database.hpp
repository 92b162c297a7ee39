// raw_database.hpp - a connection of another program: any SQL, without the program's triggers.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace audit::test {

class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& file) {
    if (sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
      throw std::runtime_error("cannot open " + file.string());
    }
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    sqlite3_busy_timeout(handle_, 10'000);
    run("PRAGMA synchronous=OFF");  // a test loses nothing in a power cut
  }

  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  ~RawDatabase() { sqlite3_close(handle_); }

  void run(const std::string& sql) {
    char* error = nullptr;
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &error) == SQLITE_OK) return;
    const std::string message = sql + ": " + (error != nullptr ? error : "?");
    sqlite3_free(error);
    throw std::runtime_error(message);
  }

  // Runs a statement with blobs bound to ?1, ?2, ...
  void run(const std::string& sql, const std::vector<std::string>& blobs) {
    sqlite3_stmt* statement = prepare(sql);
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      sqlite3_bind_blob64(statement, static_cast<int>(i) + 1, blobs[i].data(), blobs[i].size(),
                          SQLITE_TRANSIENT);
    }
    const int result = sqlite3_step(statement);
    sqlite3_finalize(statement);
    if (result != SQLITE_DONE && result != SQLITE_ROW) {
      throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
    }
  }

  // The first column of the first row, as bytes.
  std::string value(const std::string& sql) {
    sqlite3_stmt* statement = prepare(sql);
    std::string bytes;
    if (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* blob = static_cast<const char*>(sqlite3_column_blob(statement, 0));
      if (blob != nullptr)
        bytes.assign(blob, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    }
    sqlite3_finalize(statement);
    return bytes;
  }

  std::int64_t number(const std::string& sql) {
    const std::string text = value("SELECT CAST((" + sql + ") AS TEXT)");
    return text.empty() ? 0 : std::stoll(text);
  }

 private:
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
    }
    return statement;
  }

  sqlite3* handle_ = nullptr;
};

}  // namespace audit::test
