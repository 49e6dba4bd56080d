#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::ordered_json;

Json header(const std::string& model = "sage") {
  return {{"run", "train"},
          {"version", "0.1.0"},
          {"threads", 2},
          {"data", {{"name", "arxiv-like"}, {"nodes", 169343}}},
          {"config", {{"model", model}, {"lr", 0.003}, {"fanout", {4, 4}}}}};
}

Json epoch(int number, double loss, double valid_acc) {
  return {{"epoch", number}, {"loss", loss}, {"train_acc", 0.5},  {"valid_acc", valid_acc},
          {"seconds", 2.0},  {"batches", 3}, {"wait_share", 0.25}};
}

Json result() {
  return {{"epoch", 2},
          {"test_acc", 0.625},
          {"confusion", {{9, 3, 0}, {1, 5, 0}, {0, 0, 0}}},
          {"in_degrees", {7, 1, 0, 2}}};
}

std::string run_of(const std::vector<Json>& lines) {
  std::string text;
  for (const Json& line : lines) {
    text += line.dump() + "\n";
  }
  return text;
}

std::string whole_run(const std::string& model = "sage") {
  return run_of({header(model), epoch(1, 1.5, 0.25), epoch(2, 0.75, 0.375), result()});
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t number = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) {
    ++number;
  }
  return number;
}

/// The first element of HTML that is not closed in its turn; empty if all are.
std::string unclosed(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
    const std::size_t end = html.find('>', at);
    const std::string tag = html.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    at = end;
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1)) {
        return tag;
      }
      open.pop_back();
    } else if (!tag.ends_with("/") && !tag.starts_with("!") && name != "meta" && name != "br") {
      open.push_back(name);
      if (name == "script" || name == "style") {
        at = html.find("</" + name, at);
      }
    }
  }
  return open.empty() ? "" : open.back();
}

class CliReport : public CliTest {
 protected:
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    return "'" + folder_.write(name, text).string() + "'";
  }

  /// The page about files that were written.
  [[nodiscard]] std::string page_of(const std::string& runs) const {
    const std::string out = (folder_ / "report.html").string();
    const Outcome outcome = run_cli("report " + runs + " --out '" + out + "'");
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    const std::string html = outcome.status == 0 ? io::read_file(out) : "";
    EXPECT_EQ(unclosed(html), "");
    return html;
  }

  void expect_refusal(const std::string& text, const std::vector<std::string>& words) const {
    const std::string run = write("broken.json", text);
    expect_failure("report " + run + " --out '" + (folder_ / "broken.html").string() + "'", 1,
                   words);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "broken.html")) << text;
  }
};

