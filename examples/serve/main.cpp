// A model as an HTTP service: which class the nodes of a graph belong to, by their ids, for many
// clients at once, and with a graph that may grow meanwhile. Shows how grapevine::serve::Predictor
// and RequestQueue stand behind cpp-httplib; docs/serving.md is the guide.
//
// Run:                examples/prediction_service --checkpoint sage.pt --data arxiv-like
//                     curl -d '{"ids": [0, 1, 2]}' http://127.0.0.1:8080/predict
// Stop:               SIGINT or SIGTERM; the last line is then "stopped"
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/core.h>
#include <pthread.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/serve/predictor.h"
#include "grapevine/train/checkpoint.h"
#include "grapevine/util/buffer_pool.h"
#include "grapevine/util/error.h"
#include "http_server.h"
#include "predictor_backend.h"
#include "service.h"

namespace {

namespace gv = grapevine;
using std::chrono::milliseconds;

struct Options {
  std::string checkpoint;
  std::string data;
  std::string host = "127.0.0.1";
  int port = 8080;
  std::int64_t time_out_ms = 5000;
  double max_delay_ms = 0;
  std::vector<std::int64_t> fanouts;
  gv::serve::PredictorOptions predictor;
  serving::ServiceOptions service;
  serving::HttpServerOptions server;
};

void add_options(CLI::App& app, Options& options) {
  const auto positive = CLI::Range(1, 1 << 20);
  auto& queue = options.service.queue;
  app.add_option("--checkpoint", options.checkpoint,
                 "A trained model, as grapevine train --checkpoint or Python wrote it")
      ->required();
  app.add_option("--data", options.data, "The data set by name or folder, for its graph")
      ->required();
  app.add_option("--host", options.host, "Address to listen at")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen at; 0 for any that is free")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--threads", queue.threads, "Batches that are computed at once, a core each")
      ->check(positive)
      ->capture_default_str();
  app.add_option("--max-queue", queue.max_queued, "Requests that may wait; more are answered 503")
      ->check(positive)
      ->capture_default_str();
  app.add_option("--max-batch", queue.max_batch,
                 "Ids of waiting requests that are computed together")
      ->check(positive)
      ->capture_default_str();
  app.add_option("--max-delay-ms", options.max_delay_ms,
                 "How long a request waits for others to be computed with")
      ->check(CLI::Range(0.0, 1e4))
      ->capture_default_str();
  app.add_option("--time-out-ms", options.time_out_ms,
                 "How long a request may take to arrive, and then to be answered")
      ->check(CLI::Range(1, 3600000))
      ->capture_default_str();
  app.add_option("--max-ids", options.service.max_ids, "Ids that one request may have")
      ->check(positive)
      ->capture_default_str();
  app.add_option("--max-connections", options.server.max_connections,
                 "Connections at once; more are answered 503")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--fanout", options.fanouts,
                 "Neighbours that a node is given, one number or one for each "
                 "layer, the input's "
                 "first; -1 for all, as without this")
      ->delimiter(',');
  app.add_option("--seed", options.predictor.seed, "Of the neighbours that are sampled")
      ->capture_default_str();
  app.add_flag("--precompute", options.predictor.precompute,
               "Compute the scores of all nodes beforehand");
  app.add_flag("--allow-append", options.service.allow_append,
               "Let whoever reaches the port add nodes and edges: POST /graph/append");
}

/// The fanouts of a model of `layers` layers; none if all neighbours are
/// wanted.
std::vector<std::int64_t> all_fanouts(std::vector<std::int64_t> given, std::size_t layers) {
  if (given == std::vector<std::int64_t>{-1}) {
    return {};
  }
  return given.size() == 1 ? std::vector<std::int64_t>(layers, given.front()) : given;
}

std::unique_ptr<gv::serve::Predictor> load(Options options) {
  gv::train::Checkpoint checkpoint = gv::train::load_checkpoint(options.checkpoint);
  options.predictor.fanouts =
      all_fanouts(options.fanouts, static_cast<std::size_t>(checkpoint.description.options.layers));
  const auto dataset = gv::datasets::load_node_classification(options.data);
  return std::make_unique<gv::serve::Predictor>(std::move(checkpoint), dataset.graph,
                                                options.predictor);
}

/// Signals that are to be waited for instead; before any thread is started.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Answers until a stop signal comes. A second one ends the program at once.
void serve_until(const sigset_t& signals, const Options& options, gv::serve::Predictor& predictor) {
  serving::PredictorBackend backend(predictor);
  serving::Service service(backend, options.service);
  serving::HttpServerOptions server_options = options.server;
  server_options.on_response = [&](const std::string& path, int status) {
    service.count_response(path, status);
  };
  serving::HttpServer server(service.routes(), server_options);
  service.count_connections([&] { return server.num_connections(); });
  const int port = server.bind(options.host, options.port);
  fmt::print("serving {} nodes and {} edges at http://{}:{}\n", predictor.num_nodes(),
             predictor.num_edges(), options.host, port);
  std::fflush(stdout);
  std::exception_ptr error;
  std::thread answering([&] {
    try {
      server.run();
    } catch (...) {
      error = std::current_exception();
      ::kill(::getpid(), SIGTERM);
    }
  });
  int signal = 0;
  sigwait(&signals, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  service.set_not_ready();
  server.stop();
  answering.join();
  service.drain();
  if (error) {
    std::rethrow_exception(error);
  }
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Answer over HTTP which class the nodes of a graph belong to.",
               "prediction_service");
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.service.queue.max_delay = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::duration<double, std::milli>(options.max_delay_ms));
  options.service.time_out = milliseconds(options.time_out_ms);
  options.server.time_out = milliseconds(options.time_out_ms);
  const sigset_t signals = block_stop_signals();
  const auto predictor = load(options);
  at::set_num_threads(1);  // requests are what runs in parallel
  serve_until(signals, options, *predictor);
  fmt::print("stopped\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  gv::use_buffer_pool();
  try {
    return run(argc, argv);
  } catch (const c10::Error& error) {
    fmt::print(stderr, "prediction_service: error: {}\n", error.what_without_backtrace());
  } catch (const std::exception& error) {
    fmt::print(stderr, "prediction_service: error: {}\n", error.what());
  }
  return 1;
}
