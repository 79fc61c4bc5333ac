#include <memory>
#include <optional>
#include <utility>

#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/fleet/car_session.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

// What history asks of a car (trips of the past), and what it gives back to be shown.
namespace toyota2mqtt::fleet {

/// Shared with the caller that waits: the session may have ended when the answer is looked at.
struct CarSession::PastTrips {
  toyota::TripQuery query;
  std::optional<base::Result<toyota::TripPage>> page = {};
  base::Event answered = {};
};

base::Task<void> CarSession::ask_past_trips(CarSession& self, std::shared_ptr<PastTrips> asked) {
  const auto lock = co_await self.asking_.lock();
  if (lock) {
    auto page = co_await self.cloud_.trips(self.car_, asked->query);
    using Kind = toyota::RouteResult::Kind;
    self.owner_.answered(self.car_.identity.id, vehicle::Source::trips,
                         {.kind = page ? Kind::ok : Kind::failed,
                          .error = page ? std::nullopt : std::optional(page.error())});
    asked->page = std::move(page);
  } else {
    asked->page = base::fail(lock.error());
  }
  asked->answered.notify();
}

base::Task<base::Result<toyota::TripPage>> CarSession::past_trips(toyota::TripQuery query) {
  if (!tasks_ || tasks_->cancelled()) {
    co_return base::fail(base::ErrorCode::not_supported, "The car is not read any more");
  }
  const auto asked = std::make_shared<PastTrips>();
  asked->query = query;
  tasks_->spawn("past trips", ask_past_trips(*this, asked));
  const auto answered = co_await asked->answered.wait();
  if (!answered) co_return base::fail(answered.error());
  // The session's end is no end of the one who waits.
  if (!*asked->page && asked->page->error().code == base::ErrorCode::cancelled) {
    co_return base::fail(base::ErrorCode::unreachable, "The car's session has ended meanwhile");
  }
  co_return std::move(*asked->page);
}

void CarSession::show_statistics(const vehicle::CarStatistics& statistics) {
  if (car_.statistics == statistics) return;
  car_.statistics = statistics;
  show_news();
}

void CarSession::show_backfill(std::string progress) {
  if (std::exchange(car_.diagnostics.backfill, std::move(progress)) == car_.diagnostics.backfill) {
    return;
  }
  show_news();
}

// Before the first reading is complete there is nothing to show; its end shows this, too.
void CarSession::show_news() {
  if (!presentable_) return;
  car_.evidence = vehicle::record_reported(std::move(car_.evidence), car_, services_.zone);
  changed();
}

CarSession* AccountSession::find_car(const base::CarId& car) const {
  const auto found = cars_.find(car);
  return found == cars_.end() ? nullptr : found->second.get();
}

base::Task<base::Result<toyota::TripPage>> AccountSession::past_trips(base::CarId car,
                                                                      toyota::TripQuery query) {
  if (signed_out()) co_return base::fail(*trouble());
  auto* session = find_car(car);
  if (session == nullptr || !session->car().diagnostics.reading) {
    co_return base::fail(base::ErrorCode::not_supported, "The car is not read");
  }
  co_return co_await session->past_trips(query);
}

}  // namespace toyota2mqtt::fleet
