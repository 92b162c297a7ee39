#include "base/shared_library.hpp"

#include <audit/error.hpp>

#include <dlfcn.h>

namespace audit::base {

SharedLibrary::SharedLibrary(const char* file, const char* purpose, const char* package)
    : purpose_(purpose), package_(package), handle_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) refuse();
}

void* SharedLibrary::address(const char* name) const {
  void* const found = ::dlsym(handle_, name);
  if (found == nullptr) refuse();
  return found;
}

void SharedLibrary::refuse() const {
  const char* const why = ::dlerror();
  throw Error(ErrorCode::configuration,
              "cannot load " + purpose_ + ": " + (why != nullptr ? why : "no reason is given"),
              "apt-get install " + package_);
}

}  // namespace audit::base
