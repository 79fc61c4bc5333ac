#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "rest/http/problem.hpp"
#include "rest/http/router.hpp"
#include "rest/routes/assets.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::rest {

namespace {

/// Something that is the same for everybody until the program is built anew.
struct File {
  std::string_view name;  ///< below `/docs/`
  std::string_view type;
  std::string_view bytes;
  std::string_view etag;
};

// Swagger UI puts its pictures into its style sheet, as data.
[[maybe_unused]] constexpr std::string_view kPageRules =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Whether one item of a comma-separated header fits.
template <class Fits>
bool any_item(std::string_view list, Fits fits) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (fits(base::trimmed(list.substr(0, end)))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool has_it_already(const Request& request, std::string_view etag) {
  const auto held = request.header("If-None-Match");
  return held && any_item(*held, [&](std::string_view item) {
           if (item.starts_with("W/")) item.remove_prefix(2);
           return item == "*" || item == etag;
         });
}

/// RFC 9110, 12.5.3; a weight of zero refuses.
[[maybe_unused]] bool takes_gzip(const Request& request) {
  const auto accepted = request.header("Accept-Encoding");
  return accepted && any_item(*accepted, [](std::string_view item) {
           const auto mark = item.find(';');
           const auto name = base::trimmed(item.substr(0, mark));
           if (name != "gzip" && name != "x-gzip" && name != "*") return false;
           if (mark == std::string_view::npos) return true;
           const auto weight = base::trimmed(item.substr(mark + 1));
           return weight.find_first_of("123456789") != std::string_view::npos;
         });
}

Response answer(const Context& context, const File& file) {
  Response response{.headers = {{.name = "ETag", .value = std::string(file.etag)},
                                {.name = "Cache-Control", .value = "private, no-cache"}}};
  if (has_it_already(context.request, file.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({.name = "Content-Type", .value = std::string(file.type)});
  response.body = file.bytes;
  return response;
}

base::Task<Response> document(Context& context) {
  co_return answer(context, {.name = {},
                             .type = "application/json",
                             .bytes = assets::openapi_document(),
                             .etag = assets::openapi_document_etag()});
}

#ifdef T2M_API_VIEWER

std::optional<File> viewer_file(std::string_view name) {
  const std::array files = {File{.name = "swagger-ui-bundle.js",
                                 .type = "text/javascript; charset=utf-8",
                                 .bytes = assets::viewer_script(),
                                 .etag = assets::viewer_script_etag()},
                            File{.name = "swagger-ui.css",
                                 .type = "text/css; charset=utf-8",
                                 .bytes = assets::viewer_style(),
                                 .etag = assets::viewer_style_etag()},
                            File{.name = "start.js",
                                 .type = "text/javascript; charset=utf-8",
                                 .bytes = assets::viewer_start(),
                                 .etag = assets::viewer_start_etag()},
                            File{.name = "licences.txt",
                                 .type = "text/plain; charset=utf-8",
                                 .bytes = assets::viewer_licences(),
                                 .etag = assets::viewer_licences_etag()}};
  const auto* found = std::ranges::find(files, name, &File::name);
  if (found == files.end()) return std::nullopt;
  return *found;
}

base::Task<Response> page(Context& context) {
  auto response = answer(context, {.name = {},
                                   .type = "text/html; charset=utf-8",
                                   .bytes = assets::viewer_page(),
                                   .etag = assets::viewer_page_etag()});
  response.headers.push_back({.name = "Content-Security-Policy", .value = std::string(kPageRules)});
  co_return response;
}

base::Task<Response> page_file(Context& context) {
  const auto file = viewer_file(context.parameters.at(0));
  if (!file) co_return problem_response(not_found("The page has no such file."));
  // Half a megabyte instead of two; every browser takes it.
  if (!takes_gzip(context.request)) {
    co_return problem_response({.status = 406,
                                .type = "not-acceptable",
                                .title = "It cannot be sent like that",
                                .detail = "This file is sent compressed with gzip only."});
  }
  auto response = answer(context, *file);
  response.headers.push_back({.name = "Vary", .value = "Accept-Encoding"});
  if (response.status == 200) {
    response.headers.push_back({.name = "Content-Encoding", .value = "gzip"});
  }
  co_return response;
}

#else

base::Task<Response> page(Context& /*context*/) {
  auto problem = not_found("This program was built without the page to try the interface.");
  problem.remedy =
      "Build it where npm is installed, with cmake -DT2M_API_VIEWER=ON; or open openapi.json in a "
      "viewer of your own.";
  co_return problem_response(problem);
}

base::Task<Response> page_file(Context& context) { return page(context); }

#endif

constexpr std::array kOpenApiRoutes = {
    Route{.method = "GET", .path = "/openapi.json", .access = Access::open, .handler = document},
    Route{.method = "GET", .path = "/docs", .access = Access::open, .handler = page},
    Route{.method = "GET", .path = "/docs/{file}", .access = Access::open, .handler = page_file},
};

}  // namespace

std::span<const Route> openapi_routes() { return kOpenApiRoutes; }

}  // namespace toyota2mqtt::rest
