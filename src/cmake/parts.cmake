# Makes one static library per line of src/parts.txt, linked by the edges that the table allows.
function(t2m_add_parts)
  file(STRINGS ${CMAKE_SOURCE_DIR}/src/parts.txt lines REGEX "^[a-z]")
  foreach(line IN LISTS lines)
    string(REPLACE "|" ";" columns "${line}")
    list(GET columns 0 part)
    list(GET columns 1 uses)
    list(GET columns 2 libraries)
    string(STRIP "${part}" part)
    separate_arguments(uses)
    separate_arguments(libraries)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${part}/*.cpp
         ${CMAKE_SOURCE_DIR}/src/${part}/*/*.cpp)
    add_library(${part} STATIC ${sources})
    target_include_directories(${part} PUBLIC ${CMAKE_SOURCE_DIR}/include
                                       PRIVATE ${CMAKE_SOURCE_DIR}/src)
    foreach(used IN LISTS uses)
      target_link_libraries(${part} PUBLIC ${used})
    endforeach()
    target_link_libraries(${part} PUBLIC t2m_flags Boost::headers Threads::Threads
                                  PRIVATE ${libraries})
  endforeach()
endfunction()
