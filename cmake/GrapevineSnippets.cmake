# What the documentation shows is built and run.

# grapevine_readme_test(): README.md's C++ program becomes a target; a script runs it and every command of its sh blocks
# in a scratch folder.
function(grapevine_readme_test)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/README.md")
  file(READ "${PROJECT_SOURCE_DIR}/README.md" readme)
  grapevine_first_block(program "${readme}")
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/readme_program.cpp" CONTENT "${program}\n" @ONLY)
  add_executable(readme_program "${CMAKE_CURRENT_BINARY_DIR}/readme_program.cpp")
  target_link_libraries(readme_program PRIVATE grapevine)
  add_test(NAME readme COMMAND "${PROJECT_SOURCE_DIR}/tests/readme_test.sh" "${PROJECT_SOURCE_DIR}/README.md"
                               $<TARGET_FILE:readme_program> $<TARGET_FILE:grapevine_cli>)
endfunction()

# grapevine_page_tests(PAGE...): the C++ blocks of each page become one program, which checks what the page says of them;
# cmake/snippets.awk has the rules.
function(grapevine_page_tests)
  foreach(page IN LISTS ARGN)
    cmake_path(GET page STEM name)
    string(REPLACE "-" "_" name "page_${name}")
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
    add_custom_command(OUTPUT "${source}" WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                       COMMAND awk -f cmake/snippets.awk "${page}" > "${source}"
                       DEPENDS "${PROJECT_SOURCE_DIR}/${page}" "${PROJECT_SOURCE_DIR}/cmake/snippets.awk" VERBATIM)
    add_executable(${name} "${source}")
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
    target_link_libraries(${name} PRIVATE grapevine)
    add_test(NAME ${name} COMMAND ${name})
  endforeach()
endfunction()

# grapevine_recipe_test(PAGE): a how-to whose sections are headed by the names of files, each followed by a C++ block
# that is the whole file. They are compiled together, with tests/support/, and the page's tests run.
function(grapevine_recipe_test page)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${page}")
  file(READ "${PROJECT_SOURCE_DIR}/${page}" rest)
  cmake_path(GET page STEM name)
  string(REPLACE "-" "_" name "recipe_${name}")
  set(sources "")
  while(rest MATCHES "\n## [0-9]+\\. `([a-z_/]+\\.(h|cpp))`\n")
    set(file "${CMAKE_CURRENT_BINARY_DIR}/${name}/${CMAKE_MATCH_1}")
    string(FIND "${rest}" "${CMAKE_MATCH_0}" begin)
    math(EXPR begin "${begin} + 1")
    string(SUBSTRING "${rest}" ${begin} -1 rest)
    grapevine_first_block(content "${rest}")
    file(CONFIGURE OUTPUT "${file}" CONTENT "${content}\n" @ONLY)
    list(APPEND sources "${file}")
  endwhile()
  add_executable(${name} ${sources})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${GRAPEVINE_UNITY})
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/${name}")
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  target_link_libraries(${name} PRIVATE grapevine_test_support GTest::gmock_main)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES FAIL_REGULAR_EXPRESSION "0 tests from 0 test suites")
endfunction()

# The text of the first C++ block.
function(grapevine_first_block result text)
  string(FIND "${text}" "```cpp\n" begin)
  string(SUBSTRING "${text}" ${begin} -1 text)
  string(SUBSTRING "${text}" 7 -1 text)
  string(FIND "${text}" "\n```" end)
  string(SUBSTRING "${text}" 0 ${end} text)
  set(${result} "${text}" PARENT_SCOPE)
endfunction()
