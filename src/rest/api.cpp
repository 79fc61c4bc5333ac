#include "toyota2mqtt/rest/api.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "rest/auth/auth.hpp"
#include "rest/context.hpp"
#include "rest/events.hpp"
#include "rest/http/http_metrics.hpp"
#include "rest/http/pipeline.hpp"
#include "rest/http/problem.hpp"
#include "rest/routes/car_views.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::rest {

namespace {

constexpr auto kTidy = std::chrono::minutes(1);

}  // namespace

struct Api::Impl {
  Impl(Services with, Options how)
      : services(std::move(with)),
        options(std::move(how)),
        auth(services, options),
        events(services, http_metrics),
        car_caches(services),
        deps{.services = services,
             .options = options,
             .auth = auth,
             .events = events,
             .audit = audit,
             .http_metrics = http_metrics,
             .car_caches = car_caches},
        pipeline(deps, services.random) {
    auth.when_ended([this](const std::string& session) { events.end_session(session); });
  }

  base::Task<Response> answer(Exchange& exchange);

  Services services;
  Options options;
  Auth auth;
  AuditLog audit;
  HttpMetrics http_metrics;
  EventHub events;
  CarCaches car_caches;
  RouteDeps deps;
  Pipeline pipeline;
};

base::Task<Response> Api::Impl::answer(Exchange& exchange) {
  auto& context = exchange.context;
  std::string what;
  try {
    if (auto refused = pipeline.refusal(exchange)) co_return std::move(*refused);
    co_return co_await exchange.found.route->handler(context);
  } catch (const std::exception& error) {
    what = error.what();
  }
  services.log.error("rest", "request " + context.request_id + " met a mistake: " + what);
  co_return problem_response(internal_error(context.request_id));
}

Api::Api(Services services, Options options)
    : impl_(std::make_unique<Impl>(std::move(services), std::move(options))) {}
Api::~Api() = default;

base::Task<base::Result<void>> Api::load() { co_return co_await impl_->auth.load(); }

base::Task<void> Api::keep() {
  while (co_await base::sleep_for(impl_->services.clock, kTidy)) {
    impl_->pipeline.tidy();
    co_await impl_->auth.tidy();
  }
}

base::Task<void> Api::use_users(std::vector<User> users) {
  impl_->options.users = std::move(users);
  co_await impl_->auth.users_changed();
}

bool Api::owns(std::string_view path) {
  return path.starts_with(kApiPath) &&
         (path.size() == kApiPath.size() || path[kApiPath.size()] == '/');
}

base::Task<Response> Api::handle(Request request) {
  auto exchange = impl_->pipeline.receive(std::move(request));
  auto response = co_await impl_->answer(exchange);
  impl_->pipeline.finish(exchange, response);
  co_return response;
}

void Api::stop() { impl_->events.stop(); }

}  // namespace toyota2mqtt::rest
