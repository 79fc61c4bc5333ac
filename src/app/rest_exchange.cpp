#include "app/rest_exchange.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace toyota2mqtt::app {

namespace {

class StreamOfRest final : public platform::HttpStream {
 public:
  explicit StreamOfRest(std::unique_ptr<rest::Stream> stream) : stream_(std::move(stream)) {}
  base::Task<std::vector<Piece>> next() override { return stream_->next(); }

 private:
  std::unique_ptr<rest::Stream> stream_;
};

}  // namespace

rest::Request to_rest(platform::HttpServerRequest from) {
  return {.method = std::move(from.method),
          .path = std::move(from.path),
          .query = std::move(from.query),
          .headers = std::move(from.headers),
          .body = std::move(from.body),
          .peer = std::move(from.peer),
          .encrypted = from.encrypted};
}

platform::HttpServerResponse from_rest(rest::Response from) {
  platform::HttpServerResponse response{
      .status = from.status, .headers = std::move(from.headers), .body = std::move(from.body)};
  if (from.stream) response.stream = std::make_unique<StreamOfRest>(std::move(from.stream));
  return response;
}

}  // namespace toyota2mqtt::app
