#include <array>

#include "rest/events.hpp"
#include "rest/problem.hpp"
#include "rest/router.hpp"

// What happens, as it happens.
namespace toyota2mqtt::rest {

namespace {

base::Task<Response> event_stream(Context& context) {
  Response response{.headers = {{.name = "Content-Type", .value = "text/event-stream"},
                                // A proxy that gathers would hold events back.
                                {.name = "X-Accel-Buffering", .value = "no"},
                                {.name = "Cache-Control", .value = "no-store"}}};
  if (context.request.method == "HEAD") co_return response;
  auto stream = context.inside.events.open(context.who, context.request.header("Last-Event-ID"));
  if (!stream) co_return problem_response(stream.error());
  response.stream = std::move(*stream);
  co_return response;
}

constexpr auto kEventRoutes =
    std::to_array<Route>({{.method = "GET", .path = "/events", .handler = event_stream}});

}  // namespace

std::span<const Route> event_routes() { return kEventRoutes; }

}  // namespace toyota2mqtt::rest
