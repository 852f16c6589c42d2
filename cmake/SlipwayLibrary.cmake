# One static library per folder of src/, its unit tests beside the code in one test program.

add_library(slipway_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(slipway_pch PUBLIC Boost::headers Boost::json fmt::fmt Threads::Threads)
target_precompile_headers(slipway_pch PRIVATE
  <algorithm> <chrono> <cstdint> <expected> <functional> <map> <memory> <mutex> <optional> <span> <string> <string_view>
  <unordered_map> <utility> <variant> <vector> <boost/json.hpp> <boost/describe.hpp> <boost/mp11.hpp> <fmt/format.h>)

if(SLIPWAY_TESTS)
  # Tests need no optimiser, and compile in half the time without it.
  add_library(slipway_test_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  target_link_libraries(slipway_test_pch PUBLIC slipway_pch GTest::gmock)
  target_compile_options(slipway_test_pch PRIVATE -O0 -U_FORTIFY_SOURCE)
  target_precompile_headers(slipway_test_pch PRIVATE
    <algorithm> <chrono> <cstdint> <expected> <functional> <map> <memory> <mutex> <optional> <span> <string> <string_view>
    <unordered_map> <utility> <variant> <vector> <boost/json.hpp> <boost/describe.hpp> <boost/mp11.hpp> <fmt/format.h> <gmock/gmock.h> <gtest/gtest.h>)
endif()

# slipway_test(NAME SOURCES… LIBRARIES… [LABEL unit|contract]): a test program found by ctest.
function(slipway_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  target_compile_definitions(${name} PRIVATE SLIPWAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_precompile_headers(${name} REUSE_FROM slipway_test_pch)
  # Under a sanitizer the largest documents take their time.
  set(longest 120)
  if(SLIPWAY_SANITIZE)
    set(longest 600)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${longest} DISCOVERY_TIMEOUT 60)
endfunction()

# slipway_library(NAME [PUBLIC …] [PRIVATE …] [TEST_LIBRARIES …])
function(slipway_library name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE;TEST_LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  file(GLOB headers CONFIGURE_DEPENDS *.hpp)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cpp)
  list(REMOVE_ITEM sources ${tests} "")
  if(NOT sources)
    set(sources ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
  endif()
  add_library(${name} STATIC ${sources})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR}/src FILES ${headers})
  target_link_libraries(${name} PUBLIC slipway_pch ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  target_precompile_headers(${name} REUSE_FROM slipway_pch)
  if(SLIPWAY_TESTS AND tests)
    slipway_test(${name}_test SOURCES ${tests} LIBRARIES ${name} ${arg_TEST_LIBRARIES})
  endif()
endfunction()
