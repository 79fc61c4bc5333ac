// Many readers of one event stream, in one thread (epoll): counts the events that arrive.
//   load_stream_readers PORT PATH READERS SECONDS [AUTHORIZATION]
// Prints "connected", then, after the first event and SECONDS more, what was counted as JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Reader {
  int socket = -1;
  bool line_ended = false;  ///< the last byte was a line feed
  bool answered = false;
  long events = 0;
  long bytes = 0;
};

struct Wish {
  int port = 0;
  std::string path;
  std::size_t readers = 0;
  int seconds = 0;
  std::string authorization;
};

int connected_socket(const Wish& wish) {
  const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(wish.port));
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(handle, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) return -1;
  std::string request = "GET " + wish.path + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!wish.authorization.empty()) request += "Authorization: " + wish.authorization + "\r\n";
  request += "Accept: text/event-stream\r\n\r\n";
  const auto sent = ::send(handle, request.data(), request.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(request.size()) ? handle : -1;
}

/// An event ends with an empty line; what chunked transfer adds ends its lines with \r\n.
void count(Reader& reader, const char* data, std::size_t size) {
  reader.bytes += static_cast<long>(size);
  if (reader.line_ended && data[0] == '\n') ++reader.events;
  const std::string_view text(data, size);
  for (auto at = text.find("\n\n"); at != std::string_view::npos; at = text.find("\n\n", at + 2)) {
    ++reader.events;
  }
  reader.line_ended = text.back() == '\n';
}

/// False when the connection has ended.
bool take(Reader& reader) {
  static std::array<char, 1 << 18> room;
  const auto size = ::recv(reader.socket, room.data(), room.size(), MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  reader.answered = true;
  count(reader, room.data(), static_cast<std::size_t>(size));
  return true;
}

void report(const std::vector<Reader>& readers, std::size_t lost, double seconds) {
  long events = 0;
  long bytes = 0;
  long fewest = readers.front().events;
  for (const auto& reader : readers) {
    events += reader.events;
    bytes += reader.bytes;
    fewest = std::min(fewest, reader.events);
  }
  std::cout << "{\"readers\": " << readers.size() << ", \"lost\": " << lost
            << ", \"seconds\": " << seconds << ", \"events\": " << events
            << ", \"events_per_second\": " << static_cast<double>(events) / seconds
            << ", \"fewest\": " << fewest << ", \"bytes\": " << bytes << "}" << std::endl;
}

int listen_to(std::vector<Reader>& readers, const Wish& wish) {
  const int poll = ::epoll_create1(0);
  for (auto& reader : readers) {
    reader.socket = connected_socket(wish);
    if (reader.socket < 0) {
      std::cerr << "cannot connect: " << std::strerror(errno) << '\n';
      return 1;
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &reader;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, reader.socket, &event);
  }
  std::size_t answered = 0;
  std::size_t lost = 0;
  bool begun = false;
  auto begin = Clock::now();
  const auto limit = std::chrono::seconds(wish.seconds);
  std::array<epoll_event, 256> events{};
  while (!begun || Clock::now() - begin < limit) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < ready; ++i) {
      auto& reader = *static_cast<Reader*>(events.at(static_cast<std::size_t>(i)).data.ptr);
      const bool was_answered = reader.answered;
      if (!take(reader)) {
        ++lost;
        ::epoll_ctl(poll, EPOLL_CTL_DEL, reader.socket, nullptr);
      }
      if (was_answered || !reader.answered) continue;
      if (++answered == readers.size()) std::cout << "connected" << std::endl;
    }
    if (begun || answered < readers.size()) continue;
    // Counting begins with the first event after all are connected.
    const bool any = std::ranges::any_of(readers, [](const Reader& one) { return one.events > 1; });
    if (!any) continue;
    begun = true;
    begin = Clock::now();
    for (auto& reader : readers) reader.events = reader.bytes = 0;
  }
  report(readers, lost, std::chrono::duration<double>(Clock::now() - begin).count());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments, arguments + count);
  if (count < 5) {
    std::cerr << "usage: load_stream_readers PORT PATH READERS SECONDS [AUTHORIZATION]\n";
    return 2;
  }
  const Wish wish{.port = std::stoi(words[1]),
                  .path = words[2],
                  .readers = std::stoul(words[3]),
                  .seconds = std::stoi(words[4]),
                  .authorization = count > 5 ? words[5] : ""};
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::vector<Reader> readers(wish.readers);
  return listen_to(readers, wish);
}
