#include "examples/serve/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "examples/serve/tests/running_service.h"

namespace serving {
namespace {

using namespace std::chrono_literals;
using grapevine::testing_support::HttpConnection;
using grapevine::testing_support::HttpReply;
using testing::HasSubstr;

TEST(PredictionService, AnswersClassesAndScores) {
  const RunningService service;
  const HttpReply reply = service.predict(R"({"ids": [10, 90, 10]})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"version":0,"classes":[1,0,1]})");
  EXPECT_THAT(reply.headers, HasSubstr("Content-Type: application/json"));
  EXPECT_EQ(service.predict(R"({"ids": [10, 90], "scores": true})").body,
            R"({"version":0,"classes":[1,0],"scores":[[10,90],[90,10]]})");
  EXPECT_EQ(service.predict(R"({"ids": [], "scores": true})").body,
            R"({"version":0,"classes":[],"scores":[]})");
}

TEST(PredictionService, SaysWhatIsWrongWithARequest) {
  const RunningService service({.max_ids = 3});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not JSON"},
      {"{\"ids\": [1, 2", "not JSON"},
      {"\xff\xfe", "not JSON"},
      {std::string(500, '['), "not JSON"},
      {"[1, 2]", "expected an object, got a list"},
      {"{}", "\\\"ids\\\" is missing"},
      {R"({"ids": 3})", "ids: expected a list, got 3"},
      {R"({"ids": [1, "two"]})", "ids[1]: expected a whole number, got \\\"two\\\""},
      {R"({"ids": [1.5]})", "ids[0]: expected a whole number, got 1.5"},
      {R"({"ids": [18446744073709551615]})", "ids[0]: expected a whole number"},
      {R"({"ids": [1, 2, 3, 4]})", "ids: expected at most 3, got 4"},
      {R"({"ids": [1], "scores": 1})", "scores: expected true or false, got 1"},
      {R"({"ids": [1], "batch": 1})", "unknown key \\\"batch\\\""},
      {R"({"ids": [5, 100]})", "node 100 is out of range [0, 100)"},
      {R"({"ids": [-1]})", "node -1 is out of range"},
  };
  for (const auto& [body, words] : cases) {
    const HttpReply reply = service.predict(body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_THAT(reply.body, HasSubstr(words)) << body;
    EXPECT_THAT(reply.body, testing::StartsWith("{\"error\":\""));
  }
  EXPECT_EQ(service.predict(R"({"ids": [1]})").status, 200) << "and goes on";
}

TEST(PredictionService, KeepsTheReasonsOfItsOwnFailuresToItself) {
  const RunningService service;
  const HttpReply reply = service.predict(R"({"ids": [66]})");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, testing::Not(HasSubstr("secret")));
  EXPECT_EQ(service.predict(R"({"ids": [1]})").status, 200);
}

TEST(PredictionService, ABadRequestFailsNoneOfItsBatch) {
  RunningService service;
  service.backend.hold(true);
  HttpConnection first = service.connect();
  first.send(HttpConnection::post_text("/predict", R"({"ids": [1]})"));
  service.backend.wait_until_begun(1);
  std::vector<HttpConnection> others;
  for (const char* ids : {"[2]", "[1000]", "[66]", "[98]"}) {
    others.push_back(service.connect());
    others.back().send(
        HttpConnection::post_text("/predict", std::string("{\"ids\": ") + ids + "}"));
  }
  while (service.metric("grapevine_queue_depth") != "4") {
    std::this_thread::yield();
  }
  service.backend.hold(false);
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(others[0].receive().body, R"({"version":0,"classes":[1]})");
  EXPECT_EQ(others[1].receive().status, 400);
  EXPECT_EQ(others[2].receive().status, 500);
  EXPECT_EQ(others[3].receive().body, R"({"version":0,"classes":[0]})");
}

TEST(PredictionService, SaysAtOnceThatItIsBusy) {
  RunningService service({.queue = {.max_queued = 1}});
  service.backend.hold(true);
  HttpConnection running = service.connect();
  running.send(HttpConnection::post_text("/predict", R"({"ids": [1]})"));
  service.backend.wait_until_begun(1);
  HttpConnection waiting = service.connect();
  waiting.send(HttpConnection::post_text("/predict", R"({"ids": [2]})"));
  while (service.metric("grapevine_queue_depth") != "1") {
    std::this_thread::yield();
  }
  const HttpReply refused = service.predict(R"({"ids": [3]})");
  EXPECT_EQ(refused.status, 503) << "although nothing has been answered yet";
  EXPECT_THAT(refused.headers, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(service.connect().get("/health").status, 200);
  service.backend.hold(false);
  EXPECT_EQ(running.receive().status, 200);
  EXPECT_EQ(waiting.receive().status, 200);
  EXPECT_EQ(service.metric(R"(grapevine_requests_total{path="/predict",status="503"})"), "1");
}

TEST(PredictionService, GivesUpAtTheTimeOut) {
  RunningService service({.time_out = 30ms});
  service.backend.hold(true);
  const HttpReply running = service.predict(R"({"ids": [1]})");
  EXPECT_EQ(running.status, 504);
  EXPECT_THAT(running.body, HasSubstr("30 ms"));
  EXPECT_EQ(service.predict(R"({"ids": [2]})").status, 504) << "while it waits";
  EXPECT_EQ(service.metric("grapevine_queue_depth"), "0");
}

TEST(PredictionService, AnswersWhatHasBegunBeforeItStops) {
  RunningService service;
  service.backend.hold(true);
  HttpConnection running = service.connect();
  running.send(HttpConnection::post_text("/predict", R"({"ids": [90]})"));
  service.backend.wait_until_begun(1);
  HttpConnection idle = service.connect();
  EXPECT_EQ(idle.get("/ready").status, 200);
  service.begin_stop();
  EXPECT_TRUE(idle.is_closed_by_peer());
  service.backend.hold(false);
  const HttpReply reply = running.receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"version":0,"classes":[0]})");
  EXPECT_TRUE(running.is_closed_by_peer());
  service.stop();
  EXPECT_FALSE(service.connect().is_open()) << "the port is free again";
}

