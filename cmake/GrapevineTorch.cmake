# Finds libtorch (2.6 or newer) and defines Grapevine::torch, which carries it and the one OpenMP runtime. Used by the
# build and, installed, by find_package(Grapevine). A libtorch named by Torch_ROOT, Torch_DIR or CMAKE_PREFIX_PATH
# wins; otherwise the first folder of GRAPEVINE_TORCH_HINTS that holds one is used.
if(TARGET Grapevine::torch)
  return()
endif()
# A CUDA libtorch enables CUDA in the standard of our C++, which CMake before 3.26 does not know for nvcc. Nothing of
# ours is compiled by nvcc.
if(NOT DEFINED CMAKE_CUDA_STANDARD)
  set(CMAKE_CUDA_STANDARD 17)
endif()
if(Torch_ROOT OR Torch_DIR OR DEFINED ENV{Torch_ROOT} OR DEFINED ENV{Torch_DIR})
  find_package(Torch REQUIRED)
else()
  # A CMAKE_PREFIX_PATH that names other packages only is no choice of libtorch.
  if(CMAKE_PREFIX_PATH OR DEFINED ENV{CMAKE_PREFIX_PATH})
    find_package(Torch QUIET NO_CMAKE_SYSTEM_PATH NO_CMAKE_PACKAGE_REGISTRY)
  endif()
  if(NOT Torch_FOUND)
    foreach(torch_root IN LISTS GRAPEVINE_TORCH_HINTS)
      find_package(Torch QUIET PATHS "${torch_root}" NO_DEFAULT_PATH)
    endforeach()
  endif()
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "Grapevine: no libtorch found; set Torch_ROOT to a libtorch of 2.6 or newer "
                        "(in a checkout, scripts/setup.sh installs one)")
  endif()
endif()
if(Torch_VERSION VERSION_LESS 2.6)
  message(FATAL_ERROR "libtorch ${Torch_VERSION} at ${TORCH_INSTALL_PREFIX} is too old: 2.6 or newer is needed")
endif()
# Two libtorches on one machine can be mixed by CMake's search; the program then crashes at start.
cmake_path(IS_PREFIX TORCH_INSTALL_PREFIX "${C10_LIBRARY}" NORMALIZE c10_is_torchs)
if(C10_LIBRARY AND NOT c10_is_torchs)
  message(FATAL_ERROR "libc10 (${C10_LIBRARY}) does not belong to the libtorch at ${TORCH_INSTALL_PREFIX}; "
                      "pass the torch folder itself as Torch_ROOT")
endif()
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "libtorch at ${TORCH_INSTALL_PREFIX} uses the old C++ ABI; use a build with the C++11 ABI")
endif()
message(STATUS "libtorch ${Torch_VERSION} at ${TORCH_INSTALL_PREFIX}")

add_library(Grapevine::torch INTERFACE IMPORTED GLOBAL)
target_link_libraries(Grapevine::torch INTERFACE ${TORCH_LIBRARIES})
target_include_directories(Grapevine::torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
# at::parallel_for is an OpenMP region in a header. libtorch's own libgomp comes first on the link and run
# path, so that the process has one OpenMP runtime and one team.
target_compile_options(Grapevine::torch INTERFACE -fopenmp)
file(GLOB torch_gomp "${TORCH_INSTALL_PREFIX}/lib/libgomp*.so*")
if(torch_gomp)
  list(GET torch_gomp 0 torch_gomp)
  target_link_libraries(Grapevine::torch INTERFACE "${torch_gomp}")
else()
  target_link_libraries(Grapevine::torch INTERFACE -fopenmp)
endif()
