#include <c10/util/Exception.h>
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "command.h"
#include "grapevine/util/buffer_pool.h"
#include "lost_pages.h"

namespace grapevine::cli {

namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

int report(std::string_view message, int status) {
  const std::string_view line = message.substr(0, message.find('\n'));
  fmt::print(stderr, "grapevine: error: {}\n", line);
  return status;
}

int run_command(int argc, char** argv) {
  CLI::App app(
      "Graph neural networks in C++: train, evaluate and use models and report on their training; "
      "sample, generate and describe graph data sets.",
      "grapevine");
  Run run;
  add_train(app, run);
  add_evaluate(app, run);
  add_predict(app, run);
  add_report(app, run);
  add_sample(app, run);
  add_generate(app, run);
  add_convert(app, run);
  add_info(app, run);
  add_models(app, run);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return report(error.what(), kUsage);
  }
  if (!run) {
    return report(
        "expected a subcommand: train, evaluate, predict, report, sample, generate, "
        "convert, info or models; see grapevine --help",
        kUsage);
  }
  run();
  return 0;
}

}  // namespace

}  // namespace grapevine::cli

int main(int argc, char** argv) {
  using grapevine::cli::report;
  grapevine::use_buffer_pool();
  grapevine::cli::report_lost_pages();
  try {
    return grapevine::cli::run_command(argc, argv);
  } catch (const grapevine::cli::UsageError& error) {
    return report(error.what(), grapevine::cli::kUsage);
  } catch (const grapevine::cli::Stopped& stopped) {
    return report(stopped.what(), stopped.status());
  } catch (const c10::Error& error) {
    return report(error.what_without_backtrace(), grapevine::cli::kFailure);
  } catch (const std::exception& error) {
    return report(error.what(), grapevine::cli::kFailure);
  }
}
