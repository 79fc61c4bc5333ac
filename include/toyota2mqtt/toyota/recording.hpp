#pragma once

#include <memory>
#include <string>

#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/base/ports.hpp"

namespace toyota2mqtt::toyota {

/// Collects raw exchanges and makes them anonymous: how an owner gives us a real car
/// (`fetch --record FILE`). VIN, GUID, plate, IMEI, EUICC, names, e-mail, phone, contract numbers
/// and notification texts are replaced (the same original by the same replacement throughout);
/// coordinates are shifted by one random offset; headers are kept by an allow-list; links lose
/// their query. The format is described in docs/recordings.md and replayed by the simulator.
class Recorder {
 public:
  explicit Recorder(base::Random& random);
  ~Recorder();
  void add(const base::HttpRequest& request, const base::HttpResponse& response);
  /// The whole recording as one JSON text. Bodies that are not JSON are left out and named.
  [[nodiscard]] std::string finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::toyota
