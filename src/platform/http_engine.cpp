#include "platform/http_engine.hpp"

#include <fstream>
#include <iterator>
#include <new>
#include <optional>
#include <utility>

namespace toyota2mqtt::platform {

namespace asio = boost::asio;

namespace {

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.empty()) return std::nullopt;
  return text;
}

void initialise_libcurl() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!done) throw std::bad_alloc();
}

}  // namespace

// A descriptor that belongs to libcurl: it is only ever released, never closed. `alive` is asked
// after each call into libcurl, because that call may have ended the entry which is being armed.
struct CurlHttpClient::Engine::Socket {
  Socket(const asio::any_io_executor& executor, curl_socket_t number)
      : descriptor(executor, number) {}
  ~Socket() { release(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void release() {
    alive = false;
    if (descriptor.is_open()) descriptor.release();
  }

  asio::posix::stream_descriptor descriptor;
  int wanted = 0;  // CURL_CSELECT_IN | CURL_CSELECT_OUT
  int armed = 0;
  bool alive = true;
};

CurlHttpClient::Engine::Engine(asio::any_io_executor executor, base::Clock& the_clock,
                               base::Log& the_log, HttpOptions the_options)
    : clock(the_clock),
      log(the_log),
      options(std::move(the_options)),
      slots(std::make_shared<Slots>(options.max_in_flight)),
      executor_(std::move(executor)),
      timer_(std::make_unique<asio::steady_timer>(executor_)) {
  initialise_libcurl();
  load_ca_bundle();
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Engine::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Engine::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, options.max_connections_per_host);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, options.max_idle_connections);
}

CurlHttpClient::Engine::~Engine() { close(); }

void CurlHttpClient::Engine::load_ca_bundle() {
  if (options.ca_file.empty()) return;
  const auto own = read_text(options.ca_file);
  ca_file_unreadable_ = !own;
  if (!own) return;
  const auto* system_file = curl_version_info(CURLVERSION_NOW)->cainfo;
  const auto system = system_file == nullptr ? std::nullopt : read_text(system_file);
  ca_bundle_ = system.value_or("") + "\n" + *own;
}

void CurlHttpClient::Engine::start(const std::shared_ptr<Transfer>& transfer,
                                   std::chrono::milliseconds time_left) {
  if (multi_ == nullptr) {
    transfer->finish({.code = base::ErrorCode::cancelled, .message = "stopped"});
    return;
  }
  if (ca_file_unreadable_ && transfer->target().encrypted) {
    transfer->finish({.code = base::ErrorCode::config_invalid,
                      .message = "the CA file " + options.ca_file + " cannot be read"});
    return;
  }
  const Running running{.easy = take_handle(), .transfer = transfer};
  transfer->prepare(running.easy, options, ca_bundle_, time_left);
  running_.emplace(transfer.get(), running);
  curl_multi_add_handle(multi_, running.easy);
}

void CurlHttpClient::Engine::abort(const Transfer& transfer) {
  const auto found = running_.extract(&transfer);
  if (found) retire(found.mapped());
}

void CurlHttpClient::Engine::close() {
  if (multi_ == nullptr) return;
  for (const auto& [transfer, running] : std::exchange(running_, {})) {
    retire(running);
    running.transfer->finish({.code = base::ErrorCode::cancelled, .message = "stopped"});
  }
  for (auto* easy : std::exchange(idle_handles_, {})) curl_easy_cleanup(easy);
  curl_multi_cleanup(std::exchange(multi_, nullptr));
  for (const auto& [number, socket] : std::exchange(sockets_, {})) socket->release();
  timer_.reset();
}

int CurlHttpClient::Engine::on_socket(CURL*, curl_socket_t descriptor, int what, void* self,
                                      void*) {
  auto& engine = *static_cast<Engine*>(self);
  try {
    if (what == CURL_POLL_REMOVE) {
      engine.forget(descriptor);
    } else {
      engine.watch(descriptor, what);
    }
    return 0;
  } catch (...) {
    return -1;  // libcurl fails the exchange; nothing may be thrown through its C frames
  }
}

