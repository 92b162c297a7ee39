#include "schema/place.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace audit::schema {

std::string to_text(const Place& place) {
  std::vector<const Place*> steps;
  for (const Place* at = &place; at != nullptr; at = at->up) steps.push_back(at);
  std::reverse(steps.begin(), steps.end());
  std::string text;
  for (const Place* step : steps) {
    switch (step->step) {
      case Place::Step::root:
        text += "payload";
        break;
      case Place::Step::member:
        text += fmt::format(".{}", step->name);
        break;
      case Place::Step::other:
        text += ".*";
        break;
      case Place::Step::element:
        text += fmt::format("[{}]", step->index);
        break;
    }
  }
  return text;
}

}  // namespace audit::schema
