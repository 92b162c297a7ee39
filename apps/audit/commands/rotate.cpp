#include "commands/rotate.hpp"

#include <audit/text.hpp>

#include <fmt/format.h>

namespace audit::cli {

void add_rotated(JsonObject& object, const Rotated& rotated) {
  JsonObject member;
  member.add("seq", rotated.seq).add("verify_key", rotated.verify_key);
  member.add("previous", rotated.previous).add("key_file", rotated.key_file.string());
  if (!rotated.verify_key_file.empty()) {
    member.add("verify_key_file", rotated.verify_key_file.string());
  }
  object.add_raw("rotated", member.str());
}

void print_rotated(Context& context, const Rotated& rotated) {
  const Style style = context.out_style();
  const auto line = [&](std::string_view name, std::string_view value, std::string_view remark) {
    context.out.print("  {} {}{}\n", style.paint(Tone::dim, fmt::format("{:<12}", name)),
                      escape_controls(value), style.paint(Tone::dim, remark));
  };
  context.out.print(
      "{}\n", style.paint(Tone::strong,
                          fmt::format("entry {} hands over to a new signing key", rotated.seq)));
  line("signing key", rotated.key_file.string(),
       "  (new; the old one is unlinked, copies of it are out of reach)");
  if (!rotated.verify_key_file.empty()) {
    line("public key", rotated.verify_key_file.string(), "  (a line added; the first one stays)");
  }
  line("", rotated.verify_key, "");
  context.out.print(
      "next: keep a checkpoint elsewhere (audit verify --save). For whoever has the first public\n"
      "  key, all up to entry {} is sealed: the new key cannot change it\n",
      rotated.seq);
}

}  // namespace audit::cli
