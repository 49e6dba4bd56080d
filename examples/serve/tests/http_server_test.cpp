#include "examples/serve/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "examples/serve/tests/running_service.h"
#include "tests/support/expect_error.h"

namespace serving {
namespace {

using namespace std::chrono_literals;
using grapevine::testing_support::HttpConnection;
using grapevine::testing_support::HttpReply;
using testing::HasSubstr;

constexpr const char* kGoodBody = R"({"ids": [1]})";

/// Whether a connection is accepted again, now that there is room or will be.
bool is_answered_soon(const RunningService& service) {
  for (int i = 0; i < 2000; ++i) {
    if (service.connect().get("/health").status == 200) {
      return true;
    }
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

TEST(HttpServer, KeepsConnectionsAndTakesRequestsThatFollowAtOnce) {
  const RunningService service;
  HttpConnection connection = service.connect();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(connection.post("/predict", kGoodBody).status, 200);
  }
  const std::string twice = HttpConnection::post_text("/predict", kGoodBody);
  connection.send(twice + twice + "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(connection.receive().status, 200);
  EXPECT_EQ(connection.receive().status, 200);
  EXPECT_THAT(connection.receive().body, HasSubstr("alive"));
  EXPECT_TRUE(connection.is_closed_by_peer());
}

TEST(HttpServer, ReadsChunksAndWaitsForAContinue) {
  const RunningService service;
  HttpConnection chunked = service.connect();
  chunked.send(
      "POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\n{\"id\r\n8\r\ns\": [1]}\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.receive().status, 200);
  HttpConnection waiting = service.connect();
  waiting.send(
      "POST /predict HTTP/1.1\r\nContent-Length: 12\r\nExpect: "
      "100-continue\r\n\r\n");
  EXPECT_EQ(waiting.receive().status, 100);
  waiting.send(kGoodBody);
  EXPECT_EQ(waiting.receive().status, 200);
}

TEST(HttpServer, RefusesWhatIsNoRequestForIt) {
  const RunningService service({}, {.idle = 100ms});
  EXPECT_EQ(service.connect().get("/").status, 404);
  EXPECT_EQ(service.connect().get("/../etc/passwd").status, 404);
  const HttpReply wrong_method = service.connect().get("/predict");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_THAT(wrong_method.headers, HasSubstr("Allow: POST\r\n"));
  for (const auto& [text, status] : std::vector<std::pair<std::string, int>>{
           {"nonsense\r\n\r\n", 400},
           {std::string("\0\x16\x03\x01", 4) + "\r\n\r\n", 400},
           {"POST /predict HTTP/1.1\r\n\r\n", 411},
           {"POST /predict HTTP/1.1\r\nContent-Length: many\r\n\r\n", 413},
           {"POST /predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 413},
           {"POST /predict HTTP/1.1\r\nContent-Length: 2\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n{}",
            415},
           {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n\r\n", 414}}) {
    HttpConnection connection = service.connect();
    connection.send(text);
    const HttpReply reply = connection.receive();
    EXPECT_EQ(reply.status, status) << text.substr(0, 60);
    EXPECT_THAT(reply.body, testing::StartsWith("{\"error\":\"")) << text.substr(0, 60);
    EXPECT_TRUE(connection.is_closed_by_peer()) << text.substr(0, 60);
  }
  EXPECT_EQ(service.predict(kGoodBody).status, 200);
}

TEST(HttpServer, TheBodyOfARefusedRequestIsNotTakenForTheNext) {
  const RunningService service;
  const std::string inner = "GET /health HTTP/1.1\r\n\r\n";
  for (const std::string line : {"POST /nothing", "GET /health"}) {
    HttpConnection connection = service.connect();
    connection.send(line + " HTTP/1.1\r\nContent-Length: " + std::to_string(inner.size()) +
                    "\r\n\r\n" + inner);
    EXPECT_NE(connection.receive().status, 0);
    EXPECT_EQ(connection.receive().status, 0) << "one reply to one request";
  }
}

TEST(HttpServer, RefusesHugeBodiesBeforeTheyAreSent) {
  const RunningService service;
  HttpConnection declared = service.connect();
  declared.send("POST /predict HTTP/1.1\r\nContent-Length: 10000000000\r\n\r\n");
  const HttpReply reply = declared.receive();
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, HasSubstr("larger than 25024 bytes"));
  HttpConnection expecting = service.connect();
  expecting.send(
      "POST /predict HTTP/1.1\r\nContent-Length: "
      "10000000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(expecting.receive().status, 413);
  HttpConnection sending = service.connect();
  sending.send("POST /predict HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" +
               std::string(300000, 'x'));
  EXPECT_EQ(sending.receive().status, 413) << "which is not lost while the client still sends";
  HttpConnection chunked = service.connect();
  chunked.send("POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  while (chunked.send("1000\r\n" + std::string(4096, ' ') + "\r\n") &&
         chunked.num_sent() < 100000) {
  }
  EXPECT_EQ(chunked.receive().status, 413);
}

TEST(HttpServer, RefusesEndlessHeaders) {
  const RunningService service;
  HttpConnection connection = service.connect();
  connection.send("GET /health HTTP/1.1\r\n");
  while (connection.num_sent() < 50000) {
    ASSERT_TRUE(connection.send("X-Header: " + std::string(1000, 'x') + "\r\n"));
  }
  EXPECT_EQ(connection.receive().status, 431);
  EXPECT_TRUE(connection.is_closed_by_peer());
}

TEST(HttpServer, SendsRepliesWholeWhateverRangeIsAskedFor) {
  const RunningService service;
  std::string ranges = "bytes=0-1";
  while (ranges.size() < 8000) {
    ranges += ",0-1";
  }
  for (const std::string& range : {std::string("bytes=0-1"), ranges}) {
    HttpConnection connection = service.connect();
    connection.send("GET /health HTTP/1.1\r\nRange: " + range + "\r\n\r\n");
    const HttpReply reply = connection.receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(reply.body, HasSubstr("alive"));
  }
}

TEST(HttpServer, SlowClientsHoldUpNobody) {
  const RunningService service({}, {.max_connections = 40, .time_out = 60s});
  std::vector<HttpConnection> slow;
  for (int i = 0; i < 30; ++i) {
    slow.push_back(service.connect());
    slow.back().send(i % 2 == 0 ? "POST /predict HT"
                                : "POST /predict HTTP/1.1\r\nContent-Length: 12\r\n\r\n{\"i");
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(service.predict(kGoodBody).status, 200);
  }
  slow[1].send("ds\": [1]}");
  EXPECT_EQ(slow[1].receive().status, 200) << "who gets there in the end";
}

TEST(HttpServer, ARequestThatTakesTooLongToArriveIsCutOff) {
  const RunningService service({}, {.time_out = 100ms});
  HttpConnection silent = service.connect();
  silent.send("POST /predict HTTP/1.1\r\nContent-");
  EXPECT_EQ(silent.receive().status, 408);
  EXPECT_TRUE(silent.is_closed_by_peer());
  HttpConnection body = service.connect();
  body.send("POST /predict HTTP/1.1\r\nContent-Length: 12\r\n\r\n{");
  EXPECT_EQ(body.receive().status, 408);
  HttpConnection trickle = service.connect();
  int num_bytes = 0;
  while (trickle.send("G") && num_bytes < 2000) {  // each byte in time, but not all
    std::this_thread::sleep_for(10ms);
    ++num_bytes;
  }
  EXPECT_LT(num_bytes, 2000);
  EXPECT_EQ(service.metric(R"(grapevine_requests_total{path="other",status="408"})"), "2");
  EXPECT_EQ(service.metric(R"(grapevine_requests_total{path="/predict",status="408"})"), "1");
}

TEST(HttpServer, AnIdleConnectionIsClosed) {
  const RunningService service({}, {.idle = 30ms});
  HttpConnection connection = service.connect();
  EXPECT_EQ(connection.get("/health").status, 200);
  EXPECT_TRUE(connection.is_closed_by_peer());
}

TEST(HttpServer, MoreConnectionsThanThereMayBeAreTurnedAway) {
  const RunningService service({}, {.max_connections = 2, .time_out = 60s});
  std::vector<HttpConnection> busy;
  for (int i = 0; i < 2; ++i) {
    busy.push_back(service.connect());
    busy.back().send("GET /hea");
  }
  while (service.num_connections() < 2) {
    std::this_thread::yield();
  }
  const HttpReply reply = service.connect().receive();
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.headers, HasSubstr("Retry-After: 1\r\n"));
  busy.pop_back();
  EXPECT_TRUE(is_answered_soon(service));
}

TEST(HttpServer, IdleConnectionsMakeWay) {
  const RunningService service({}, {.max_connections = 2, .idle = 60s});
  std::vector<HttpConnection> idle;
  for (int i = 0; i < 2; ++i) {
    idle.push_back(service.connect());
    EXPECT_EQ(idle.back().get("/health").status, 200);
  }
  EXPECT_TRUE(is_answered_soon(service));
}

TEST(HttpServer, RefusesAnAddressThatItCannotHave) {
  HttpServer first({});
  const int port = first.bind("127.0.0.1", 0);
  HttpServer second({});
  EXPECT_ERROR(second.bind("192.0.2.1", port), "cannot listen at 192.0.2.1");
}

TEST(HttpServer, MayBeStoppedBeforeItRuns) {
  HttpServer server({});
  server.bind("127.0.0.1", 0);
  server.stop();
  server.stop();
  server.run();
  EXPECT_EQ(server.num_connections(), 0U);
}

}  // namespace
}  // namespace serving
