#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "abrp/protocol.hpp"
#include "toyota2mqtt/abrp/link.hpp"

// Any answer of ABRP gives a verdict and texts that are safe for logs, never an exception; only
// HTTP 200 is accepted; what a store holds is a progress or is not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toyota2mqtt;
  constexpr std::string_view kCanary = "canary-5f1c";
  if (size == 0) return 0;
  constexpr int kStatuses[] = {200, 400, 401, 403, 404, 429, 500};
  const int status = kStatuses[data[0] % std::size(kStatuses)];
  const std::string body(data + 1, data + size);
  const abrp::Options options{.api_key = base::Secret(std::string(kCanary)),
                              .token = base::Secret(std::string(kCanary))};

  const auto reply = abrp::classify_reply(
      base::HttpResponse{.status = status, .headers = {{"Retry-After", body}}, .body = body},
      options);
  if (reply.verdict == abrp::Verdict::accepted && status != 200) std::abort();
  for (const auto* text : {&reply.text, &reply.missing}) {
    if (text->size() > 200 || text->find(kCanary) != std::string::npos) std::abort();
  }
  for (const auto* path : {"tlm/get_telemetry", "oauth/me"}) {
    if (abrp::vehicle_name(path, body).size() > 100) std::abort();
  }
  if (const auto sent_marks = abrp::parse_sent_marks(body)) {
    if (abrp::parse_sent_marks(abrp::serialize(*sent_marks)) != sent_marks) std::abort();
  }
  abrp::time_of(body);
  if (abrp::without_place(body).find("\"lat\":") != std::string::npos &&
      body.find('{', 1) == std::string::npos) {
    std::abort();
  }
  abrp::bulk_request(options, {body, body});
  return 0;
}
