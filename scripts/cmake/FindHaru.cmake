# libharu ships neither a .pc file nor a CMake configuration. Defines Haru_INCLUDE_DIR and
# Haru_LIBRARY, the shared library.
find_path(Haru_INCLUDE_DIR hpdf.h)
find_library(Haru_LIBRARY NAMES libhpdf.so)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Haru REQUIRED_VARS Haru_LIBRARY Haru_INCLUDE_DIR)
mark_as_advanced(Haru_INCLUDE_DIR Haru_LIBRARY)
