#include <algorithm>

#include "toyota2mqtt/setup/effective_options.hpp"
#include "toyota2mqtt/setup/input_validation.hpp"
#include "toyota2mqtt/setup/set_up_service.hpp"

// What the page shows, gathered from the running bridge.
namespace toyota2mqtt::setup {

namespace {

std::optional<base::Time> newest_report(const vehicle::VehicleState& state) {
  const auto newest = std::ranges::max_element(state.reported_at);
  return newest == state.reported_at.end() ? std::nullopt : *newest;
}

BrokerCard broker_card(const home_assistant::BrokerStatus& broker) {
  BrokerCard card{.connected = broker.connected,
                  .where = broker.where,
                  .from_supervisor = broker.from_supervisor,
                  .message = {},
                  .remedy = {},
                  .since = broker.since};
  if (broker.trouble) {
    card.message = broker.trouble->message;
    card.remedy = broker.trouble->remedy;
  }
  return card;
}

void fill_from_session(CarCard& card, const fleet::AccountSession& account,
                       const fleet::CarSession& session) {
  const auto& car = session.car();
  card.available = session.presentable() && account.available(session);
  card.last_reported = newest_report(car.state);
  card.last_read = session.last_read();
  card.current = card.available && !account.condition().troubled();
  card.rejected = vehicle::rejected_rows(car);
  if (!car.uses_abrp) return;
  card.abrp_status = car.diagnostics.abrp_status;
  card.abrp_remedy = car.diagnostics.abrp_remedy;
  card.abrp_vehicle = car.diagnostics.abrp_vehicle;
  card.abrp_last_accepted = car.diagnostics.abrp_last_accepted;
}

}  // namespace

AccountCard SetUpService::account_card(const fleet::AccountSession& account) const {
  auto condition = account.condition();
  const auto& credentials = account.options().credentials;
  return {.key = account.key(),
          .masked = toyota::masked_account(credentials.username),
          .brand = credentials.brand,
          .origin = account_origin(configured_, set_up_, credentials),
          .status = std::string(to_string(condition.status)),
          .message = std::move(condition.cause),
          .remedy = std::move(condition.remedy),
          .since = condition.since,
          .next_try = condition.next_try};
}

CarCard SetUpService::car_card(const fleet::AccountSession& account,
                               const vehicle::Identity& identity) const {
  const auto* options = fleet::find_options(services_.accounts.options().vehicles, identity.vin);
  CarCard card;
  card.id = identity.id;
  card.name = fleet::car_name(identity, options);
  card.model = identity.model;
  card.vin = identity.vin.masked();
  card.account_key = account.key();
  card.electric = fleet::may_use_abrp(identity);
  card.used = options == nullptr || !options->ignore;
  card.used_from = used_origin(configured_, set_up_, identity.vin);
  if (card.electric) card.abrp_from = abrp_token_origin(configured_, set_up_, identity.vin);
  const auto session = account.cars().find(identity.id);
  if (session == account.cars().end()) return card;
  fill_from_session(card, account, *session->second);
  card.entities = services_.publisher.entities(*session->second);
  return card;
}

Overview SetUpService::overview() const {
  const auto& publisher = services_.publisher;
  Overview overview;
  overview.version = publisher.settings().version;
  overview.now = services_.outside.clock.now();
  overview.broker = broker_card(publisher.broker());
  overview.discovery = publisher.settings().discovery;
  overview.abrp_key_from = abrp_key_origin(configured_, set_up_);
  overview.entities = publisher.bridge_entities();
  overview.mistakes = publisher.configuration().mistakes;
  overview.mistaken_since = publisher.configuration().since;
  for (const auto& account : services_.accounts.owners()) {
    overview.accounts.push_back(account_card(*account));
    for (const auto& listed : account->listed()) {
      overview.cars.push_back(car_card(*account, listed.identity));
      overview.entities += overview.cars.back().entities;
    }
  }
  return overview;
}

}  // namespace toyota2mqtt::setup
