#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

/// What earlier runs left on the broker, read from its retained messages: the store may be lost,
/// the broker remembers. Pure functions.
namespace toyota2mqtt::home_assistant {

struct Leftover {
  enum class Kind : std::uint8_t {
    car,           ///< of `car` values are retained that this installation published
    car_document,  ///< the message is a discovery document of that car, made here
    old_bridge,    ///< the bridge's document as it was before it carried an installation id
    rival,         ///< another installation has published under this base topic
  };
  Kind kind = Kind::car;
  std::string car = {};  ///< id; empty for the bridge
};

/// The filters to subscribe to at the start.
std::vector<std::string> leftover_filters(const Settings& settings);
/// nullopt for everything that is not retained, not ours, or of no interest. Any topic and payload
/// is welcome.
std::optional<Leftover> decode_leftover(const Settings& settings,
                                        const base::MqttReceived& message);

/// Every topic that a car may have values on.
std::vector<std::string> value_topics(const Settings& settings, const std::string& car);
/// Every topic that a car may have discovery documents on. Another installation may have announced
/// the same car there: look with decode_leftover() before removing one.
std::vector<std::string> document_topics(const Settings& settings, const std::string& car);

}  // namespace toyota2mqtt::home_assistant
