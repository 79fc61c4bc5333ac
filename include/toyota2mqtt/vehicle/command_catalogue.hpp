#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/command.hpp"
#include "toyota2mqtt/vehicle/entity_names.hpp"

/// Which entity asks a car for what, for which cars it is offered, and what proves the result. Pure
/// functions; any thread.
namespace toyota2mqtt::vehicle {

/// One payload that an entity takes, and what it asks for.
struct Ask {
  std::string_view payload = {};  ///< empty: the entity takes values, not words
  Action action = Action::lock;
};

/// One entity with which a car is commanded (docs/entities.md, "Commands").
struct CommandRow {
  std::string_view id = {};  ///< of the component, and in the topic `<car>/<id>/set`
  Platform platform = Platform::button;
  std::string_view name = {};
  std::string_view category = {};
  Allow allow = Allow::lock;    ///< the word of commands.allow that offers it
  std::string_view flags = {};  ///< capability flags in every spelling, comma-separated
  Cars cars = Cars::all;
  bool confirmed = false;  ///< known to work on a real car; else labelled experimental
  std::array<Ask, 2> asks = {};
  std::size_t ask_count = 1;
  std::string_view meaning = {};  ///< one sentence for docs/entities.md

  [[nodiscard]] std::span<const Ask> taken() const { return std::span(asks).first(ask_count); }
};

/// Every row, in the order of docs/entities.md.
std::span<const CommandRow> command_catalogue();
/// nullptr when there is none.
const CommandRow* find_command_row(std::string_view id);
/// `name` in that language, with "(experimental)" behind it unless the row is confirmed.
std::string shown_name(const CommandRow& row, Language language = Language::en);
/// The same for this car: "(against the car's flags)" when only `vehicles[].commands` offers it.
std::string shown_name(const CommandRow& row, const Car& car, Language language = Language::en);

/// Why something is not done, in words for the owner.
struct Refusal {
  std::string reason;
  std::string remedy;
};

/// Whether the maker's app offers remote services for this car (docs/toyota-protocol.md, "Vehicle
/// list": remoteDisplay other than "7", a subscription that is not active). Nothing said = they
/// are.
std::optional<Refusal> remote_services_refusal(const Identity& identity);
/// nullopt when the entity is offered for this car now. A flag that says no, a remote service that
/// is not activated, an action that the cloud once rejected, and the owner's list each refuse; a
/// flag that is not there refuses nothing. What `vehicles[].commands` names is offered whatever the
/// cloud says of the car beforehand. No command is ever sent to find out.
std::optional<Refusal> refusal_of(const CommandRow& row, const Car& car);
inline bool offered(const CommandRow& row, const Car& car) { return !refusal_of(row, car); }
/// The entities that only a rejection by the cloud keeps from being offered: once it is forgotten,
/// these come back.
std::vector<const CommandRow*> rejected_rows(const Car& car);
/// Whether what the cloud says of the car would refuse the entity, and the owner's word overrules
/// it.
bool against_the_flags(const CommandRow& row, const Car& car);

/// What was known when a command was sent; results are compared with it.
struct ConfirmationBase {
  base::Time sent_at{};
  std::optional<base::Time> reported;  ///< the car's time of the newest report of the confirmation
  std::optional<base::Time> message;   ///< of the newest message that was known then
  bool climate_ran = false;            ///< the last thing said was that the climate control runs
};
ConfirmationBase confirmation_base(Action action, const Car& car, base::Time now);
/// What the car's reports say about a command that went out: true = a later report shows what was
/// asked for; false = a report of at least a minute after it shows the opposite; nullopt = nothing
/// yet, or no report can tell.
std::optional<bool> confirmed_by_report(const Command& command, const Car& car,
                                        const ConfirmationBase& base);
/// What a message of the maker's app says about it: the newest of category RemoteCommand or
/// RemoteControl that came since the command went out; true = completed, false = interrupted.
/// Messages do not say which command they mean, so for an action with a confirmation it counts only
/// when no report can be had.
std::optional<bool> confirmed_by_message(const Car& car, const ConfirmationBase& base);

/// What the entities of the state document show, each `monostate` while unknown.
Value lock_value(const Car& car);   ///< LOCKED, UNLOCKED, LOCKING, UNLOCKING
Value trunk_value(const Car& car);  ///< the same
struct ClimateValues {
  Value mode;    ///< off, heat_cool: what is wanted
  Value action;  ///< off, heating, cooling, idle: what the car says it does
  Value preset;  ///< none, front_defrost, rear_defrost, both_defrost
  ClimateOptions options;
};
ClimateValues climate_values(const Car& car);
/// On when the car has a next charging event.
Value charge_schedule_value(const Car& car);
/// `HH:MM:SS` of the next charging event.
Value charge_time_value(const Car& car, bool end);

}  // namespace toyota2mqtt::vehicle
