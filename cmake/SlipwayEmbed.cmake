# slipway_embed(TARGET SYMBOL BASE_DIR [FILE…]): compiles files into TARGET; see tools/embed.py.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(slipway_embed target symbol base)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
  if(ARGN)
    set(files ${ARGN})
  else()
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${base}/*)
  endif()
  add_custom_command(OUTPUT ${out}
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/embed.py ${symbol} ${out} ${base} ${ARGN}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed.py ${files} VERBATIM)
  # .incbin is invisible to the compiler's dependency list.
  set_source_files_properties(${out} PROPERTIES OBJECT_DEPENDS "${files}" SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE ${out})
endfunction()
