# Language level, build types, sanitizers, ccache and the warning set.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
# Only kernels gain from -O3 (GrapevineKernels.cmake); everywhere else it costs a third of the build.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")

# A library's functions may be inlined into each other, as no program replaces single ones.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fno-semantic-interposition)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for before it caches with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${CCACHE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

if(GRAPEVINE_SANITIZE)
  add_compile_options("-fsanitize=${GRAPEVINE_SANITIZE}" -fno-sanitize-recover=undefined)
  add_link_options("-fsanitize=${GRAPEVINE_SANITIZE}")
endif()

add_library(grapevine_warnings INTERFACE)
target_compile_options(grapevine_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
  -Wcast-qual -Wimplicit-fallthrough $<$<BOOL:${GRAPEVINE_WERROR}>:-Werror>)
# Designated initialisers that leave members at their defaults are how our options are passed.
target_compile_options(grapevine_warnings INTERFACE -Wno-missing-field-initializers)
if(GRAPEVINE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC's own manual warns of false positives of this one under sanitizers.
  target_compile_options(grapevine_warnings INTERFACE -Wno-maybe-uninitialized)
  if(GRAPEVINE_SANITIZE MATCHES "thread")
    # libtorch's headers have a fence, which the thread sanitizer does not model.
    target_compile_options(grapevine_warnings INTERFACE -Wno-tsan)
  endif()
endif()
