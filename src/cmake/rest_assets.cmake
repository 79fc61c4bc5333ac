# What the REST interface serves from inside the program: openapi.json (src/rest/openapi) and the page
# to try it (src/rest/viewer, with Swagger UI from npm).
set(T2M_API_VIEWER AUTO CACHE STRING
    "The page /api/v1/docs: ON, OFF, or AUTO (ON when npm is there and its registry answers)")
set_property(CACHE T2M_API_VIEWER PROPERTY STRINGS AUTO ON OFF)

set(t2m_assets ${CMAKE_BINARY_DIR}/assets)
file(MAKE_DIRECTORY ${t2m_assets})

# Adds a file to the part `rest`, as rest::assets::<name>().
function(t2m_embed name file)
  add_custom_command(OUTPUT ${t2m_assets}/${name}.cpp
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DNAME=${name} -DOUT=${t2m_assets}/${name}.cpp
            -P ${CMAKE_SOURCE_DIR}/src/cmake/embed.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/src/cmake/embed.cmake
    COMMENT "Embedding ${name}" VERBATIM)
  target_sources(rest PRIVATE ${t2m_assets}/${name}.cpp)
endfunction()

# The same, compressed. -n: neither name nor time go in, so the same file gives the same bytes.
function(t2m_embed_compressed name file)
  add_custom_command(OUTPUT ${t2m_assets}/${name}.gz
    COMMAND gzip -9 -n -c ${file} > ${t2m_assets}/${name}.gz
    DEPENDS ${file} COMMENT "Compressing ${name}" VERBATIM)
  t2m_embed(${name} ${t2m_assets}/${name}.gz)
endfunction()

# Installs what src/rest/viewer/package-lock.json names, once for each version of that file. Scripts of
# packages are not run. Sets ${out} to the folder, or to nothing.
function(t2m_install_viewer out)
  set(${out} "" PARENT_SCOPE)
  find_program(T2M_NPM npm)
  if(NOT T2M_NPM)
    set(problem "npm is not there")
  else()
    set(from ${CMAKE_SOURCE_DIR}/src/rest/viewer)
    set(folder ${t2m_assets}/npm)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${from}/package-lock.json)
    file(SHA256 ${from}/package-lock.json wanted)
    set(found "")
    if(EXISTS ${folder}/installed)
      file(READ ${folder}/installed found)
    endif()
    if(NOT found STREQUAL wanted)
      file(COPY ${from}/package.json ${from}/package-lock.json DESTINATION ${folder})
      execute_process(COMMAND ${T2M_NPM} ci --ignore-scripts --no-audit --no-fund
                      WORKING_DIRECTORY ${folder} RESULT_VARIABLE status OUTPUT_QUIET
                      ERROR_VARIABLE problem TIMEOUT 120)
      if(status EQUAL 0)
        file(WRITE ${folder}/installed ${wanted})
        set(found ${wanted})
      endif()
    endif()
    if(found STREQUAL wanted)
      set(${out} ${folder}/node_modules/swagger-ui-dist PARENT_SCOPE)
      return()
    endif()
  endif()
  if(T2M_API_VIEWER STREQUAL "ON")
    message(FATAL_ERROR "T2M_API_VIEWER=ON, but Swagger UI cannot be installed: ${problem}")
  endif()
  message(STATUS "Without the page /api/v1/docs: ${problem}")
endfunction()

file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/rest/openapi/*.json)
add_custom_command(OUTPUT ${t2m_assets}/openapi.json
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_SOURCE_DIR}/src/rest/openapi -DOUT=${t2m_assets}/openapi.json
          -P ${CMAKE_SOURCE_DIR}/src/cmake/openapi.cmake
  DEPENDS ${parts} ${CMAKE_SOURCE_DIR}/src/cmake/openapi.cmake
  COMMENT "Joining openapi.json" VERBATIM)
t2m_embed(openapi_document ${t2m_assets}/openapi.json)

set(T2M_SWAGGER_UI "")  # the folder of the package, for the tests, too
# Sanitizer builds serve the unit tests, which can do without.
if(NOT T2M_API_VIEWER STREQUAL "OFF" AND NOT T2M_SANITIZE)
  t2m_install_viewer(T2M_SWAGGER_UI)
endif()
if(T2M_SWAGGER_UI)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/rest/routes/openapi_routes.cpp PROPERTIES
    COMPILE_DEFINITIONS T2M_API_VIEWER)
  set(viewer ${CMAKE_SOURCE_DIR}/src/rest/viewer)
  t2m_embed(viewer_page ${viewer}/index.html)
  t2m_embed_compressed(viewer_start ${viewer}/start.js)
  t2m_embed_compressed(viewer_script ${T2M_SWAGGER_UI}/swagger-ui-bundle.js)
  t2m_embed_compressed(viewer_style ${T2M_SWAGGER_UI}/swagger-ui.css)
  # Apache License 2.0 asks for it, and so do the packages inside the bundle.
  add_custom_command(OUTPUT ${t2m_assets}/licences.txt
    COMMAND ${CMAKE_COMMAND} -E cat ${T2M_SWAGGER_UI}/NOTICE ${T2M_SWAGGER_UI}/LICENSE
            ${T2M_SWAGGER_UI}/swagger-ui-bundle.js.LICENSE.txt > ${t2m_assets}/licences.txt
    DEPENDS ${T2M_SWAGGER_UI}/LICENSE VERBATIM)
  t2m_embed_compressed(viewer_licences ${t2m_assets}/licences.txt)
endif()