TEST(PredictionService, AppendsToTheGraphOnlyIfThatIsAllowed) {
  const std::string body =
      R"({"features": [[1, 2], [3, 4.5]], "src": [1, 100], "dst": [100, 101]})";
  {
    const RunningService closed;
    EXPECT_EQ(closed.connect().post("/graph/append", body).status, 404);
  }
  const RunningService open({.allow_append = true});
  EXPECT_EQ(open.predict(R"({"ids": [101]})").status, 400);
  EXPECT_EQ(open.connect().post("/graph/append", body).body,
            R"({"version":1,"num_nodes":102,"num_edges":9})");
  EXPECT_EQ(open.predict(R"({"ids": [101]})").body, R"({"version":1,"classes":[0]})");
  EXPECT_EQ(open.metric("grapevine_graph_nodes"), "102");
  for (const auto& [wrong, words] : std::vector<std::pair<std::string, std::string>>{
           {R"({"features": [1]})", "features[0]: expected a list"},
           {R"({"features": [[1], [1, 2]]})", "features[1]: expected a list of 1 numbers"},
           {R"({"features": [["a"]]})", "features[0][0]: expected a number, got \\\"a\\\""},
           {R"({"src": [1]})", "as many dst as src"},
           {R"({"src": {}})", "src: expected a list, got an object"},
           {R"({"edge_features": [true]})", "edge_features[0]: expected a number"},
           {R"({"ids": [1]})", "unknown key"}}) {
    const HttpReply reply = open.connect().post("/graph/append", wrong);
    EXPECT_EQ(reply.status, 400) << wrong;
    EXPECT_THAT(reply.body, HasSubstr(words));
  }
}

TEST(PredictionService, CountsForPrometheus) {
  const RunningService service;
  EXPECT_EQ(service.predict(R"({"ids": [1, 2, 3]})").status, 200);
  EXPECT_EQ(service.predict("{}").status, 400);
  EXPECT_EQ(service.connect().get("/nothing").status, 404);
  const HttpReply reply = service.connect().get("/metrics");
  EXPECT_THAT(reply.headers, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(reply.body, HasSubstr("# TYPE grapevine_predict_seconds histogram\n"));
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {R"(grapevine_requests_total{path="/predict",status="200"})", "1"},
           {R"(grapevine_requests_total{path="/predict",status="400"})", "1"},
           {R"(grapevine_requests_total{path="other",status="404"})", "1"},
           {R"(grapevine_batch_ids_bucket{le="2"})", "0"},
           {R"(grapevine_batch_ids_bucket{le="4"})", "1"},
           {R"(grapevine_batch_ids_bucket{le="+Inf"})", "1"},
           {"grapevine_batch_ids_sum", "3"},
           {"grapevine_predict_seconds_count", "1"},
           {"grapevine_queue_depth", "0"},
           {"grapevine_graph_edges", "7"}}) {
    EXPECT_EQ(service.metric(name), value) << name;
  }
}

TEST(PredictionService, AnswersManyClientsEachItsOwnWhateverElseArrives) {
  RunningService service({.queue = {.max_queued = 4, .max_batch = 8, .threads = 2}});
  std::atomic<int> answered = 0;
  std::atomic<int> busy = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&, client] {
      HttpConnection connection = service.connect();
      for (int i = 0; i < 60; ++i) {
        const int id = (13 * client + i) % 66;
        const HttpReply reply = connection.post(
            "/predict", "{\"ids\": [" + std::to_string(id) + "], \"scores\": true}");
        const std::string scores =
            "[[" + std::to_string(id) + "," + std::to_string(100 - id) + "]]";
        answered += reply.status == 200;
        busy += reply.status == 503;
        wrong += reply.status == 200 && reply.body.find(scores) == std::string::npos;
      }
    });
  }
  std::thread nuisance([&] {
    for (int i = 0; i < 20; ++i) {
      service.connect().send("POST /predict HTTP/1.1\r\nContent-Length: 50\r\n\r\n{\"ids\"");
      EXPECT_EQ(service.connect().post("/predict", "}{").status, 400);
    }
  });
  for (std::thread& client : clients) {
    client.join();
  }
  nuisance.join();
  EXPECT_EQ(answered + busy, 8 * 60) << "nothing is lost";
  EXPECT_GT(answered, 0);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace serving
