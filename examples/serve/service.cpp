#include "service.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "grapevine/util/error.h"
#include "request_json.h"

namespace serving {
namespace {

using Clock = std::chrono::steady_clock;
using grapevine::serve::Outcome;

/// Bytes of a request of that many ids, the longest as text.
std::size_t predict_bytes(std::size_t max_ids) { return 1024 + 24 * max_ids; }

HttpResponse come_again(const std::string& message) {
  HttpResponse response = error_response(503, message);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

/// What a failed prediction is to the client: his own mistake, or none of his
/// business.
HttpResponse failure(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const grapevine::Error& mistake) {
    return error_response(400, mistake.what());
  }
}

}  // namespace

Service::Service(Backend& backend, const ServiceOptions& options)
    : backend_(backend),
      options_(options),
      metrics_({"/predict", "/graph/append", "/health", "/ready", "/metrics"}),
      queue_([this](const std::vector<Ids>& requests) { return answer_batch(requests); },
             options.queue) {}

std::vector<Route> Service::routes() {
  std::vector<Route> routes = {
      {"POST", "/predict", [this](const HttpRequest& request) { return predict(request); },
       predict_bytes(options_.max_ids)},
      {"GET", "/health",
       [](const HttpRequest&) { return HttpResponse{.body = R"({"status":"alive"})"}; }},
      {"GET", "/ready", [this](const HttpRequest&) { return ready(); }},
      {"GET", "/metrics", [this](const HttpRequest&) { return metrics(); }},
  };
  if (options_.allow_append) {
    routes.push_back({"POST", "/graph/append",
                      [this](const HttpRequest& request) { return append(request); },
                      options_.max_append_bytes});
  }
  return routes;
}

/// One prediction for all requests: they share neighbours and the cost of a
/// call.
std::vector<Scores> Service::answer_batch(const std::vector<Ids>& requests) {
  Ids all;
  for (const Ids& ids : requests) {
    all.insert(all.end(), ids.begin(), ids.end());
  }
  const Scores scores = backend_.predict(all);
  metrics_.add_batch(all.size());
  std::vector<Scores> responses;
  auto row = scores.values.begin();
  for (const Ids& ids : requests) {
    const auto end = row + static_cast<std::ptrdiff_t>(ids.size() * scores.num_classes);
    responses.push_back({{row, end}, scores.num_classes, scores.version});
    row = end;
  }
  return responses;
}

HttpResponse Service::predict(const HttpRequest& request) {
  const auto arrived = Clock::now();
  PredictRequest wanted;
  try {
    wanted = parse_predict(request.body, options_.max_ids);
  } catch (const grapevine::Error& mistake) {
    return error_response(400, mistake.what());
  }
  const std::size_t weight = wanted.ids.size();
  auto ticket = queue_.submit(std::move(wanted.ids), weight, arrived + options_.time_out);
  const auto result = ticket.wait();
  switch (result.outcome) {
    case Outcome::kDone: {
      HttpResponse response = {.body = predict_json(*result.response, wanted.scores)};
      metrics_.add_latency(std::chrono::duration<double>(Clock::now() - arrived).count());
      return response;
    }
    case Outcome::kFailed:
      return failure(result.error);
    case Outcome::kQueueFull:
      return come_again("too many requests wait already");
    case Outcome::kExpired:
      return error_response(
          504, fmt::format("the answer took longer than {} ms", options_.time_out.count()));
    case Outcome::kCancelled:
    case Outcome::kStopped:
      break;
  }
  return come_again("the service stops");
}

HttpResponse Service::append(const HttpRequest& request) {
  try {
    const GraphSize size = backend_.append(parse_append(request.body));
    return {.body = fmt::format(R"({{"version":{},"num_nodes":{},"num_edges":{}}})", size.version,
                                size.num_nodes, size.num_edges)};
  } catch (const grapevine::Error& mistake) {
    return error_response(400, mistake.what());
  }
}

HttpResponse Service::ready() const {
  return ready_ ? HttpResponse{.body = R"({"status":"ready"})"} : come_again("the service stops");
}

HttpResponse Service::metrics() const {
  const GraphSize size = backend_.size();
  const auto number = [](auto value) { return static_cast<double>(value); };
  const std::array<Gauge, 5> gauges = {{
      {"grapevine_queue_depth", "Requests that wait.", number(queue_.num_queued())},
      {"grapevine_connections", "Connections that are open.",
       number(connections_ ? connections_() : 0)},
      {"grapevine_graph_nodes", "Nodes of the graph.", number(size.num_nodes)},
      {"grapevine_graph_edges", "Edges of the graph.", number(size.num_edges)},
      {"grapevine_graph_version", "Changes to the graph since the start.", number(size.version)},
  }};
  return {.body = metrics_.text(gauges), .content_type = "text/plain; version=0.0.4"};
}

}  // namespace serving
