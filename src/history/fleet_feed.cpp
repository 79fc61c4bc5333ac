#include "toyota2mqtt/history/fleet_feed.hpp"

#include <utility>

namespace toyota2mqtt::history {

namespace {

std::string outcome_of(const toyota::WakeAnswer& answer) {
  using Kind = toyota::WakeAnswer::Kind;
  switch (answer.kind) {
    case Kind::accepted: return "accepted";
    case Kind::rejected: return "rejected";
    case Kind::failed: return "failed";
  }
  return "failed";
}

}  // namespace

void FleetFeed::car_changed(const fleet::CarView& car) {
  recorder_.saw(*car.car);
  if (backfill_ == nullptr || !car.car->state.listed_trips) return;
  const auto& identity = car.car->identity;
  backfill_->add(identity.id, identity.vin.masked());
}

void FleetFeed::commanded(const fleet::CarView& car, const vehicle::CommandResult& result) {
  recorder_.record_event(car.car->identity.id, {.kind = EventRecord::Kind::command,
                                                .name = result.command,
                                                .outcome = std::string(to_string(result.outcome)),
                                                .detail = result.reason});
}

void FleetFeed::woken(const fleet::CarView& car, fleet::WakeReason reason, fleet::WakeRoute route,
                      const toyota::WakeAnswer& answer) {
  auto detail = "route " + std::string(to_string(route));
  if (answer.error) detail += ": " + answer.error->message;
  recorder_.record_event(car.car->identity.id, {.kind = EventRecord::Kind::wake,
                                                .name = std::string(to_string(reason)),
                                                .outcome = outcome_of(answer),
                                                .detail = std::move(detail)});
}

void FleetFeed::read_failed(const fleet::CarView& car, vehicle::Source source,
                            const base::Error& error) {
  recorder_.record_event(car.car->identity.id, {.kind = EventRecord::Kind::error,
                                                .name = std::string(to_string(source)),
                                                .outcome = std::string(to_string(error.code)),
                                                .detail = error.message});
}

base::Task<base::Result<TripPage>> PastTrips::past_trips(base::CarId car,
                                                         std::chrono::year_month_day from,
                                                         std::chrono::year_month_day to,
                                                         std::size_t offset, bool with_route) {
  const toyota::TripQuery query{.from = from, .to = to, .offset = offset, .with_track = with_route};
  for (const auto& account : accounts_.owners()) {
    if (account->find_car(car) == nullptr) continue;
    auto answer = co_await account->past_trips(car, query);
    if (!answer) co_return base::fail(answer.error());
    TripPage page{.trips = {}, .next = answer->next};
    page.trips.reserve(answer->trips.size());
    for (auto& listed : answer->trips) page.trips.push_back(record_of(std::move(listed)));
    co_return page;
  }
  co_return base::fail(base::ErrorCode::not_supported, "No account has this car");
}

}  // namespace toyota2mqtt::history
