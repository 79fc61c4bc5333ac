#include "platform/paho_link.hpp"

#include <exception>
#include <memory>
#include <thread>
#include <utility>

namespace toyota2mqtt::platform {

namespace {

using base::ErrorCode;

constexpr std::size_t kLargestPayload = std::size_t{64} << 10;
constexpr std::size_t kLongestTopic = std::size_t{1} << 10;
constexpr auto kDisconnectLimit = std::chrono::milliseconds(400);
// Paho's receiving thread may still be leaving a callback when the farewell is done; destroying its
// client under it would be a use after free inside the library.
constexpr auto kLetCallbacksLeave = std::chrono::milliseconds(20);

// MQTT 5 reason codes and MQTT 3 return codes of CONNACK.
constexpr int kUnsupportedVersion5 = 132;
constexpr int kClientIdNotValid5 = 133;
constexpr int kBadUserOrPassword5 = 134;
constexpr int kNotAuthorised5 = 135;
constexpr int kBanned5 = 138;
constexpr int kUnsupportedVersion3 = 1;
constexpr int kBadUserOrPassword3 = 4;
constexpr int kNotAuthorised3 = 5;

void* context_of(std::uint64_t id) {
  // Paho carries one pointer per step.
  const auto word = static_cast<std::uintptr_t>(id);
  return reinterpret_cast<void*>(word);  // NOLINT(performance-no-int-to-ptr): never followed
}

std::uint64_t id_of(const mqtt::token& token) {
  return reinterpret_cast<std::uintptr_t>(token.get_user_context());
}

std::string where_of(const base::MqttConnection& connection) {
  const bool v6 = connection.host.find(':') != std::string::npos;
  return (v6 ? "[" + connection.host + "]" : connection.host) + ":" +
         std::to_string(connection.port);
}

mqtt::connect_options options_of(const base::MqttConnection& connection) {
  mqtt::connect_options options;
  options.set_mqtt_version(MQTTVERSION_5);
  options.set_clean_start(true);
  options.set_automatic_reconnect(false);
  options.set_keep_alive_interval(connection.keep_alive);
  // The caller's clock ends an attempt in time; this is only Paho's own net below it.
  options.set_connect_timeout(std::chrono::ceil<std::chrono::seconds>(connection.timeout) +
                              std::chrono::seconds(1));
  mqtt::properties properties;
  properties.add(mqtt::property(mqtt::property::SESSION_EXPIRY_INTERVAL, 0));
  properties.add(mqtt::property(mqtt::property::MAXIMUM_PACKET_SIZE,
                                static_cast<std::int32_t>(kLargestMqttPacket)));
  options.set_properties(properties);
  if (!connection.username.empty()) options.set_user_name(connection.username);
  if (!connection.password.empty()) options.set_password(connection.password.reveal());
  if (const auto& will = connection.will; !will.topic.empty()) {
    options.set_will(
        mqtt::will_options(mqtt::message(will.topic, will.payload, will.qos, will.retain)));
  }
  return options;
}

base::Error connect_error(int reason, int code, const std::string& where) {
  const auto is = [reason, code](int v5, int v3) {
    return reason == v5 || code == v5 || code == v3;
  };
  const auto broker = "the MQTT broker " + where;
  if (is(kUnsupportedVersion5, kUnsupportedVersion3)) {
    return {.code = ErrorCode::not_supported,
            .message = broker + " does not speak MQTT 5",
            .remedy = "Update the broker (Mosquitto since 1.6)."};
  }
  if (is(kBadUserOrPassword5, kBadUserOrPassword3) || is(kNotAuthorised5, kNotAuthorised3)) {
    return {.code = ErrorCode::credentials_rejected,
            .message = broker + " refuses the user name or password",
            .remedy = "Check the user and password of the broker in the configuration."};
  }
  if (reason == kClientIdNotValid5 || reason == kBanned5) {
    return {.code = ErrorCode::forbidden, .message = broker + " refuses this client"};
  }
  return {.code = ErrorCode::unreachable,
          .message = "no connection to " + broker,
          .remedy = "Start the broker, or correct mqtt.host, mqtt.port and mqtt.tls."};
}

base::Error step_error(int reason, const std::string& where) {
  const auto broker = "the MQTT broker " + where;
  if (reason == kNotAuthorised5) {
    return {.code = ErrorCode::forbidden,
            .message = broker + " does not allow this topic",
            .remedy = "Check the broker's access control list."};
  }
  if (reason >= 128) {
    return {.code = ErrorCode::unexpected_response,
            .message = broker + " refuses with reason " + std::to_string(reason)};
  }
  return {.code = ErrorCode::unreachable, .message = "the connection to " + broker + " ended"};
}

int worst_reason(const mqtt::token& token) {
  int worst = static_cast<int>(token.get_reason_code());
  if (token.get_type() == mqtt::token::SUBSCRIBE) {
    const auto response = token.get_subscribe_response();
    for (const auto reason : response.get_reason_codes()) {
      worst = std::max(worst, static_cast<int>(reason));
    }
  }
  return worst;
}

// An exception that leaves a callback aborts the process.
template <class Action>
void never_throw(const PahoReports& reports, const std::string& where, Action action) {
  try {
    action();
  } catch (...) {
    try {
      reports.ended({.code = ErrorCode::unreachable,
                     .message = "an event of the MQTT broker " + where + " was lost"});
    } catch (...) {
      return;  // not even memory for this; the keep-alive will notice
    }
  }
}

}  // namespace

void PahoLink::Listener::on_success(const mqtt::token& token) {
  never_throw(reports_, where_, [&] {
    const int reason = worst_reason(token);
    if (reason >= 128) {
      reports_.finished(id_of(token), base::fail(step_error(reason, where_)));
    } else {
      reports_.finished(id_of(token), {});
    }
  });
}

void PahoLink::Listener::on_failure(const mqtt::token& token) {
  never_throw(reports_, where_, [&] {
    const int reason = static_cast<int>(token.get_reason_code());
    const auto error = token.get_type() == mqtt::token::CONNECT
                           ? connect_error(reason, token.get_return_code(), where_)
                           : step_error(reason, where_);
    reports_.finished(id_of(token), base::fail(error));
  });
}

PahoLink::PahoLink(const base::MqttConnection& connection, PahoReports reports)
    : reports_(std::move(reports)),
      where_(where_of(connection)),
      listener_(reports_, where_),
      guard_(connection, reports_.left_out),
      options_(options_of(connection)),
      client_("tcp://127.0.0.1:" + std::to_string(guard_.port()), connection.client_id,
              mqtt::create_options(MQTTVERSION_5), nullptr) {
  set_handlers();
}

PahoLink::~PahoLink() {
  try {
    if (client_.is_connected()) {
      client_.disconnect(static_cast<int>(kDisconnectLimit.count()))->wait_for(kDisconnectLimit);
    }
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): nobody left to tell
    // The connection is gone already; there is nobody left to say farewell to.
  }
  std::this_thread::sleep_for(kLetCallbacksLeave);
}

