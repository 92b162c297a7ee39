// siem/table_reader.hpp - reads one of our own mapping tables. What is wrong in one is our mistake.
#pragma once

#include <audit/error.hpp>
#include <audit/field.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "siem/mapping_files.hpp"

namespace audit::siem {

class TableReader {
 public:
  //   throws    internal if there is no such table, or it is no JSON
  explicit TableReader(std::string_view name) : name_(name) {
    for (const MappingFile& file : mapping_files()) {
      if (file.name != name) continue;
      if (json_.parse(file.text) != base::JsonStatus::ok) refuse("is not JSON");
      return;
    }
    refuse("is not there");
  }

  [[noreturn]] void refuse(std::string_view why) const {
    throw Error(ErrorCode::internal, "the mapping table " + name_ + " " + std::string(why));
  }

  [[nodiscard]] std::optional<base::JsonValue> find(std::string_view key) const {
    return json_.root().member(key);
  }

  [[nodiscard]] base::JsonValue member(std::string_view key) const {
    return member(json_.root(), key);
  }

  [[nodiscard]] base::JsonValue member(const base::JsonValue& object, std::string_view key) const {
    const auto value = object.member(key);
    if (!value) refuse("lacks a member '" + std::string(key) + "'");
    return *value;
  }

  [[nodiscard]] Field field(std::string_view name) const {
    const auto found = find_field(name);
    if (!found) refuse("names no field: " + std::string(name));
    return *found;
  }

 private:
  std::string name_;
  base::JsonReader json_;
};

}  // namespace audit::siem
