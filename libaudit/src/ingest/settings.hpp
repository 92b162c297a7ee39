// ingest/settings.hpp - the fields that --set puts on every event.
#pragma once

#include <audit/event.hpp>

#include <string>
#include <utility>
#include <vector>

namespace audit::ingest {

class Settings {
 public:
  Settings() = default;

  // Understands each field=value by the type of its field.
  //   throws    invalid_argument: no such field, one only the program writes, or a value that does
  //             not fit
  explicit Settings(const std::vector<std::pair<std::string, std::string>>& set);

  void apply(Envelope& envelope) const;

 private:
  struct Setting {
    Field field;
    bool is_text;
    std::string text;
    std::int64_t number;
  };

  std::vector<Setting> settings_;
};

}  // namespace audit::ingest
