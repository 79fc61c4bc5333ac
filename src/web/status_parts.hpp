#pragma once

#include <span>
#include <string_view>

#include "web/pages.hpp"

/// What the sections of the status page are made of. Pure functions.
namespace toyota2mqtt::web {

/// A state of the bridge, its words and how it looks.
struct Look {
  std::string_view state;
  Text words{};
  std::string_view tone;  ///< good, bad, old, or empty: none of them
};
/// The tone of a state; empty when the table does not know it.
std::string_view tone_of(std::span<const Look> looks, std::string_view state);

Html badge(const Html& words, std::string_view tone);
/// The badge of a state; one that the table does not know is shown as it is.
Html badge_of(const View& view, std::span<const Look> looks, std::string_view state);

/// A form that is one button.
struct Button {
  std::string_view action;  ///< the address, relative to the page's root
  std::string_view field;   ///< what the form sends beside the page's token
  std::string_view value;
  std::string_view look = {};  ///< the class of the button
};
Html button_form(const View& view, const Button& button, Text words);

/// The section of one car.
Html car_card(const View& view, const setup::CarCard& car, base::Time now);
/// The tone of the car's badge. Green is what is known to be so now: the account can be read, and
/// the car has reported lately.
std::string_view car_tone(const setup::CarCard& car, base::Time now);
/// Whether the card is marked, because the owner can do something.
bool needs_attention(const setup::CarCard& car, base::Time now);
/// Nothing of it was announced yet, so nothing is wrong with it yet either.
bool is_first_reading(const setup::CarCard& car);

}  // namespace toyota2mqtt::web
