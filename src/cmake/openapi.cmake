# Joins the files of src/rest/openapi to one document, without the white space between:
#   cmake -DFOLDER=src/rest/openapi -DOUT=openapi.json -P openapi.cmake
# Each file is one JSON object; joining them takes no more than leaving out braces. (CMake's own JSON
# functions would sort the members, and the page would show the routes in that order.)
cmake_minimum_required(VERSION 3.25)

# The members of the objects in these files, one after the other.
function(members out)
  set(all "")
  foreach(name IN LISTS ARGN)
    file(READ "${FOLDER}/${name}.json" text)
    string(JSON kind ERROR_VARIABLE error TYPE "${text}")
    if(NOT kind STREQUAL "OBJECT")
      message(FATAL_ERROR "${FOLDER}/${name}.json is no JSON object: ${error}")
    endif()
    # No text in JSON holds a line break, so what follows one is never part of a text.
    string(REGEX REPLACE "\n *" "" text "${text}")
    string(REGEX REPLACE "^{" "" text "${text}")
    string(REGEX REPLACE "}$" "" text "${text}")
    if(all STREQUAL "")
      set(all "${text}")
    else()
      string(APPEND all ",${text}")
    endif()
  endforeach()
  set(${out} "${all}" PARENT_SCOPE)
endfunction()

members(document document)
members(paths paths_auth paths_vehicles paths_history paths_commands paths_events paths_system
        paths_admin)
members(schemas schemas_common schemas_auth schemas_vehicles schemas_history schemas_commands
        schemas_events schemas_system schemas_admin)
members(parameters parameters)
members(headers headers)
members(responses responses)
members(security security_schemes)

string(CONCAT text "{${document},\"paths\":{${paths}},\"components\":{\"schemas\":{${schemas}},"
       "\"parameters\":{${parameters}},\"headers\":{${headers}},\"responses\":{${responses}},"
       "\"securitySchemes\":{${security}}}}")
string(JSON kind ERROR_VARIABLE error TYPE "${text}")
if(NOT kind STREQUAL "OBJECT")
  message(FATAL_ERROR "the parts of openapi.json do not fit together: ${error}")
endif()
file(WRITE "${OUT}" "${text}")
