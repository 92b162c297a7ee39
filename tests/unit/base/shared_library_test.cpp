#include "base/shared_library.hpp"

#include <audit/error.hpp>

#include <doctest/doctest.h>

using namespace audit;

TEST_CASE("a library that is not installed, or too old, crashes the first call") {
  const auto hint_of = [](const auto& job) {
    try {
      job();
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::configuration);
      CHECK(error.message().starts_with("cannot load libnone, which is not there: "));
      return error.hint();
    }
    return std::string("nothing was wrong");
  };
  const auto load = [](const char* file) {
    return base::SharedLibrary(file, "libnone, which is not there", "libnone1");
  };
  CHECK(hint_of([&] { (void)load("libnone.so.1"); }) == "apt-get install libnone1");
  CHECK(hint_of([&] {
          int (*function)(int) = nullptr;
          load("libm.so.6").find("a_function_that_libm_lacks", function);
        }) == "apt-get install libnone1");
}

TEST_CASE("a function that is found is another one") {
  double (*cosine)(double) = nullptr;
  base::SharedLibrary("libm.so.6", "libm", "libc6").find("cos", cosine);
  CHECK(cosine(0) == 1);
}
