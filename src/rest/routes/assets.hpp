#pragma once

#include <string_view>

/// Files inside the program, put there by src/cmake/rest_assets.cmake. Each has a strong ETag.
namespace toyota2mqtt::rest::assets {

std::string_view openapi_document();  ///< JSON
std::string_view openapi_document_etag();

// The page to try the interface; there only if the program was built with T2M_API_VIEWER.
std::string_view viewer_page();  ///< HTML
std::string_view viewer_page_etag();
// Compressed with gzip.
std::string_view viewer_start();
std::string_view viewer_start_etag();
std::string_view viewer_script();
std::string_view viewer_script_etag();
std::string_view viewer_style();
std::string_view viewer_style_etag();
std::string_view viewer_licences();
std::string_view viewer_licences_etag();

}  // namespace toyota2mqtt::rest::assets
