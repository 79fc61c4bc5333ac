#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/rest_rig.hpp"

namespace toyota2mqtt::test {

/// A car of the owner's and one each of the guests gwen and hugo, read and fresh.
class RestCars : public RestRig {
 public:
  RestCars();

  /// Access tokens, of one session each.
  const std::string anna;
  const std::string gwen;
  const std::string hugo;
  const base::CarId home{"1111111111"};
  const base::CarId gwens{"2222222222"};
  const base::CarId hugos{"3333333333"};

  /// `<method> <path of the car><rest>`.
  rest::Response of(const base::CarId& car, const std::string& token, const std::string& what = "",
                    std::string method = "GET");
  rest::Response get_if(const std::string& target, const std::string& token,
                        const std::string& etag);

 private:
  void add(const base::CarId& id, const char* vin, const std::string& account, bool actions);
};

/// Whether no text of another account's car (id, VIN, name) stands in the answer.
bool tells_nothing_of(const rest::Response& response, const vehicle::Car& car);

/// One server-sent event as a browser understands it.
struct SeenEvent {
  std::string id;
  std::string name;
  nlohmann::json data;
};
/// What stands in some pieces of a stream; heartbeats and `retry` are left out.
std::vector<SeenEvent> events_of(const std::vector<base::HttpBodyStream::Piece>& pieces);
/// The next pieces, as one text.
std::string text_of(const std::vector<base::HttpBodyStream::Piece>& pieces);

}  // namespace toyota2mqtt::test
