#include "app/history.hpp"

#include <chrono>
#include <utility>

namespace toyota2mqtt::app {

namespace {

/// Nothing that would be deleted again is recorded or fetched.
bool keeps(const history::Options& options) { return options.retention > std::chrono::seconds(0); }

std::unique_ptr<history::Backfill> make_backfill(Runtime& runtime, history::HistoryStore& store,
                                                 history::TripSource& source,
                                                 const history::Options& options) {
  if (!options.backfill || !keeps(options)) return nullptr;
  return std::make_unique<history::Backfill>(
      history::Backfill::Services{.executor = runtime.loop.executor(),
                                  .clock = runtime.clock,
                                  .log = runtime.log,
                                  .store = store,
                                  .source = source,
                                  .zone = runtime.zone},
      options.routes);
}

}  // namespace

History::History(Runtime& runtime, fleet::AccountSet& accounts, const history::Options& options)
    : runtime_(runtime),
      options_(options),
      store_(runtime.database()),
      recorder_({.executor = runtime.loop.executor(),
                 .clock = runtime.clock,
                 .log = runtime.log,
                 .store = store_,
                 .zone = runtime.zone},
                {.prices = options.prices, .routes = options.routes}),
      past_(accounts),
      backfill_(make_backfill(runtime, store_, past_, options)),
      feed_(recorder_, backfill_.get()),
      archive_(store_, for_archive()),
      retention_(store_, runtime.clock, runtime.log, options) {
  recorder_.on_statistics(
      [&accounts](const base::CarId& car, const vehicle::CarStatistics& statistics) {
        accounts.show_statistics(car, statistics);
      });
  if (backfill_) {
    backfill_->on_progress([&accounts, zone = runtime.zone](
                               const base::CarId& car, const history::BackfillProgress& progress) {
      accounts.show_backfill(car, history::said(progress, zone));
    });
  }
  if (keeps(options_)) runtime_.listeners.add(feed_, fleet::Listeners::Hears::history);
}

History::~History() { runtime_.listeners.remove(feed_); }

history::StoredArchive::Services History::for_archive() {
  return {
      .statistics =
          [this](const base::CarId& car, const history::StatisticsInput& input,
                 history::Period period) { return recorder_.statistics_of(car, input, period); },
      .estimate = [this](const base::CarId& car,
                         history::ChargeRecord& charge) { recorder_.estimate(car, charge); },
      .backfill =
          [this](const base::CarId& car) {
            return backfill_ ? backfill_->progress(car) : history::BackfillProgress{};
          },
      .forget = [this](const base::CarId& car) { recorder_.forget(car); }};
}

void History::start(base::TaskGroup& tasks) {
  tasks.spawn("history", retention_.run());
  if (backfill_) backfill_->start();
}

base::Task<void> History::stop() {
  if (backfill_) {
    backfill_->cancel();
    co_await backfill_->join();
  }
  recorder_.cancel();
  co_await recorder_.join();
}

}  // namespace toyota2mqtt::app
