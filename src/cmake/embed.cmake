# Writes a C++ file that holds a file byte by byte, as a string_view:
#   cmake -DIN=openapi.json -DNAME=openapi_document -DOUT=openapi_document.cpp -P embed.cmake
# It defines rest::assets::NAME() and NAME_etag() of src/rest/routes/assets.hpp. The same bytes give the same
# text, so a compiler cache finds what it compiled.
cmake_minimum_required(VERSION 3.25)
file(READ "${IN}" bytes HEX)
file(SHA256 "${IN}" hash)
string(SUBSTRING "${hash}" 0 16 etag)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUT}" "// Written by src/cmake/embed.cmake.
#include \"rest/routes/assets.hpp\"
namespace toyota2mqtt::rest::assets {
std::string_view ${NAME}() {
  static constexpr unsigned char kBytes[] = {
${bytes}};
  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};
}
std::string_view ${NAME}_etag() { return \"\\\"${etag}\\\"\"; }
}  // namespace toyota2mqtt::rest::assets
")