int CurlHttpClient::Engine::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& engine = *static_cast<Engine*>(self);
  if (!engine.timer_) return 0;
  if (timeout_ms < 0) {
    engine.timer_->cancel();
    return 0;
  }
  try {
    engine.timer_->expires_after(std::chrono::milliseconds(timeout_ms));
    engine.timer_->async_wait(
        [weak = engine.weak_from_this()](const boost::system::error_code& error) {
          const auto alive = weak.lock();
          if (!error && alive) alive->act(CURL_SOCKET_TIMEOUT, 0);
        });
    return 0;
  } catch (...) {
    return -1;  // as above
  }
}

void CurlHttpClient::Engine::watch(curl_socket_t descriptor, int what) {
  auto found = sockets_.find(descriptor);
  if (found == sockets_.end()) {
    found = sockets_.emplace(descriptor, std::make_shared<Socket>(executor_, descriptor)).first;
  }
  const auto& socket = found->second;
  socket->wanted =
      (what != CURL_POLL_OUT ? CURL_CSELECT_IN : 0) | (what != CURL_POLL_IN ? CURL_CSELECT_OUT : 0);
  arm(socket);
}

void CurlHttpClient::Engine::forget(curl_socket_t descriptor) {
  const auto found = sockets_.extract(descriptor);
  if (found) found.mapped()->release();
}

void CurlHttpClient::Engine::arm(const std::shared_ptr<Socket>& socket) {
  for (const int direction : {CURL_CSELECT_IN, CURL_CSELECT_OUT}) {
    const bool missing = (socket->wanted & direction) != 0 && (socket->armed & direction) == 0;
    if (missing && socket->alive) arm_direction(socket, direction);
  }
}

void CurlHttpClient::Engine::arm_direction(const std::shared_ptr<Socket>& socket, int direction) {
  socket->armed |= direction;
  socket->descriptor.async_wait(
      direction == CURL_CSELECT_IN ? asio::posix::stream_descriptor::wait_read
                                   : asio::posix::stream_descriptor::wait_write,
      [weak = weak_from_this(), socket, direction](const boost::system::error_code& error) {
        socket->armed &= ~direction;
        const auto alive = weak.lock();
        if (!alive || !socket->alive || error == asio::error::operation_aborted) return;
        if ((socket->wanted & direction) == 0) return;
        alive->act(socket->descriptor.native_handle(), error ? CURL_CSELECT_ERR : direction);
        if (socket->alive) alive->arm(socket);
      });
}

void CurlHttpClient::Engine::act(curl_socket_t descriptor, int events) {
  if (multi_ == nullptr) return;
  int still_running = 0;
  curl_multi_socket_action(multi_, descriptor, events, &still_running);
  collect_finished();
}

void CurlHttpClient::Engine::collect_finished() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;  // the message dies with the handle's removal
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    const auto found = running_.extract(transfer);
    if (!found) continue;
    found.mapped().transfer->finish(found.mapped().easy, code);
    retire(found.mapped());
  }
}

CURL* CurlHttpClient::Engine::take_handle() {
  if (!idle_handles_.empty()) {
    auto* easy = idle_handles_.back();
    idle_handles_.pop_back();
    return easy;
  }
  auto* easy = curl_easy_init();
  if (easy == nullptr) throw std::bad_alloc();
  return easy;
}

void CurlHttpClient::Engine::retire(const Running& running) {
  curl_multi_remove_handle(multi_, running.easy);
  // curl_easy_reset keeps cookies, so a handle that ever had a cookie engine is not used again.
  if (running.transfer->keeps_cookies() || idle_handles_.size() >= options.max_in_flight) {
    curl_easy_cleanup(running.easy);
    return;
  }
  curl_easy_reset(running.easy);
  idle_handles_.push_back(running.easy);
}

}  // namespace toyota2mqtt::platform
