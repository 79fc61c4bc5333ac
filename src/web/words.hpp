#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/time.hpp"
#include "web/html.hpp"

namespace toyota2mqtt::web {

enum class Language : std::uint8_t { en, de };
std::string_view code_of(Language language);  ///< "en"

/// `?lang=` when it names one of ours, else the best of an Accept-Language header, else English.
Language choose_language(std::string_view asked, std::string_view accept_language);
/// "en" or "de".
bool is_language(std::string_view text);

/// Every text of the page. In words.cpp each has its line in both languages.
enum class Text : std::uint8_t {
  set_up_your_car,
  status_title,
  all_is_well,
  needs_you,
  some_is_old,
  reload,
  back_to_status,
  // sign in
  sign_in_lead,
  email,
  password,
  brand,
  sign_in,
  try_again,
  sign_in_promise,
  type_name_and_password,
  type_name_and_password_remedy,
  sign_in_busy,
  sign_in_busy_remedy,
  // a user of the REST interface
  hash_title,
  hash_lead,
  hash_name,
  hash_again,
  hash_make,
  hash_made,
  hash_use_in_options,
  hash_use_in_file,
  hash_promise,
  hash_no_name,
  hash_no_name_remedy,
  hash_no_password,
  hash_no_password_remedy,
  hash_not_same,
  hash_not_same_remedy,
  hash_busy,
  hash_busy_remedy,
  // cars
  choose_cars,
  choose_cars_lead,
  fixed_by_configuration,
  no_cars,
  no_cars_remedy,
  use_these_cars,
  last_four,
  // ABRP
  abrp_title,
  abrp_lead,
  abrp_how,
  abrp_how_token,
  abrp_how_key,
  abrp_how_vin,
  abrp_car,
  abrp_key,
  abrp_key_known,
  abrp_key_configured,
  abrp_token,
  abrp_check,
  abrp_save,
  abrp_remove,
  abrp_checked,
  abrp_checked_nameless,
  abrp_kept,
  abrp_no_car,
  abrp_configured,
  abrp_type_token,
  abrp_type_token_remedy,
  abrp_type_key,
  abrp_type_key_remedy,
  abrp_unknown_car,
  abrp_unknown_car_remedy,
  // status: cars
  car_reported,
  car_reported_long_ago,
  car_reported_never,
  car_read,
  car_read_never,
  car_rejected,
  offer_again,
  car_entities,
  car_available,
  car_old,
  car_silent,
  car_not_current,
  car_being_read,
  car_unavailable,
  car_ignored,
  cars_coming,
  cars_unknown,
  choose_cars_link,
  abrp_of_car,
  abrp_set_up,
  abrp_change,
  abrp_named,
  abrp_accepted,
  abrp_off,
  abrp_ok,
  abrp_waiting,
  abrp_key_rejected,
  abrp_token_rejected,
  abrp_unreachable,
  // status: accounts
  accounts,
  from_configuration,
  from_page,
  account_ok,
  account_set_up,
  account_rejected,
  account_action,
  account_limited,
  account_unreachable,
  next_try,
  other_password,
  remove_account,
  remove_account_warning,
  remove_account_yes,
  add_account,
  // status: broker and entities
  broker,
  broker_connected,
  broker_disconnected,
  broker_none,
  broker_none_remedy,
  broker_from_supervisor,
  entities,
  entities_published,
  entities_waiting,
  entities_none,
  entities_missing,
  add_mqtt,
  discovery_off,
  // status: configuration
  configuration_broken,
  configuration_kept,
  // errors
  problem,
  not_found,
  not_found_remedy,
  wrong_method,
  wrong_method_remedy,
  not_allowed,
  not_allowed_remedy,
  old_form,
  old_form_remedy,
  bad_form,
  bad_form_remedy,
  failed,
  failed_remedy,
  version,
};
inline constexpr std::size_t kTexts = static_cast<std::size_t>(Text::version) + 1;

/// The text with its placeholders {0}, {1} as they stand; for those without any.
std::string_view say(Language language, Text text);
/// The pattern with {0} to {9} replaced; what has no value becomes nothing.
std::string fill(std::string_view pattern, std::span<const std::string_view> values);
/// The text with {0}, {1}, … replaced.
std::string say(Language language, Text text, std::initializer_list<std::string_view> values);
/// The same as markup: plain values are escaped.
Html say_html(Language language, Text text, std::initializer_list<Piece> values);

/// `then` seen from `now`: "just now", "5 minutes ago", "3 days ago". What lies ahead is just now.
std::string ago(Language language, base::Time now, base::Time then);
/// `then` ahead of `now`: "in 5 minutes"; "in less than a minute", also for what has passed.
std::string ahead(Language language, base::Time now, base::Time then);
/// "for 3 hours"; "for less than a minute".
std::string lasting(Language language, base::Time now, base::Time since);

}  // namespace toyota2mqtt::web
