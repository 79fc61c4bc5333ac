#include "app/supervisor_broker.hpp"

namespace toyota2mqtt::app {

base::MqttConnection merge_broker(base::MqttConnection configured,
                                  const std::set<std::string>& given,
                                  home_assistant::BrokerService service) {
  const auto says = [&given](const char* path) { return given.contains(path); };
  configured.host = std::move(service.host);
  if (!says("mqtt.port")) configured.port = service.port;
  if (!says("mqtt.tls")) configured.tls = service.tls;
  if (says("mqtt.username")) return configured;
  configured.username = std::move(service.username);
  if (!says("mqtt.password")) configured.password = std::move(service.password);
  return configured;
}

base::Task<base::Result<base::MqttConnection>> SupervisorBroker::connection() {
  auto service = co_await supervisor_.mqtt_service();
  if (!service) co_return base::fail(service.error());
  on_password_(service->password);
  co_return merge_broker(configured_, given_, std::move(*service));
}

}  // namespace toyota2mqtt::app
