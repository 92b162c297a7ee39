// base/shared_library.hpp - a library that is loaded when it is first needed.
//
// For large ones that few commands need: what the program is linked with is mapped and relocated each
// time it starts, and a search takes a few milliseconds in all (decision 7).
//
// Errors    throws configuration, with the package to install
// Threads   one for each object
#pragma once

#include <string>

namespace audit::base {

class SharedLibrary {
 public:
  // Finds `file`, a name such as libx.so.3, where the system's loader does; it stays loaded for the
  // life of the process.
  //   purpose   for the message, for instance "libx, which draws"
  //   package   of Debian
  SharedLibrary(const char* file, const char* purpose, const char* package);

  // Finds a function in it.
  template <class Function>
  void find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(address(name));
  }

 private:
  [[nodiscard]] void* address(const char* name) const;
  [[noreturn]] void refuse() const;

  std::string purpose_;
  std::string package_;
  void* handle_;
};

}  // namespace audit::base
