#include "rest/event_readers.hpp"

#include <algorithm>
#include <utility>

namespace toyota2mqtt::rest {

void EventReader::push(const Piece& piece) {
  if (ended_) return;
  if (pieces_ >= kMostPieces || bytes_ + piece->size() > kMostBytes) return end(true);
  waiting_.push_back(piece);
  ++pieces_;
  bytes_ += piece->size();
  wake();
}

void EventReader::end(bool dropped) {
  if (ended_) return;
  ended_ = true;
  dropped_ = dropped;
  waiting_.clear();
  wake();
}

void EventReader::wake() {
  if (std::exchange(told_, true)) return;
  event_.notify();
}

base::Task<std::vector<EventReader::Piece>> EventReader::take(std::shared_ptr<EventReader> self) {
  while (self->waiting_.empty() && !self->ended_) {
    const auto woken = co_await self->event_.wait();
    self->told_ = false;
    if (!woken) co_return std::vector<Piece>();
  }
  self->pieces_ = 0;
  self->bytes_ = 0;
  co_return std::exchange(self->waiting_, {});
}

EventGroup& EventReaders::group_of(const Scope& scope) {
  const auto found = std::ranges::find(groups_, scope, &EventGroup::scope);
  return found != groups_.end() ? *found : groups_.emplace_back(EventGroup{.scope = scope});
}

void EventReaders::add(const Scope& scope, std::shared_ptr<EventReader> reader) {
  group_of(scope).readers.push_back(std::move(reader));
  ++count_;
  if (traffic_ != nullptr) traffic_->reader_came();
}

void EventReaders::remove(const std::shared_ptr<EventReader>& reader) {
  for (auto& group : groups_) {
    const auto gone = std::erase(group.readers, reader);
    if (gone == 0) continue;
    count_ -= gone;
    if (traffic_ != nullptr) traffic_->reader_left(reader->dropped());
  }
  std::erase_if(groups_, [](const EventGroup& group) { return group.readers.empty(); });
}

void EventReaders::push(EventGroup& group, const EventReader::Piece& piece) {
  for (const auto& reader : group.readers) reader->push(piece);
  if (traffic_ != nullptr) traffic_->note_events(group.readers.size());
}

void EventReaders::end_session(std::string_view session) {
  for (auto& group : groups_) {
    for (const auto& reader : group.readers) {
      if (reader->session() == session) reader->end();
    }
  }
}

void EventReaders::close() {
  traffic_ = nullptr;
  for (auto& group : groups_) {
    for (const auto& reader : group.readers) reader->end();
  }
}

std::size_t EventReaders::of_session(std::string_view session) const {
  std::size_t count = 0;
  for (const auto& group : groups_) {
    count += static_cast<std::size_t>(
        std::ranges::count_if(group.readers, [session](const auto& reader) {
          return reader->session() == session && !reader->ended();
        }));
  }
  return count;
}

}  // namespace toyota2mqtt::rest
