# Finds METIS, which brings no CMake package, and defines Grapevine::metis.
find_path(METIS_INCLUDE_DIR metis.h)
find_library(METIS_LIBRARY metis)
mark_as_advanced(METIS_INCLUDE_DIR METIS_LIBRARY)
if(NOT METIS_INCLUDE_DIR OR NOT METIS_LIBRARY)
  message(FATAL_ERROR "Grapevine: METIS was not found; install it (Debian: libmetis-dev), or set METIS_INCLUDE_DIR "
                      "to the folder of metis.h and METIS_LIBRARY to the library")
endif()
add_library(Grapevine::metis UNKNOWN IMPORTED GLOBAL)
set_target_properties(Grapevine::metis PROPERTIES IMPORTED_LOCATION "${METIS_LIBRARY}"
                                                  INTERFACE_INCLUDE_DIRECTORIES "${METIS_INCLUDE_DIR}")
