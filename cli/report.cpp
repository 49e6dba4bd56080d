#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "grapevine/io/file.h"
#include "report_page.h"

namespace grapevine::cli {

namespace {

struct ReportOptions {
  std::vector<std::string> runs;
  std::string out;
};

void write_report(const ReportOptions& options) {
  if (options.runs.size() > kMaxRuns) {
    throw UsageError(fmt::format("RUN.json: expected at most {} of them, got {}", kMaxRuns,
                                 options.runs.size()));
  }
  io::check_writable(options.out);
  std::vector<RunFile> runs;
  for (const std::string& path : options.runs) {
    runs.push_back(read_run(path));
  }
  const std::string page = report_page(runs);
  io::write_file(options.out, {page});
  fmt::print("{}: {} run{}, {} bytes\n", options.out, runs.size(), runs.size() == 1 ? "" : "s",
             page.size());
}

}  // namespace

void add_report(CLI::App& app, Run& run) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App& command = *app.add_subcommand(
      "report", "Make a page about a training run, or about several beside each other");
  command.add_option("runs", options->runs, "What train --json wrote")
      ->type_name("RUN.json")
      ->required();
  command.add_option("--out", options->out, "The page to write, which needs no other file")
      ->type_name("FILE.html")
      ->required();
  command.callback([options, &run] { run = [options] { write_report(*options); }; });
}

}  // namespace grapevine::cli
