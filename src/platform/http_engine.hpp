#pragma once

#include <curl/curl.h>

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/http_transfer.hpp"
#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/platform/curl_http_client.hpp"

namespace toyota2mqtt::platform {

/// A fixed number of places, given out in the order of asking. Loop thread only.
class Slots {
 public:
  explicit Slots(std::size_t places) : free_(places) {}

  /// One place, or a wish for one; given back or withdrawn by the destructor, so that a task which
  /// is cancelled or destroyed while it waits leaves nothing behind.
  class Place {
   public:
    explicit Place(std::shared_ptr<Slots> slots) : slots_(std::move(slots)) {
      slots_->enter(*this);
    }
    ~Place() { slots_->leave(*this); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] bool granted() const { return granted_; }
    /// Notified when the place is granted after a wait.
    base::Event& ready() { return ready_; }

   private:
    friend class Slots;
    std::shared_ptr<Slots> slots_;
    base::Event ready_;
    bool granted_ = false;
  };

 private:
  void enter(Place& place) {
    waiting_.push_back(&place);
    grant();
  }

  void leave(Place& place) {
    if (place.granted_) {
      ++free_;
    } else {
      std::erase(waiting_, &place);
    }
    grant();
  }

  void grant() {
    while (free_ > 0 && !waiting_.empty()) {
      --free_;
      waiting_.front()->granted_ = true;
      waiting_.front()->ready_.notify();
      waiting_.pop_front();
    }
  }

  std::size_t free_;
  std::deque<Place*> waiting_;
};

/// libcurl's multi interface on the loop: libcurl says which descriptors and which time it waits
/// for, asio waits, and libcurl is told. Tasks that are under way keep it alive; close() ends it.
class CurlHttpClient::Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(boost::asio::any_io_executor executor, base::Clock& clock, base::Log& log,
         HttpOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Begins the exchange; its done() is notified later, never from inside this call. Not from
  /// inside a libcurl callback.
  void start(const std::shared_ptr<Transfer>& transfer, std::chrono::milliseconds time_left);
  /// Drops the exchange at once when it is still under way; its done() is not notified.
  void abort(const Transfer& transfer);
  /// Ends everything with `cancelled` and gives all descriptors and timers back.
  void close();

  base::Clock& clock;
  base::Log& log;
  const HttpOptions options;
  const std::shared_ptr<Slots> slots;

 private:
  struct Socket;
  struct Running {
    CURL* easy;
    std::shared_ptr<Transfer> transfer;
  };

  static int on_socket(CURL* easy, curl_socket_t descriptor, int what, void* self, void* socket);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  void watch(curl_socket_t descriptor, int what);
  void forget(curl_socket_t descriptor);
  void arm(const std::shared_ptr<Socket>& socket);
  void arm_direction(const std::shared_ptr<Socket>& socket, int direction);
  void act(curl_socket_t descriptor, int events);
  void collect_finished();
  CURL* take_handle();
  /// Takes the handle out of libcurl's hands and keeps it for the next request, or frees it.
  void retire(const Running& running);
  void load_ca_bundle();

  boost::asio::any_io_executor executor_;
  CURLM* multi_ = nullptr;
  std::unique_ptr<boost::asio::steady_timer> timer_;
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::map<const Transfer*, Running> running_;
  std::vector<CURL*> idle_handles_;
  std::string ca_bundle_;
  bool ca_file_unreadable_ = false;
};

}  // namespace toyota2mqtt::platform
