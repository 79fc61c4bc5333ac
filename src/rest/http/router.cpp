#include "rest/http/router.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace toyota2mqtt::rest {

namespace {

/// The first segment of `path`, taken off it. A path begins with a slash.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

/// What may follow one segment of a path; a word goes before a parameter.
struct Node {
  std::vector<std::pair<std::string_view, std::unique_ptr<Node>>> words = {};
  std::unique_ptr<Node> parameter = nullptr;
  std::vector<const Route*> routes = {};  ///< those whose path ends here, one for each method
};

Node& child_for(Node& node, std::string_view segment) {
  if (segment.starts_with('{')) {
    if (!node.parameter) node.parameter = std::make_unique<Node>();
    return *node.parameter;
  }
  const auto found = std::ranges::find(node.words, segment,
                                       &std::pair<std::string_view, std::unique_ptr<Node>>::first);
  if (found != node.words.end()) return *found->second;
  return *node.words.emplace_back(segment, std::make_unique<Node>()).second;
}

const Node& tree() {
  static const auto tree_of_routes = [] {
    Node root;
    for (const auto& route : all_routes()) {
      auto* node = &root;
      for (auto path = route.path; !path.empty();) node = &child_for(*node, take_segment(path));
      node->routes.push_back(&route);
    }
    return root;
  }();
  return tree_of_routes;
}

/// Not recursive through more than the tree is deep, whatever the path.
const Node* find(const Node& node, std::string_view path, std::vector<std::string>& parameters) {
  if (path.empty()) return node.routes.empty() ? nullptr : &node;
  const auto segment = take_segment(path);
  for (const auto& [word, next] : node.words) {
    if (word != segment) continue;
    if (const auto* found = find(*next, path, parameters)) return found;
  }
  if (!node.parameter || segment.empty()) return nullptr;
  parameters.emplace_back(segment);
  const auto* found = find(*node.parameter, path, parameters);
  if (found == nullptr) parameters.pop_back();
  return found;
}

std::string methods_of(const Node& node) {
  std::string methods;
  for (const auto* route : node.routes) {
    methods += std::string(route->method) + ", ";
    if (route->method == "GET") methods += "HEAD, ";
  }
  return methods + "OPTIONS";
}

}  // namespace

std::span<const Route> all_routes() {
  static const auto every_route = [] {
    std::vector<Route> routes;
    for (const auto& list :
         {auth_routes(), vehicle_routes(), history_routes(), command_routes(), event_routes(),
          admin_routes(), system_routes(), metrics_routes(), openapi_routes()}) {
      std::ranges::copy(list, std::back_inserter(routes));
    }
    return routes;
  }();
  return every_route;
}

Match match(std::string_view method, std::string_view path) {
  Match result;
  if (!path.starts_with('/')) return result;
  const auto* node = find(tree(), path, result.parameters);
  if (node == nullptr) return result;
  // A HEAD is a GET whose body is left out.
  const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  const auto route = std::ranges::find(node->routes, wanted, &Route::method);
  if (route == node->routes.end()) {
    result.allowed = methods_of(*node);
  } else {
    result.route = *route;
  }
  return result;
}

}  // namespace toyota2mqtt::rest