void PahoLink::set_handlers() {
  client_.set_connection_lost_handler([this](const std::string&) {
    never_throw(reports_, where_, [this] {
      reports_.ended({.code = ErrorCode::unreachable,
                      .message = "the connection to the MQTT broker " + where_ + " was lost"});
    });
  });
  // A DISCONNECT from the broker comes here only, never to the handler above.
  client_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode reason) {
    never_throw(reports_, where_, [this, reason] {
      reports_.ended({.code = ErrorCode::unreachable,
                      .message = "the MQTT broker " + where_ + " ended the connection (reason " +
                                 std::to_string(static_cast<int>(reason)) + ")"});
    });
  });
  client_.set_message_callback([this](const mqtt::const_message_ptr& message) {
    never_throw(reports_, where_, [this, &message] {
      if (!message || message->get_topic().size() > kLongestTopic) return;
      if (message->get_payload_ref().size() > kLargestPayload) return;
      reports_.received({.topic = message->get_topic(),
                         .payload = message->get_payload_str(),
                         .retained = message->is_retained()});
    });
  });
}

template <class Step>
void PahoLink::attempt(std::uint64_t id, Step step) {
  try {
    step();
  } catch (const std::exception&) {
    reports_.finished(id, base::fail(step_error(0, where_)));
  }
}

void PahoLink::connect(std::uint64_t id) {
  attempt(id, [&] { client_.connect(options_, context_of(id), listener_); });
}

void PahoLink::subscribe(std::uint64_t id, const std::vector<std::string>& filters) {
  attempt(id, [&] {
    const auto topics = std::make_shared<const mqtt::string_collection>(filters);
    client_.subscribe(topics, mqtt::async_client::qos_collection(filters.size(), 1), context_of(id),
                      listener_);
  });
}

void PahoLink::publish(std::uint64_t id, const base::MqttMessage& message) {
  attempt(id, [&] {
    client_.publish(mqtt::make_message(message.topic, message.payload, message.qos, message.retain),
                    context_of(id), listener_);
  });
}

}  // namespace toyota2mqtt::platform