TEST_F(CliReport, MakesAPageThatNeedsNothingElse) {
  const std::string html = page_of(write("run.json", whole_run()));
  EXPECT_THAT(html, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(html, HasSubstr("<title>arxiv-like, sage</title>"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  for (const char* outside : {"http:", "https:", "src=", "href=", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
  EXPECT_EQ(count(html, "<figure"), 6U);
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(html, HasSubstr("@media print"));
}

TEST_F(CliReport, SaysItsNumbersInWords) {
  const std::string html = page_of(write("run.json", whole_run()));
  EXPECT_THAT(html,
              HasSubstr("<dd class=\"value\">62.5 %</dd><dd class=\"under\">model of epoch 2"));
  EXPECT_THAT(html, HasSubstr("<dd class=\"value\">37.5 %</dd><dd class=\"under\">epoch 2"));
  EXPECT_THAT(html, HasSubstr("<dd class=\"value\">4.00 s</dd><dd class=\"under\">2 epochs"));
  EXPECT_THAT(html, HasSubstr("169\u202f343 nodes"));
  EXPECT_THAT(html, HasSubstr("<dt>fanout</dt><dd>4, 4</dd>"));
  EXPECT_THAT(html, HasSubstr("<tr><td>1</td><td>1.5</td><td>50.0 %</td><td>25.0 %</td>"));
  // The confusion matrix: a title for each cell, and each class in a row.
  EXPECT_THAT(html, HasSubstr("<title>0 as 1: 3 (25.0 %)</title>"));
  EXPECT_THAT(html, HasSubstr("<td>0</td><td>12</td><td>75.0 %</td><td>90.0 %</td><td>1</td>"));
  EXPECT_THAT(html, HasSubstr("<td>2</td><td>0</td><td>\u2013</td><td>\u2013</td><td>\u2013</td>"));
  EXPECT_THAT(html, HasSubstr("<tr><td>0</td><td>1</td><td>3</td><td>25.0 %</td></tr>"));
  EXPECT_THAT(html, HasSubstr("<tr><td>4 to 7</td><td>2</td><td>20.0 %</td></tr>"));
}

TEST_F(CliReport, DrawsEveryEpoch) {
  const std::string html = page_of(write("run.json", whole_run()));
  // Losses of 1.5 and 0.75 on an axis from 0.6 to 1.6, which is 226 high and ends at 236.
  EXPECT_THAT(html, HasSubstr("<path class=\"line c0\" d=\"M52 32.6L500 202.1\"/>"));
  EXPECT_EQ(count(html, "<path class=\"mark c1\" d=\"M500 "), 1U);
}

TEST_F(CliReport, LaysSeveralRunsOverEachOther) {
  const std::string html =
      page_of(write("first.json", whole_run()) + " " + write("second.json", whole_run("gcn")));
  EXPECT_THAT(html, HasSubstr("<h1>2 runs: first, second</h1>"));
  EXPECT_THAT(html, HasSubstr("first, validation"));
  EXPECT_THAT(html, HasSubstr("second, training"));
  EXPECT_THAT(html, HasSubstr("<path class=\"line c1\" d=\"M"));
  EXPECT_THAT(html, HasSubstr("<tr class=\"differs\"><th scope=\"row\">model</th>"));
  EXPECT_THAT(html, HasSubstr("<tr><th scope=\"row\">lr</th>"));
  EXPECT_EQ(count(html, "aria-label=\"Confusion matrix\""), 2U);
  EXPECT_EQ(count(html, "aria-label=\"Nodes by in-degree\""), 1U);  // the same graph

  folder_.write("a/run.json", whole_run());
  folder_.write("b/run.json", whole_run());
  const std::string same = page_of("'" + (folder_ / "a/run.json").string() + "' '" +
                                   (folder_ / "b/run.json").string() + "'");
  EXPECT_THAT(same, HasSubstr("a/run.json, validation"));
}

TEST_F(CliReport, ShowsTheTimesThatTheRunTells) {
  const std::string short_one = page_of(write("run.json", whole_run()));
  EXPECT_THAT(short_one, HasSubstr("waiting for data</th><td>1.00 s</td><td>25.0 %</td>"));
  EXPECT_THAT(short_one, HasSubstr("computing</th><td>3.00 s</td><td>75.0 %</td>"));
  Json line = epoch(1, 1, 0.5);
  line.update(Json{{"wait_seconds", 0.125},
                   {"forward_seconds", 0.5},
                   {"backward_seconds", 1.0},
                   {"step_seconds", 0.25},
                   {"validation_seconds", 2.0}});
  const std::string long_one = page_of(write("run.json", run_of({line})));
  for (const char* row :
       {"waiting for data</th><td>0.12 s</td>", "forward</th><td>0.50 s</td>",
        "backward</th><td>1.00 s</td>", "optimizer step</th><td>0.25 s</td>",
        "other</th><td>0.12 s</td>", "validation</th><td>2.00 s</td><td>50.0 %</td>"}) {
    EXPECT_THAT(long_one, HasSubstr(row));
  }
  line.erase("seconds");
  EXPECT_THAT(page_of(write("run.json", run_of({line}))), Not(HasSubstr("Where the time went")));
}

TEST_F(CliReport, KeepsTheMatrixOfManyClassesReadable) {
  const auto page_with = [this](std::size_t classes) {
    Json last = result();
    last["confusion"] = Json(classes, Json(classes, 1));
    return page_of(write("run.json", run_of({last})));
  };
  const std::string forty = page_with(40);
  EXPECT_EQ(count(forty, "<rect class=\"hit\""), 40U);
  EXPECT_EQ(count(forty, "<rect class=\"miss\""), 40U * 39U);
  const std::string many = page_with(300);
  EXPECT_EQ(count(many, "<rect class=\"hit\""), 48U);
  EXPECT_THAT(many, HasSubstr("<title>other as 0: 253 ("));
  EXPECT_THAT(many, HasSubstr("<tr><td>299</td><td>300</td>"));
}

TEST_F(CliReport, EscapesWhatARunSays) {
  const std::string attack = "</script><script>alert('x')</script>\"&\n";
  Json first = header(attack);
  first["data"]["name"] = attack;
  first["config"][attack] = attack;
  const std::string html = page_of(write("run.json", run_of({first, epoch(1, 1, 0.5)})) + " " +
                                   write("<b>.json", whole_run()));
  EXPECT_THAT(html, Not(HasSubstr("alert('x')")));
  EXPECT_THAT(html, HasSubstr("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)"));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
}

TEST_F(CliReport, ShowsRunsThatHaveNotEnded) {
  const std::string text = whole_run();
  const std::string cut = page_of(write("cut.json", text.substr(0, text.size() - 20)));
  EXPECT_THAT(cut, HasSubstr("cut: the last line was cut off"));
  EXPECT_THAT(cut, HasSubstr("<td>2</td><td>0.75</td>"));
  const std::string open = page_of(write("open.json", run_of({header(), epoch(1, 1, 0.5)})));
  EXPECT_THAT(open, HasSubstr("the run has not ended"));
  // A run that went on after a kill says again what it had not saved.
  const std::string resumed = page_of(write(
      "resumed.json",
      run_of({header(), epoch(1, 1, 0.5), epoch(2, 0.9, 0.5), header(), epoch(2, 0.8, 0.5)})));
  EXPECT_THAT(resumed, HasSubstr("<td>2</td><td>0.8</td>"));
  EXPECT_THAT(resumed, Not(HasSubstr("<td>0.9</td>")));
}

TEST_F(CliReport, ShowsNumbersThatAreNotThereAsGaps) {
  Json nan = epoch(2, 1, 0.5);
  nan["loss"] = nullptr;
  nan["valid_acc"] = nullptr;
  const std::string html =
      page_of(write("run.json", run_of({epoch(1, 1, 0.5), nan, epoch(3, 1, 0.5)})));
  EXPECT_THAT(html, HasSubstr("<tr><td>2</td><td>\u2013</td><td>50.0 %</td><td>\u2013</td>"));
  const Json only = {{"epoch", 1}, {"loss", nullptr}};
  EXPECT_THAT(page_of(write("run.json", run_of({only}))), HasSubstr("no values"));
}

TEST_F(CliReport, ShowsACrossValidation) {
  std::vector<Json> lines;
  for (const int fold : {1, 2}) {
    for (const int number : {1, 2, 3}) {
      lines.push_back(epoch(number, 1.0 / fold, 0.5));
      lines.back()["fold"] = fold;
    }
  }
  const Json accuracy = {{"epoch", 3}, {"mean", 0.5}, {"deviation", 0.125}};
  lines.push_back({{"best", accuracy}, {"last", accuracy}});
  const std::string html = page_of(write("run.json", run_of(lines)));
  EXPECT_THAT(html, HasSubstr("\u00b1 12.5 % over the folds, epoch 3"));
  EXPECT_THAT(html, HasSubstr("<path class=\"band c0\""));
}

TEST_F(CliReport, SaysWhereARunIsBroken) {
  const std::string good = run_of({header()});
  const auto with = [&good](const char* key, const Json& value) {
    Json line = epoch(1, 1, 0.5);
    line[key] = value;
    return good + run_of({line});
  };
  const auto ending = [&good](const char* key, const Json& value) {
    Json line = result();
    line[key] = value;
    return good + run_of({line});
  };
  expect_refusal("", {"broken.json", "line 1", "empty"});
  expect_refusal("not json", {"broken.json", "line 1", "not JSON"});
  expect_refusal(good + "{\"epoch\": NaN}\n", {"line 2", "not JSON"});
  expect_refusal(good + "\n", {"line 2", "not JSON"});
  expect_refusal(good + "[1]\n", {"line 2", "object"});
  expect_refusal(good + "{\"a\": 1}\n", {"line 2", "loss"});
  expect_refusal(std::string(200000, '['), {"line 1", "not JSON"});
  expect_refusal("\xff\xfe\x01{}\n", {"line 1", "not JSON"});
  expect_refusal(with("epoch", 0), {"line 2", "epoch", "from 1", "got 0"});
  expect_refusal(with("epoch", 1.5), {"line 2", "epoch", "1.5"});
  expect_refusal(with("epoch", nullptr), {"line 2", "epoch", "null"});
  expect_refusal(with("loss", "low"), {"line 2", "loss", "\"low\""});
  expect_refusal(with("loss", -1), {"line 2", "loss", "-1"});
  expect_refusal(with("loss", 1e300), {"line 2", "loss", "1e+300"});
  expect_refusal(with("valid_acc", 1.5), {"line 2", "valid_acc", "1.5"});
  expect_refusal(with("seconds", Json::array()), {"line 2", "seconds", "a list"});
  expect_refusal(with("forward_seconds", -0.5), {"line 2", "forward_seconds", "-0.5"});
  expect_refusal(good + run_of({epoch(3, 1, 1), epoch(3, 1, 1)}), {"line 3", "after 3", "3"});
  expect_refusal(run_of({{{"config", 1}}}), {"line 1", "config", "1"});
  expect_refusal(run_of({{{"config", Json::object()}, {"data", "x"}}}), {"line 1", "data"});
  expect_refusal(ending("test_acc", true), {"line 2", "test_acc", "true"});
  expect_refusal(ending("confusion", 3), {"line 2", "confusion", "3"});
  expect_refusal(ending("confusion", {{1, 2}, {3}}), {"line 2", "confusion", "2", "1"});
  expect_refusal(ending("confusion", {{-1}}), {"line 2", "confusion", "-1"});
  expect_refusal(ending("confusion", {{1e300}}), {"line 2", "confusion", "1e+300"});
  expect_refusal(ending("confusion", Json(1025, Json::array())), {"line 2", "1024", "1025"});
  expect_refusal(ending("confusion", {{std::int64_t{1} << 60}}), {"line 2", "1152921504606846976"});
  expect_refusal(std::string(1U << 25U, ' ') + "\n", {"line 1", "bytes"});
  expect_refusal(ending("in_degrees", Json(65, 1)), {"line 2", "in_degrees", "64", "65"});
  expect_refusal(ending("in_degrees", {"x"}), {"line 2", "in_degrees", "x"});
  expect_refusal(run_of({{{"best", {{"epoch", 1}, {"mean", 2}}}}}), {"line 1", "best", "mean"});
}

TEST_F(CliReport, KeepsAnEarlierPageWhereARunIsBroken) {
  folder_.write("report.html", "earlier");
  const std::string out = " --out '" + (folder_ / "report.html").string() + "'";
  expect_failure("report " + write("run.json", "{}") + out, 1, {"line 1"});
  expect_failure("report " + (folder_ / "missing.json").string() + out, 1, {"missing.json"});
  EXPECT_EQ(io::read_file(folder_ / "report.html"), "earlier");
  const std::string run = write("run.json", whole_run());
  expect_failure("report " + run + " --out /nonexistent/report.html", 1, {"/nonexistent"});
  std::string many;
  for (int i = 0; i < 9; ++i) {
    many += run + " ";
  }
  expect_failure("report " + many + out, 2, {"8", "9"});
  expect_failure("report" + out, 2, {"runs"});
}

TEST_F(CliReport, ReadsWhatTrainWrites) {
  const std::string json = (folder_ / "run.json").string();
  const Outcome outcome =
      run_cli("train --data '" + generate() + "' --hidden 8 --epochs 3 --json '" + json + "'");
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  const std::string html = page_of("'" + json + "'");
  EXPECT_THAT(html, HasSubstr("Training loss"));
  EXPECT_THAT(html, HasSubstr("<summary>3 epochs</summary>"));
}

}  // namespace
}  // namespace grapevine
